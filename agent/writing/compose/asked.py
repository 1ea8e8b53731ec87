"""What a request asks for and the item's row meets, and what the row says nothing of."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Literal

from shelftalker.data.catalog import Item
from shelftalker.data.field_roles import role_of
from shelftalker.data.filters import Filter
from shelftalker.data.item_types import noun_of
from shelftalker.data.party_size import people_asked, people_of
from shelftalker.data.product_kinds import kind_named
from shelftalker.data.values import keys_of, short_titles, texts_of
from shelftalker.language.detect import detect
from shelftalker.language.numerals import NUMBER
from shelftalker.language.sentences import sentences_of
from shelftalker.language.stance import akin, stance
from shelftalker.language.stems import has_chinese, stems_of
from shelftalker.language.things import head_of, is_uncountable, names_thing
from shelftalker.language.tokens import fold
from shelftalker.language.tokens import words as words_in
from shelftalker.types import Nearness, Request
from shelftalker.understanding.rules.tables import act_words, request_words
from shelftalker.writing.compose.facts import Fact, may_be_stated
from shelftalker.writing.compose.measures import bound_text, bounds_of, measures_of
from shelftalker.writing.verifier.facts import content_of
from shelftalker.writing.verifier.quoting import is_order, is_order_to_a_model
from shelftalker.writing.verifier.words_of import pattern

MAX_LACKING = 3
"""Words that a card tells as not found."""
MAX_TAKEN = 4
"""From so many words on, what stands in a row of the catalogue as a whole is not repeated: it was
taken from there, and may be an attack that the row carries."""
MAX_QUOTED, MAX_QUOTED_ZH = 60, 12
"""Characters of a request that a card repeats."""
POLITE = frozenset(
    word
    for filler in (*request_words.FILLER, *request_words.ITEM_NOUNS)
    for word in stems_of(filler)
)
_RELATIVE = frozenset(
    stem for line in (act_words.OLD, act_words.NEW, "next") for stem in stems_of(line)
)
_GIFTS = frozenset({"gift", "gifts", "present", "presents"})
Lacking = Literal["thing", "action"]


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request asks for: `met`, the facts of the item that its filters ask for; `bounds`, its
    numbers within them, with the bounds in words; `kind`, the words of a product's title that meet
    its text; `other_kind`, the kind of product that was asked for and this is not by its row;
    `wish`, what one of the item's genres meets, as `something funny`; `near`, the request, where
    the item is close to its text; `maybe`, the request, where its text is not met for sure, `far`
    where the item is far from it or of another kind; `shelf`, the category that makes it the
    `kind`; `lacking`, what shall not be there and the row says nothing of: `lacking_is` a thing or
    what one does."""

    met: tuple[Fact, ...] = ()
    bounds: tuple[tuple[str, float, str], ...] = ()
    kind: str = ""
    other_kind: str = ""
    wish: str = ""
    near: str = ""
    maybe: str = ""
    far: bool = False
    shelf: tuple[str, str] | None = None
    lacking: str = ""
    lacking_is: Lacking = "thing"


_OFFERS = re.compile(f"{pattern('offers').pattern}|cheap|price|stock", re.IGNORECASE)
WHEN = frozenset({"tonight", "today", "now", "several", "some", "please", "lover", "fan"})
"""Words of a request that no row can meet or miss."""
_IDLE = POLITE | WHEN
WISHES = {"funny": "comedy", "hilarious": "comedy", "laugh": "comedy", "scary": "horror",
          "creepy": "horror", "spooky": "horror", "suspenseful": "thriller",
          "futuristic": "science fiction", "kid": "children", "搞笑": "喜剧",
          "吓人": "恐怖"}  # fmt: skip
"""Words for what a genre is made for, by stem."""
_PUT = {"laugh": "a laugh", "kid": "something for kids"}
"""How a card puts a wish that is no adjective."""


def asked_of(
    item: Item, request: Request, language: str = "en", nearness: Nearness = "near"
) -> Asked:
    """What of a request the item's row meets, and what it has nothing of. `nearness`: how near the
    item is to the request's text."""
    if not (request.text or request.filters or request.avoid or request.like):
        return Asked()
    met = tuple(filter(None, (_meeting(item, condition) for condition in request.filters)))
    words = [word for word in content_of(stems_of(request.text)) if word not in _IDLE]
    row = set(stems_of(item.embedding_text()))
    genres = {text.casefold() for f, v in item.facts().items() if role_of(f) == "genre"
              for text in texts_of(v)}  # fmt: skip
    word = next((word for word in words if WISHES.get(word) in genres), "")
    wish = _PUT.get(word, f"something {word}" if word else "")
    measured = measures_of(item)
    bounds = tuple(
        (name, measured[name], text)
        for name, (low, high) in bounds_of(request.filters).items()
        if name in measured and low <= measured[name] <= high
        and (text := bound_text(name, low, high, language))
    )  # fmt: skip
    of_kind = _is_of_kind(item, request, words)
    met = met if of_kind else tuple(fact for fact in met if fact.role != "brand")
    people, size = people_asked(request.message), people_of(item)
    room = people is not None and size is not None and size[0] <= people <= size[1]
    counted = re.search(NUMBER, fold(request.text)) is not None and not room
    words = [word for word in words if not (room and re.fullmatch(NUMBER, word))]
    kind, other, shelf = "", "", None
    if noun_of(item) == "thing" and words and not has_chinese(request.text):
        kind, other = _kinds(item, request, set(words), row)
        shelf = None if kind or not of_kind else _shelf(item, request, set(words))
        kind = kind or (head_of(request.text)[-1] if shelf else "")
    gift = nearness == "close" and not _GIFTS.isdisjoint(head_of(request.message))
    has_all = gift or _has_all(item, [w for w in words if w != word])
    avoided = content_of(stems_of(request.avoid))
    free = all(stance(item.embedding_text(), word) == "denies" for word in avoided)
    sure = has_all and of_kind and free and not counted and not request.like
    said = _as_asked(request, item)
    if request.language == "zh" and (met or bounds or wish):
        said = ""  # the request is told by its values
    left = [w for w in words if w != word] or avoided or request.like
    excluded = any(condition.op == "excludes" for condition in request.filters)
    whole = excluded or (bool(met) and noun_of(item) == "thing")  # its values tell too little
    near = said if sure and (left or whole) else ""
    maybe = said if left and not (near or other) else ""
    crowded = people is not None and size is not None and not room
    off = crowded or (nearness != "close" and (not of_kind or _lacks_thing(request, row)))
    meets = met or bounds or room or request.like or (avoided and free)
    far = bool(maybe) and not meets and (nearness == "far" or off)
    unknown: tuple[str, Lacking] = ("", "thing") if far else _unknown(item, request)
    return Asked(met, bounds, kind, other, wish, near, maybe, far, shelf, *unknown)


def _has_all(item: Item, words: Sequence[str]) -> bool:
    """Whether a row surely has all stems of a request: its title and values have them, or one
    sentence of its text has the rest. `Old` and `new` a row has of many things."""

    def without(text: str, wanted: Sequence[str]) -> list[str]:
        own = stems_of(text)
        return [word for word in wanted if not any(akin(word, other) for other in own)]

    values = (text for value in item.attributes.values() for text in texts_of(value))
    rest = without(" ".join([item.title, *values]), words)
    told = any(not without(sentence, rest) for sentence in sentences_of(item.text))
    return (not rest or told) and _RELATIVE.isdisjoint(words)


def _lacks_thing(request: Request, row: Collection[str]) -> bool:
    """Whether a row has no word of the thing that a request names: `a heist` of `a heist that goes
    wrong`."""
    head = " ".join(head_of(request.message))
    asked = [word for word in content_of(stems_of(head)) if word not in POLITE]
    return names_thing(head) and bool(asked) and not any(akin(w, r) for w in asked for r in row)


def _unknown(item: Item, request: Request) -> tuple[str, Lacking]:
    """What the visitor wants to be without, in few words, where the row has none of them: it may be
    there all the same. With what it is. Of a quality (`not heavy`) a row seldom speaks; the answer
    says once that it cannot be ruled out."""
    spoken = request.avoid if request.avoid in request.message else ""
    row, avoided = item.embedding_text(), content_of(stems_of(request.avoid))
    known = any(stance(row, word) != "silent" for word in avoided) or not item.text
    if not spoken or known or len(spoken.split()) > MAX_LACKING:
        return "", "thing"
    if request.language == "zh":
        return spoken, "thing"
    for kind, cue in _CUES.items():
        if re.search(rf"{cue} {re.escape(spoken)}\b", request.message, re.IGNORECASE):
            return spoken, kind
    return "", "thing"


_CUES: dict[Lacking, str] = {
    "action": r"\b(?:do|does|will|don['’]t|doesn['’]t|won['’]t)(?: not)?",
    "thing": r"\b(?:no|without|free of|free from)(?: any| the| an?| too much| too many)?",
}
"""What stands before the words of a wish to be without something."""


def _as_asked(request: Request, item: Item) -> str:
    """A request as a card repeats it: the message, or what is wished for; empty where neither is
    short and plain."""
    wish = _quoted(request.text, item, request.language)
    if request.language == "zh":
        return wish
    return _quoted(request.message, item, request.language) or wish


def _quoted(said: str, item: Item, language: str) -> str:
    """Short words of a visitor as a card repeats them; empty where they are long, in a language
    without cards, have signs, are meant for a model, ask for what no card may speak of (stock,
    delivery, a discount), or are only a name or code that the item's row does not have."""
    row = item.embedding_text()
    if language == "zh":
        first = re.sub(r"[，。！？、\s].*", "", said)
        known = any(first[at : at + 2] in row for at in range(len(first) - 1))
        return first if known and len(first) <= MAX_QUOTED_ZH and detect(first) == "zh" else ""
    said = said.strip(" .,!?")
    unfit = _OFFERS.search(said) or is_order(said) or is_order_to_a_model(said)
    unfit = unfit or (len(said.split()) >= MAX_TAKEN and said in row)  # nobody asks in its words
    if len(said) > MAX_QUOTED or unfit or not re.fullmatch(r"[A-Za-zÀ-ÿ\d ,'’-]+", said):
        return ""
    known = not {word.text for word in words_in(said)}.isdisjoint(_ASKING)
    if said.islower():
        known = known or any(stem.isalpha() for stem in {*stems_of(said)} & {*stems_of(row)})
    return said if known and detect(said) == "en" else ""


_ASKING = frozenset([*request_words.FILLER, *request_words.ITEM_NOUNS, *request_words.PREPOSITIONS])
"""Words of a request that is no bare name or code."""


def _kinds(item: Item, request: Request, wanted: set[str], row: set[str]) -> tuple[str, str]:
    """The kind of product in a request, `gel pens` in `gel pens in several colors`: as the title
    has it where the item is one, else in the visitor's words. A word that stands before or after
    the kind (`waterproof boots`, `a gift for a cook`) is none, and neither are words that `and`
    joins (`warm and soft`). That an item is of another kind is told where its title shows its
    own."""
    asked = [word for word in head_of(request.text) if stems_of(word)[0] in wanted]
    said = " ".join(head_of(request.message or request.text))
    if not asked or not f" {said}".endswith(f" {' '.join(asked)}"):
        return "", ""
    last = stems_of(asked[-1])[-1]
    named = kind_named(item.title, 3).split()
    heads = {stem for word in asked for stem in stems_of(word)}
    own = list(takewhile(lambda word: set(stems_of(word)) <= heads, named[::-1]))[::-1]
    if own and stems_of(own[-1])[-1] == last:
        return " ".join([*own[:-1], asked[-1]]), ""
    short = head_of(next(iter(short_titles(item.title)), item.title))
    if short and last == stems_of(short[-1])[-1]:
        return asked[-1], ""
    return "", "" if last in row or not named else " ".join(asked)


def _shelf(item: Item, request: Request, wanted: set[str]) -> tuple[str, str] | None:
    """The category of the item that is the kind asked for: `Headphones` for `headphones for the
    office`; with its field."""
    head = head_of(request.text)
    asked = {stem for word in head for stem in stems_of(word)} & wanted
    values = ((f, text) for f, v in item.facts().items() if role_of(f) == "genre"
              for text in texts_of(v))  # fmt: skip
    last = stems_of(head[-1])[-1] if head else ""
    fit = ((f, t) for f, t in values if stems_of(t)[-1:] == [last] and {*stems_of(t)} <= asked)
    return next(fit, None)


def _is_of_kind(item: Item, request: Request, wanted: Sequence[str]) -> bool:
    """Whether a product's title or category has the noun that was asked for, as far as one was: a
    printer is no ink."""
    head = head_of(request.message)
    asked = [stem for word in head for stem in stems_of(word) if stem in wanted]
    named = asked[-1:] == stems_of(head[-1])[-1:] if head else False
    if noun_of(item) != "thing" or not named or not names_thing(" ".join(head)):
        return True
    genres = (v for f, v in item.facts().items() if role_of(f) == "genre")
    categories = [text for value in genres for text in texts_of(value)]
    called = re.split(r"\b(?:for|with|to|fits)\b", item.title, maxsplit=1, flags=re.IGNORECASE)[0]
    titled = " ".join([called, *categories])
    whole = f" {' '.join(asked)} "
    kind = kind_named(item.title, 3).split()
    part = asked[-1] in stems_of(" ".join(kind[:-1])) and asked[-1] not in stems_of(kind[-1])
    if part and (categories or not is_uncountable(asked[-1])):
        return asked[-1] in stems_of(" ".join(categories))  # a soap dish is no soap
    described = len(asked) > 1 and whole in f" {' '.join(stems_of(item.text))} "
    return described or asked[-1] in stems_of(titled)


def _meeting(item: Item, condition: Filter) -> Fact | None:
    """The values of the item that a filter asks for by name; None for other filters."""
    if condition.op not in ("contains", "equals", "any_of"):
        return None
    wanted = condition.value if isinstance(condition.value, tuple) else (str(condition.value),)
    keys = {key for value in wanted for key in keys_of(value)}
    value = item.facts().get(condition.field, ())
    values = tuple(
        text
        for text in texts_of(value)
        if not keys.isdisjoint(keys_of(text)) and may_be_stated(text)
    )
    return Fact(role_of(condition.field), condition.field, values) if values else None
