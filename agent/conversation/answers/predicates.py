"""Whether something holds of a card, or of which of them: by its fields, else by its own text.

"Yes" is said with the fact that it rests on, and so is that something is not what the catalogue
states: a list of names may not be whole.
"""

import re
from collections.abc import Sequence

from shelftalker.conversation.answers.fields import Teller, fields_of
from shelftalker.conversation.sentences import say
from shelftalker.data.catalog import Item
from shelftalker.data.field_roles import PEOPLE, role_of
from shelftalker.data.filters import Filter, allowed
from shelftalker.data.item_types import noun_of
from shelftalker.data.values import texts_of
from shelftalker.language.cleaning import neutral
from shelftalker.language.stems import words_of
from shelftalker.understanding.rules import question_words as table
from shelftalker.understanding.rules.questions import Question
from shelftalker.writing.verifier.quoting import quotable, suspicious


def whether(teller: Teller, question: Question, item: Item) -> str:
    """Whether a predicate holds of an item."""
    if titled(question.predicate, item):
        return say("title_says", teller.language, title=neutral(item.title))
    filters = _filters(teller, question.predicate)
    if filters:
        names = dict.fromkeys(condition.field for condition in filters)
        told = [_holds(teller, [f for f in filters if f.field == name], item) for name in names]
        return teller.joined(told)
    if told_so := _in_text(teller, question.predicate, item):
        return say("text_says", teller.language, sentence=told_so)
    if stated := _stated(teller, question, item):
        return stated
    if _says(item.text, question.predicate):
        return say("text_hints", teller.language, title=teller.title(item))
    return _unsaid(teller, question, item)


def which(teller: Teller, question: Question) -> str:
    """Of which of several items a predicate holds."""
    filters = _filters(teller, question.predicate)
    named = [item for item in teller.items if titled(question.predicate, item)]
    if not filters and not named:
        told = [(item, _in_text(teller, question.predicate, item)) for item in teller.items]
        lines = [f"{teller.introduced(i)} {text}" for i, text in told if text]
        lines = lines or [_stated(teller, question, item) for item in teller.items]
        return teller.joined(lines) or _unsaid(teller, question, *teller.items)
    fit = named or [i for i in teller.items if all(_fits(teller, f, i) for f in filters)]
    comma = "、" if teller.language == "zh" else "; "
    titles = comma.join(teller.shown(item) for item in fit)
    return say("these_are" if fit else "none_is", teller.language, titles=titles)


def titled(predicate: str, item: Item) -> bool:
    """Does the title say so, of a product, whose title tells what it is?"""
    return noun_of(item) == "thing" and not suspicious(item.title) and _says(item.title, predicate)


def _filters(teller: Teller, predicate: str) -> tuple[Filter, ...]:
    """What a predicate demands, where all of it is in the catalogue's terms."""
    for form in (predicate, f"with {predicate}"):
        read = teller.reader.read(form, teller.language)
        if read.filters and not (read.text or read.avoid or read.like):
            return read.filters
    return ()


def _fits(teller: Teller, condition: Filter, item: Item) -> bool:
    """Does a condition hold, a person's in whatever part?"""
    catalog = teller.reader.catalog
    if bool(allowed(catalog, [condition])[catalog.row(item.id)]):
        return True
    people = condition.op == "contains" and role_of(condition.field) in PEOPLE
    return people and any(
        str(condition.value).casefold() == text.casefold()
        for name, value in item.facts().items()
        if role_of(name) in PEOPLE
        for text in texts_of(value)
    )


def _holds(teller: Teller, conditions: Sequence[Filter], item: Item) -> str:
    """Whether conditions on one field hold."""
    field = conditions[0].field
    if field not in item.facts():
        roles = table.ROLES.items()
        asked = (a for a, listed in roles if role_of(field) in listed.split())
        return teller.unsaid(next(asked, ""), item)
    name = "holds" if all(_fits(teller, f, item) for f in conditions) else "holds_not"
    return say(name, teller.language, fact=teller.field(item, field) or teller.introduced(item))


def _stated(teller: Teller, question: Question, item: Item) -> str:
    """The fields that a predicate is about, where it names nothing that the catalogue knows: who
    directed it, when it is asked whether somebody unheard of did."""
    guessed = (
        aspect
        for said, aspects in table.GUESSES.items()
        if re.match(said, question.predicate) and question.verb not in ("do", "does", "did")
        for aspect in aspects
    )
    about = [a for a in (*question.aspects, *guessed) if fields_of(item, a)][:1]
    return teller.joined([teller.of_aspect(item, aspect) for aspect in about])


def _unsaid(teller: Teller, question: Question, *items: Item) -> str:
    """That the catalogue does not say whether; in the visitor's words, if they may be repeated."""
    predicate = neutral(question.predicate)
    shown = len(predicate) <= 60 and not suspicious(predicate)
    state = question.verb in ("is", "are", "was", "were", "has", "have", "had")
    if teller.language != "zh" and shown and state:
        one = {"are": "is", "were": "was", "have": "has"}.get(question.verb, question.verb)
        title = "any of these" if len(items) > 1 else teller.title(items[0])
        return teller.denied(f"whether {title} {one} {predicate}", *items)
    return teller.unsaid(question.aspects[0] if question.aspects else "", *items)


def _in_text(teller: Teller, predicate: str, item: Item) -> str:
    """The catalogue's own sentence about what is asked, if one may be repeated."""
    told = teller.sentences(item, quotable)
    return next((sentence for sentence in told if _says(sentence, predicate)), "")


def _says(text: str, predicate: str) -> bool:
    said = set(words_of(predicate)) - _EMPTY
    return bool(said) and said <= set(words_of(text))


_EMPTY = frozenset(words_of("a an the of in on with for to it any some from by 的 了 吗 是 有"))
