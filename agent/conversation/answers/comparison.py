"""Comparisons of cards: fields that differ, fields in common, and which is cheapest or longest."""

from shelftalker.conversation.answers.fields import ItemAnswers, fact_of, fields_of, texts_of_value
from shelftalker.conversation.sentences import say
from shelftalker.data.catalog import Item
from shelftalker.data.field_roles import role_of
from shelftalker.data.filter_labels import field_name
from shelftalker.data.item_types import noun_of
from shelftalker.data.values import texts_of, title_details
from shelftalker.language.sentences import in_language
from shelftalker.understanding.rules.tables import question_words as table
from shelftalker.writing.compose.chinese import ChineseComposer
from shelftalker.writing.compose.english import EnglishComposer
from shelftalker.writing.compose.language_composer import PHRASED
from shelftalker.writing.verifier.quoting import is_plain_value

ROLE_ORDER: list[str] = table.ORDER.split()
"""Field roles by how much a difference in them matters; the other fields follow."""
MAX_FIELDS = 6
"""Differing fields that a comparison lists."""


def compared(answers: ItemAnswers) -> str:
    """A line for each item with the fields that differ, then a line with those in common."""
    names = _fields(answers)
    alike = [name for name in names if len({_key(item, name) for item in answers.items}) == 1]
    unlike = [name for name in names if name not in alike][:MAX_FIELDS]
    details = {item.id: _details(answers, item) for item in answers.items}
    if not unlike and not any(details.values()):
        return say("no_difference", answers.language)
    stop, comma = ("。", "，") if answers.language == "zh" else (".", ", ")
    lines = []
    for item in answers.items:
        own = [*details[item.id], *(_short(answers, item, n) for n in unlike if n in item.facts())]
        named = say("why", answers.language, title=answers.title(item))
        values = comma.join(filter(None, own)).rstrip(".")
        lines.append(answers.joined([named, f"{values}{stop}"]) if values else "")
    shared = [_short(answers, answers.items[0], name) for name in alike]
    if any(shared):
        name = "both" if len(answers.items) == 2 else "all"
        lines.append(say(name, answers.language, what=comma.join(filter(None, shared))))
    return "\n".join(filter(None, lines))


def _details(answers: ItemAnswers, item: Item) -> list[str]:
    """What a product's title says beyond its short title and its fields."""
    if noun_of(item) != "thing":
        return []
    values = (text for value in item.attributes.values() for text in texts_of(value))
    known = " ".join([answers.title(item), *values]).casefold()
    details = title_details(item.title)[:1]
    return [one for one in details if is_plain_value(one) and one.casefold() not in known]


def foremost(answers: ItemAnswers, aspect: str, sign: int) -> str:
    """Which item has most of an aspect (least if `sign` is negative), and each item's value."""
    numbers = {item.id: _number(item, aspect) for item in answers.items}
    known = [
        (sign * number, item) for item in answers.items if (number := numbers[item.id]) is not None
    ]
    if not known:
        return answers.unknown(aspect, *answers.items)
    best = max(number for number, _ in known)
    titles = [answers.title(item) for number, item in known if number == best]
    values = [_value(answers, item, aspect) for item in answers.items]
    if len(known) < 2 or len(titles) > 1:
        return answers.joined(values)
    word = in_language(table.MOST_WORDS[aspect, sign], answers.language)
    name = "most" if len(known) == len(answers.items) else "most_known"
    return answers.joined([say(name, answers.language, title=titles[0], word=word), *values])


def _value(answers: ItemAnswers, item: Item, aspect: str) -> str:
    value = answers.joined([answers.field(item, name) for name in fields_of(item, aspect)[:1]])
    return value or answers.unknown(aspect, item)


def _number(item: Item, aspect: str) -> float | None:
    for name in fields_of(item, aspect):
        value = item.facts()[name]
        if isinstance(value, int | float) and not isinstance(value, bool):
            return float(value)
    return None


def _fields(answers: ItemAnswers) -> list[str]:
    """The fields that can be stated for some item, the most important first."""
    names = dict.fromkeys(name for item in answers.items for name in item.facts())
    order = [*ROLE_ORDER, ""]
    kept = (
        name
        for name in names
        if name not in ("title", "text")
        and any(name in i.facts() and answers.field(i, name) for i in answers.items)
    )
    return sorted(kept, key=lambda n: order.index(role_of(n) if role_of(n) in ROLE_ORDER else ""))


def _key(item: Item, name: str) -> frozenset[str]:
    """A field's value for comparison: lists are equal in any order."""
    value = item.facts().get(name)
    return frozenset() if value is None else frozenset(t.casefold() for t in texts_of_value(value))


def _short(answers: ItemAnswers, item: Item, name: str) -> str:
    """One field in two or three words: `directed by X`, `98 minutes`, `material steel`."""
    if not answers.field(item, name):
        return ""
    writer = (ChineseComposer if answers.language == "zh" else EnglishComposer)(item)
    values = texts_of_value(item.facts()[name])
    fact = fact_of(item, name, values)
    value = writer.joined(fact.values)
    if fact.role in PHRASED:
        return writer.phrase(fact)
    pattern = table.SHORT.get(fact.role)
    shelved = fact.role == "genre" and noun_of(item) == "thing"
    if pattern and not shelved and not answers.odd_unit(fact, name):
        short: str = in_language(pattern, answers.language)
        return short.format(value=value.lower() if fact.role == "genre" else value)
    space = "" if answers.language == "zh" else " "
    return f"{answers.named(name)}{space}{value}{field_name(name)[1]}"
