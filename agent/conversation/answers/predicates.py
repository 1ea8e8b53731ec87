"""Answers to "is it …?" and "which is …?": by the item's fields, else by its text.

Yes and no both come with the fact behind them: a list of names in the catalogue may be incomplete.
"""

import re
from collections.abc import Sequence

from shelftalker.conversation.answers.fields import ItemAnswers, fields_of
from shelftalker.conversation.sentences import say
from shelftalker.data.catalog import Item
from shelftalker.data.field_roles import PEOPLE, role_of
from shelftalker.data.filters import Filter, allowed_items
from shelftalker.data.item_types import noun_of
from shelftalker.data.values import texts_of
from shelftalker.language.cleaning import neutral
from shelftalker.language.stems import stems_of
from shelftalker.understanding.rules.questions import Question
from shelftalker.understanding.rules.tables import question_words as table
from shelftalker.writing.sentence_answers import MAY_ANSWER, answer_probabilities
from shelftalker.writing.verifier.quoting import is_plain_statement, suspicious


def whether(answers: ItemAnswers, question: Question, item: Item) -> str:
    """Whether a predicate is true of an item."""
    if titled(question.predicate, item):
        return say("title_says", answers.language, title=neutral(item.title))
    filters = _filters(answers, question.predicate)
    if filters:
        names = dict.fromkeys(condition.field for condition in filters)
        return answers.joined(
            _is_met(answers, [f for f in filters if f.field == name], item) for name in names
        )
    if sentence := _in_text(answers, question.predicate, item):
        return say("text_says", answers.language, sentence=sentence)
    if stated := _stated(answers, question, item):
        return stated
    if _says(item.text, question.predicate):
        return say("text_hints", answers.language, title=answers.title(item))
    return _unknown(answers, question, item)


def which(answers: ItemAnswers, question: Question) -> str:
    """Of which items a predicate is true."""
    filters = _filters(answers, question.predicate)
    named = [item for item in answers.items if titled(question.predicate, item)]
    if not filters and not named:
        texts = [(item, _in_text(answers, question.predicate, item)) for item in answers.items]
        lines = [f"{answers.introduced(i)} {text}" for i, text in texts if text]
        lines = lines or [_stated(answers, question, item) for item in answers.items]
        return answers.joined(lines) or _unknown(answers, question, *answers.items)
    fit = named or [i for i in answers.items if all(_fits(answers, f, i) for f in filters)]
    comma = "、" if answers.language == "zh" else "; "
    titles = comma.join(answers.shown(item) for item in fit)
    return say("these_are" if fit else "none_is", answers.language, titles=titles)


def titled(predicate: str, item: Item) -> bool:
    """Does a product's title contain the predicate? Shop titles describe what they sell."""
    return noun_of(item) == "thing" and not suspicious(item.title) and _says(item.title, predicate)


def _filters(answers: ItemAnswers, predicate: str) -> tuple[Filter, ...]:
    """The filters of a predicate, if all of it is in the catalogue's vocabulary."""
    for form in (predicate, f"with {predicate}"):
        request = answers.reader.request(form, answers.language)
        if request.filters and not (request.text or request.avoid or request.like):
            return request.filters
    return ()


def _fits(answers: ItemAnswers, condition: Filter, item: Item) -> bool:
    """Does an item meet a condition? A person counts in any role."""
    catalog = answers.reader.catalog
    if bool(allowed_items(catalog, [condition])[catalog.row(item.id)]):
        return True
    people = condition.op == "contains" and role_of(condition.field) in PEOPLE
    return people and any(
        str(condition.value).casefold() == text.casefold()
        for name, value in item.facts().items()
        if role_of(name) in PEOPLE
        for text in texts_of(value)
    )


def _is_met(answers: ItemAnswers, conditions: Sequence[Filter], item: Item) -> str:
    """Whether an item meets conditions on one field, with the field's value."""
    field = conditions[0].field
    if field not in item.facts():
        roles = table.ROLES.items()
        asked = (a for a, listed in roles if role_of(field) in listed.split())
        return answers.unknown(next(asked, ""), item)
    name = "holds" if all(_fits(answers, f, item) for f in conditions) else "holds_not"
    return say(name, answers.language, fact=answers.field(item, field) or answers.introduced(item))


def _stated(answers: ItemAnswers, question: Question, item: Item) -> str:
    """The fields that a predicate is about, if its value is unknown to the catalogue: who directed
    it, when asked whether an unknown person did."""
    guessed = (
        aspect
        for pattern, aspects in table.GUESSES.items()
        if re.match(pattern, question.predicate) and question.verb not in ("do", "does", "did")
        for aspect in aspects
    )
    about = [a for a in (*question.aspects, *guessed) if fields_of(item, a)][:1]
    return answers.joined([answers.of_aspect(item, aspect) for aspect in about])


def _unknown(answers: ItemAnswers, question: Question, *items: Item) -> str:
    """The reply that the catalogue does not say; in the visitor's words if they may be repeated."""
    predicate = neutral(question.predicate)
    shown = len(predicate) <= 60 and not suspicious(predicate)
    state = question.verb in ("is", "are", "was", "were", "has", "have", "had")
    if answers.language != "zh" and shown and state:
        one = {"are": "is", "were": "was", "have": "has"}.get(question.verb, question.verb)
        title = "any of these" if len(items) > 1 else answers.title(items[0])
        return answers.denied(f"whether {title} {one} {predicate}", *items)
    return answers.unknown(question.aspects[0] if question.aspects else "", *items)


def _in_text(answers: ItemAnswers, predicate: str, item: Item) -> str:
    """A sentence of the item's text that contains the predicate, or most likely answers it, and may
    be quoted, else ""."""
    sentences = answers.sentences(item, is_plain_statement)
    if whole := next((sentence for sentence in sentences if _says(sentence, predicate)), ""):
        return whole
    told = set(stems_of(predicate)) - _EMPTY - _GENERAL
    about = [s for s in sentences if 2 * len(told & set(stems_of(s))) >= len(told) > 0]
    likely = zip(answer_probabilities(predicate, about), about, strict=True)
    share, best = max(likely, default=(0.0, ""))
    many = 2 * len(told & set(stems_of(best))) > len(told)
    return best if many or share >= MAY_ANSWER else ""


def _says(text: str, predicate: str) -> bool:
    content = set(stems_of(predicate)) - _EMPTY
    return bool(content) and content <= set(stems_of(text))


_EMPTY = frozenset(stems_of("a an the of in on with for to it any some from by 的 了 吗 是 有"))
_GENERAL = frozenset(stems_of("safe suitable good ok okay fine possible go put use work 能 可 以"))
"""Words of a question that alone do not show what it asks about."""
