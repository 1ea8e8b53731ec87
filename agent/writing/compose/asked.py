"""What a request asks for and the item's row meets, and what the row says nothing of."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from shelftalker.data.catalog import Item
from shelftalker.data.field_roles import role_of
from shelftalker.data.filters import Filter
from shelftalker.data.item_types import noun_of
from shelftalker.data.party_size import room_for
from shelftalker.data.values import keys_of, texts_of
from shelftalker.language.detect import detect
from shelftalker.language.numerals import NUMBER
from shelftalker.language.sentences import sentences_of
from shelftalker.language.stance import akin, stance
from shelftalker.language.stems import has_chinese, stems_of
from shelftalker.language.things import head_of, names_thing
from shelftalker.language.tokens import fold
from shelftalker.language.tokens import words as words_in
from shelftalker.types import Nearness, Request
from shelftalker.understanding.rules.tables import act_words, request_words
from shelftalker.writing.compose.asked_kinds import kinds_of, names_gift
from shelftalker.writing.compose.conditions import IDLE, POLITE, in_order
from shelftalker.writing.compose.facts import Fact, may_be_stated
from shelftalker.writing.compose.measures import bound_text, bounds_of, keeps_to_price, measures_of
from shelftalker.writing.verifier.facts import content_of
from shelftalker.writing.verifier.quoting import is_order, is_order_to_a_model
from shelftalker.writing.verifier.words_of import pattern

MANY = 0.5
"""Share of a request's words beyond which an item that has them may well be meant."""
MAX_LACKING = 3
"""Words that a card tells as not found."""
MAX_TAKEN = 4
"""From so many words on, what stands in a row of the catalogue as a whole is not repeated: it was
taken from there, and may be an attack that the row carries."""
MAX_QUOTED, MAX_QUOTED_ZH = 60, 12
"""Characters of a request that a card repeats."""
OLD_YEARS, NEW_YEARS = 40, 4
"""Age of what is surely old, and of what is still new."""
_OLD, _NEW = frozenset(stems_of(act_words.OLD)), frozenset(stems_of(act_words.NEW))
_RELATIVE = _OLD | _NEW
Lacking = Literal["thing", "quality", "held"]
Age = Literal["old", "new", ""]


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request asks for: `met`, the facts of the item that its filters ask for; `bounds`, its
    numbers within them, with the bounds in words; `kind`, the thing that is named and a product
    is; `other_kind`, the thing that is named and a product is not;
    `wish`, what one of the item's genres meets, as `something funny`; `near`, the request, where
    the item is close to its text; `maybe`, the request, where its text is not met for sure, `far`
    where the item is far from it or of another kind; `unsure`, where a product may be the thing
    that is named and may not; `lacking`, what shall not be there and the row says nothing of:
    `lacking_is` a thing or a quality, or `held`, which the row has; `age`, where only that is left
    to judge;
    `short`, the qualities asked for, which the row has, in few plain words; `said`, the request."""

    met: tuple[Fact, ...] = ()
    bounds: tuple[tuple[str, float, str], ...] = ()
    kind: str = ""
    other_kind: str = ""
    wish: str = ""
    near: str = ""
    maybe: str = ""
    far: bool = False
    unsure: bool = False
    lacking: str = ""
    lacking_is: Lacking = "thing"
    age: Age = ""
    short: str = ""
    said: str = ""


_OFFERS = re.compile(f"{pattern('offers').pattern}|cheap|price|stock", re.IGNORECASE)
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
    if noun_of(item) == "thing":
        request = replace(request, text=in_order(request.text), message=in_order(request.message))
    met = tuple(filter(None, (_meeting(item, condition) for condition in request.filters)))
    named = {stem for word in head_of(request.text)[-1:] for stem in stems_of(word)}
    words = content_of(stems_of(request.text))
    words += [word for word in named if word not in words]  # the noun of `a tape measure`
    words = [word for word in words if word not in IDLE or word in named - POLITE]  # `a desk fan`
    row = set(stems_of(item.embedding_text()))
    word = _wished(item, words)
    wish = _PUT.get(word, f"something {word}" if word else "")
    bounds = _within(item, request, language)
    dated = any(role_of(name) == "year" for name, _, _ in bounds)
    words = [w for w in words if not (dated and w in _RELATIVE)]
    kind, other, of_kind = "", "", True
    if noun_of(item) == "thing" and not has_chinese(request.text):
        kind, other, of_kind = kinds_of(item, request, words)
    met = met if of_kind else tuple(fact for fact in met if fact.role != "brand")
    space = room_for(item, request.message)
    room, crowded = space == "enough", space == "none"
    counted = not room and bool(space or re.search(NUMBER, fold(request.text)))
    words = [word for word in words if not (room and re.fullmatch(NUMBER, word))]
    gift = names_gift(request.message)
    has_all = (gift and nearness == "close") or _has_all(item, [w for w in words if w != word])
    avoided = content_of(stems_of(request.avoid))
    free = all(stance(item.embedding_text(), word) == "denies" for word in avoided)
    denied = any(stance(item.text, word) == "denies" for word in words)
    sure = has_all and of_kind and free and not counted and not denied
    sure = sure and _is_known(item, request)
    said = _as_asked(request, item)
    if request.language == "zh" and (met or bounds or wish):
        said = ""  # the request is told by its values
    left = [w for w in words if w != word] or avoided or request.like
    excluded = any(condition.op == "excludes" for condition in request.filters)
    whole = excluded or (bool(met) and noun_of(item) == "thing")  # its values tell too little
    near = said if sure and (left or whole) else ""
    maybe = said if left and not (near or other) else ""
    head = set(stems_of(" ".join(head_of(request.message))))
    rest = [word for word in words if word not in head]
    holds = bool(rest) and _has_all(item, rest)  # a briefcase that holds a laptop
    other_thing = bool(other) or _lacks_thing(request, row)
    off = crowded or (nearness != "close" and not holds and other_thing)
    meets = met or bounds or room or request.like or (avoided and free)
    heard = sum(any(akin(word, own) for own in row) for word in words)
    half = noun_of(item) != "thing" and bool(words) and heard >= MANY * len(words)
    far = bool(maybe) and not meets and not half and (nearness == "far" or off)
    unknown: tuple[str, Lacking] = ("", "thing") if far else _unknown(item, request)
    return Asked(
        met, bounds, kind, other, wish, near, maybe, far, not (of_kind or other), *unknown,
        _age(item, words), _short(request) if has_all else "", said,
    )  # fmt: skip


def _wished(item: Item, words: Sequence[str]) -> str:
    """The word of a request that one of the item's genres meets."""
    values = (v for f, v in item.facts().items() if role_of(f) == "genre")
    genres = {text.casefold() for value in values for text in texts_of(value)}
    return next((word for word in words if WISHES.get(word) in genres), "")


def _within(item: Item, request: Request, language: str) -> tuple[tuple[str, float, str], ...]:
    """The numbers of the item that are within the bounds of a request, with these in words."""
    measured = measures_of(item)
    return tuple(
        (name, measured[name], text)
        for name, (low, high) in bounds_of(request.filters).items()
        if name in measured and low <= measured[name] <= high
        and (name != "price" or keeps_to_price(item, request))
        and (text := bound_text(name, low, high, measured[name], language))
    )  # fmt: skip


def _age(item: Item, words: Sequence[str]) -> Age:
    """The age asked for, where the row has all the rest."""
    age: Age = "" if _OLD.isdisjoint(words) else "old"
    age = age if _NEW.isdisjoint(words) else "new"
    rest = [word for word in words if word not in _RELATIVE]
    return age if age and _has_all(item, rest) else ""


_FORETOLD = re.compile(r"\b(?:would|will|might|could)\b", re.IGNORECASE)
"""Somebody's liking, which no row foretells: `my parents would like it`."""
_PLACED = re.compile(r"\b(?:in|at|around) ((?:[A-Z][\w’'-]+ ?)+)")


def _is_known(item: Item, request: Request) -> bool:
    """Whether nothing of a request is what no row tells: an example, a liking, a time to come."""
    foretold = _FORETOLD.search(request.message) or "next" in stems_of(request.message)
    known = not request.like and not foretold and _in_places(request, item)
    return known and keeps_to_price(item, request)


def _in_places(request: Request, item: Item) -> bool:
    """Whether the row puts the item where the request wants it: one who comes home from Paris is
    not in Paris."""
    places = [place.strip() for place in _PLACED.findall(request.message)]
    row = item.embedding_text()
    return all(re.search(rf"(?<!from ){re.escape(place)}\b", row) for place in places)


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
    """What the visitor wants to be without, in few words, where the row does not deny it: it may be
    there all the same. With what it is: `held` where the row says that it is there."""
    spoken = request.avoid if request.avoid in request.message else ""
    row, avoided = item.embedding_text(), content_of(stems_of(request.avoid))
    lines = [row, *sentences_of(item.text)]
    said = {stance(line, word) for word in avoided for line in lines} - {"silent"} or {"silent"}
    if not spoken or not item.text or len(spoken.split()) > MAX_LACKING or "denies" in said:
        return "", "thing"
    if request.language == "zh":
        return ("", "thing") if "says" in said else (spoken, "thing")
    for kind, cue in _CUES.items():
        if re.search(rf"{cue} {re.escape(spoken)}\b", request.message, re.IGNORECASE):
            if "says" in said:
                return (spoken, "held") if said == {"says"} and kind == "thing" else ("", kind)
            return spoken, kind
    return "", "thing"


_CUES: dict[Lacking, str] = {
    "quality": r"(?<!do )(?<!does )\b(?:not(?: be)?|is ?n['’]t|are ?n['’]t)(?: too| so| very)?",
    "thing": r"\b(?:no|without|free of|free from)(?: any| the| an?| too much| too many)?",
}
"""What stands before the words of a wish to be without something."""


def _short(request: Request) -> str:
    """The qualities asked for, in few plain words: `tense`, `slow and quiet`."""
    text = request.text
    short = re.fullmatch(r"[a-z]+(?:(?:, | and | )[a-z]+){0,2}", text) is not None
    return text if short and detect(text) == "en" and not is_order_to_a_model(text) else ""


def _as_asked(request: Request, item: Item) -> str:
    """A request as a card repeats it: the message, or what is wished for; empty where neither is
    short and plain, or a wish does not stand so in the message."""
    whole = request.text.casefold() in request.message.casefold() or not request.message
    wish = _quoted(request.text, item, request.language) if whole else ""
    return wish if request.language == "zh" else _quoted(request.message, item, "en") or wish


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
