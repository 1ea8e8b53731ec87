"""How cards compare: the fields in which they differ, what they have in common, and which of them
is the cheapest, the longest, the newest."""

from shelftalker.conversation.answers.fields import Teller, fact_of, fields_of, told_values
from shelftalker.conversation.sentences import say
from shelftalker.data.catalog import Item
from shelftalker.data.field_roles import role_of
from shelftalker.data.filter_labels import field_name
from shelftalker.data.item_types import noun_of
from shelftalker.data.values import texts_of, title_details
from shelftalker.writing.compose.chinese import ChineseComposer
from shelftalker.writing.compose.english import EnglishComposer
from shelftalker.writing.compose.facts import first
from shelftalker.writing.compose.language_composer import PHRASED
from shelftalker.writing.verifier.quoting import tellable

ORDER = (
    "price",
    "brand",
    "year",
    "genre",
    "director",
    "author",
    "artist",
    "runtime",
    "pages",
    "rating",
)
"""Roles in which a difference tells most, in that order; then the others."""
FIELDS = 6
"""Fields in which a comparison tells of a difference."""


def compared(teller: Teller) -> str:
    """A line for each item with what it has otherwise than the rest, then what all have alike."""
    names = _fields(teller)
    alike = [name for name in names if len({_key(item, name) for item in teller.items}) == 1]
    unlike = [name for name in names if name not in alike][:FIELDS]
    details = {item.id: _details(teller, item) for item in teller.items}
    if not unlike and not any(details.values()):
        return say("no_difference", teller.language)
    stop, comma = ("。", "，") if teller.language == "zh" else (".", ", ")
    lines = []
    for item in teller.items:
        said = [*details[item.id], *(_said(teller, item, n) for n in unlike if n in item.facts())]
        named = say("why", teller.language, title=teller.title(item))
        space = "" if teller.language == "zh" else " "
        told = comma.join(filter(None, said)).rstrip(".")
        lines.append(f"{named}{space}{told}{stop}" if told else "")
    shared = [_said(teller, teller.items[0], name) for name in alike]
    if any(shared):
        name = "both" if len(teller.items) == 2 else "all"
        lines.append(say(name, teller.language, what=comma.join(filter(None, shared))))
    return "\n".join(filter(None, lines))


def _details(teller: Teller, item: Item) -> list[str]:
    """What the title of a product says beyond what it is called by here."""
    if noun_of(item) != "thing":
        return []
    told = [
        teller.title(item),
        *(text for value in item.attributes.values() for text in texts_of(value)),
    ]
    known = " ".join(told).casefold()
    return [d for d in title_details(item.title)[:1] if tellable(d) and d.casefold() not in known]


def foremost(teller: Teller, aspect: str, sign: int) -> str:
    """Which of the items has most of an aspect (least, where `sign` is negative), and how much
    each has."""
    numbers = {item.id: _number(item, aspect) for item in teller.items}
    known = [
        (sign * number, item) for item in teller.items if (number := numbers[item.id]) is not None
    ]
    if not known:
        return teller.unsaid(aspect, *teller.items)
    best = max(number for number, _ in known)
    titles = [teller.title(item) for number, item in known if number == best]
    told = [_told(teller, item, aspect) for item in teller.items]
    if len(known) < 2 or len(titles) > 1:
        return teller.joined(told)
    word = MOST[aspect, sign][teller.language == "zh"]
    name = "most" if len(known) == len(teller.items) else "most_known"
    return teller.joined([say(name, teller.language, title=titles[0], word=word), *told])


MOST = {
    ("price", -1): ("cheapest", "最便宜"),
    ("price", 1): ("most expensive", "最贵"),
    ("length", -1): ("shortest", "最短"),
    ("length", 1): ("longest", "最长"),
    ("year", 1): ("newest", "最新"),
    ("year", -1): ("oldest", "最早"),
    ("weight", -1): ("lightest", "最轻"),
    ("weight", 1): ("heaviest", "最重"),
    ("rating", 1): ("best rated", "评分最高"),
    ("pages", -1): ("shortest", "最短"),
    ("pages", 1): ("longest", "最长"),
}  # fmt: skip


def _told(teller: Teller, item: Item, aspect: str) -> str:
    told = teller.joined([teller.field(item, name) for name in fields_of(item, aspect)[:1]])
    return told or teller.unsaid(aspect, item)


def _number(item: Item, aspect: str) -> float | None:
    for name in fields_of(item, aspect):
        value = item.facts()[name]
        if isinstance(value, int | float) and not isinstance(value, bool):
            return float(value)
    return None


def _fields(teller: Teller) -> list[str]:
    """The fields that can be told of some item, the telling ones first."""
    names = dict.fromkeys(name for item in teller.items for name in item.facts())
    kept = [
        name
        for name in names
        if name not in ("title", "text")
        and any(name in i.facts() and teller.field(i, name) for i in teller.items)
    ]
    return sorted(
        kept, key=lambda n: ORDER.index(role_of(n)) if role_of(n) in ORDER else len(ORDER)
    )


def _key(item: Item, name: str) -> frozenset[str]:
    """A field's value as it is compared: a list in any order."""
    value = item.facts().get(name)
    return frozenset() if value is None else frozenset(t.casefold() for t in told_values(value))


def _said(teller: Teller, item: Item, name: str) -> str:
    """One field in two or three words: `directed by X`, `98 minutes`, `material steel`."""
    if not teller.field(item, name):
        return ""
    chinese = teller.language == "zh"
    writer = (ChineseComposer if chinese else EnglishComposer)(item, (), first)
    values = told_values(item.facts()[name])
    fact = fact_of(item, name, values)
    value = writer.joined(fact.values)
    if fact.role in PHRASED:
        return writer.phrase(fact)
    said = _SHORT.get(fact.role)
    shelved = fact.role == "genre" and noun_of(item) == "thing"
    if said and not shelved and not teller.odd_unit(fact, name):
        return said[chinese].format(value=value.lower() if fact.role == "genre" else value)
    named, unit = field_name(name)
    return f"{teller.named(name)}{value}{unit}" if chinese else f"{named} {value}{unit}"


_SHORT = {
    "year": ("from {value}", "{value}年"),
    "genre": ("{value}", "{value}"),
    "runtime": ("{value} minutes", "{value}分钟"),
    "pages": ("{value} pages", "{value}页"),
    "price": ("priced at {value}", "价格{value}"),
    "language": ("in {value}", "语言{value}"),
}
