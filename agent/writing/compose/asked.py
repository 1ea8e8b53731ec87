"""What a request asks for and the item's row meets, and what the row says nothing of."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import takewhile

from shelftalker.data.catalog import Item
from shelftalker.data.field_roles import role_of
from shelftalker.data.filters import Filter
from shelftalker.data.item_types import noun_of
from shelftalker.data.product_kinds import kind_named
from shelftalker.data.values import keys_of, short_titles, texts_of
from shelftalker.language.aliases import SYNONYMS
from shelftalker.language.stems import has_chinese, stems_of
from shelftalker.types import Request
from shelftalker.understanding.rules.tables import request_words
from shelftalker.writing.compose.facts import Fact, may_be_stated
from shelftalker.writing.compose.measures import bound_text, bounds_of, measures_of
from shelftalker.writing.verifier.facts import content_of
from shelftalker.writing.verifier.words_of import pattern

SEPARATOR = "|"
MAX_LACKING = 3
"""Words of a request that are told as lacking one by one; more are told as they stand together."""
MAX_QUOTED = 60
"""Characters of a request that a card repeats."""
POLITE = frozenset(
    word
    for filler in (*request_words.FILLER, *request_words.ITEM_NOUNS)
    for word in stems_of(filler)
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request asks for: `met`, the facts of the item that its filters ask for; `bounds`, its
    numbers within them, with the bounds in words; `kind`, the words of a product's title that meet
    its text; `other_kind`, the kind of product that was asked for and this is not by its row;
    `wish`, what one of the item's genres meets, as `something funny`; `near`, the message, where
    the item is close to its text or its examples; `lacking`, what the row says nothing of, in parts
    with a `SEPARATOR` between."""

    met: tuple[Fact, ...] = ()
    bounds: tuple[tuple[str, float, str], ...] = ()
    kind: str = ""
    other_kind: str = ""
    wish: str = ""
    near: str = ""
    lacking: str = ""


_OFFERS = re.compile(f"{pattern('offers').pattern}|cheap|price|stock", re.IGNORECASE)
WHEN = frozenset({"tonight", "today", "now", "several", "some", "please", "lover", "fan"})
"""Words of a request that no row can meet or miss."""
WISHES = {"funny": "comedy", "hilarious": "comedy", "laugh": "comedy", "scary": "horror",
          "creepy": "horror", "spooky": "horror", "suspenseful": "thriller",
          "futuristic": "science fiction", "kid": "children", "搞笑": "喜剧",
          "吓人": "恐怖"}  # fmt: skip
"""Words for what a genre is made for, by stem."""
_PUT = {"laugh": "a laugh", "kid": "something for kids"}
"""How a card puts a wish that is no adjective."""


def asked_of(item: Item, request: Request, language: str = "en", *, close: bool = False) -> Asked:
    """What of a request the item's row meets, and what it has nothing of. `close`: whether the
    item is among those nearest to the request's text."""
    if not (request.text or request.filters or request.avoid or request.like):
        return Asked()
    met = tuple(filter(None, (_meeting(item, condition) for condition in request.filters)))
    words = [word for word in content_of(stems_of(request.text)) if word not in POLITE | WHEN]
    row = set(stems_of(item.embedding_text()))
    synonyms = {
        stem for value in row for alias in SYNONYMS.get(value, ()) for stem in stems_of(alias)
    }
    genres = {text.casefold() for f, v in item.facts().items() if role_of(f) == "genre"
              for text in texts_of(v)}  # fmt: skip
    word = next((word for word in words if WISHES.get(word) in genres), "")
    wish = _PUT.get(word, f"something {word}" if word else "")
    lacking = [one for one in words if one not in row | synonyms | {word}]
    measured = measures_of(item)
    bounds = tuple(
        (name, measured[name], text)
        for name, (low, high) in bounds_of(request.filters).items()
        if name in measured and low <= measured[name] <= high
        and (text := bound_text(name, low, high, language))
    )  # fmt: skip
    close = close and _is_of_kind(item, request, words)
    kind, other = "", ""
    if noun_of(item) == "thing" and words and not has_chinese(request.text):
        kind, other = _kinds(item, request, set(words), row)
    spoken = [
        word
        for word in re.findall(r"[\w'’-]+", request.text)
        if set(stems_of(word)) & set(lacking) and not word.endswith(("n't", "n’t"))
    ]
    spoken = [word for word in spoken if not _OFFERS.search(word)]
    missing = _as_asked(spoken, request) if spoken and not other else ""
    answered = (close and words) or request.like
    near = (_quoted(request) or _quoted(_by_text(request))) if answered else ""
    missing = "" if close else missing
    if avoided := _unknown(request, row, MAX_LACKING - len(spoken)):
        missing = SEPARATOR.join(filter(None, (missing, avoided)))
    if has_chinese(request.text):
        last = re.sub(r"[，。！？、\s].*", "", request.text)
        missing = last if 0 < len(last) <= 12 and last[-1] not in item.embedding_text() else ""
        near, missing = (missing, "") if close else ("", missing)
    return Asked(met, bounds, kind, other, wish, near, missing)


def _unknown(request: Request, row: set[str], most: int) -> str:
    """What the visitor wants to be without, in at most so many words, where the row has none of
    them: it may be there all the same."""
    words = content_of(stems_of(request.avoid))
    spoken = request.avoid if request.avoid in request.message else ""
    return "" if row & set(words) or len(spoken.split()) > most else spoken


def _as_asked(words: Sequence[str], request: Request) -> str:
    """Words of a request as they stand there: what belongs together is one part (`female lead`),
    what follows a preposition is told with it, to the next noun (`for a cook`, `for a small
    kitchen`). Words that stand apart are told with what is
    between them."""
    whole = " ".join(dict.fromkeys(words))
    said = (request.message or request.text).casefold()
    text = _quoted(_by_text(request))
    every = {w for w in content_of(stems_of(request.text)) if w not in POLITE | WHEN}
    if text and len(words) > 1 and every <= {stem for word in words for stem in stems_of(word)}:
        return text
    if len(words) > MAX_LACKING:
        return ""
    parts = [whole] if whole.casefold() in said else list(dict.fromkeys(words))
    taken = [re.escape(w) for w in re.findall(r"[\w'’-]+", said) if _is_told(w, request)]
    noun = rf"(?: (?:{'|'.join(taken)})\b)?" if taken else ""
    led = [
        rf"\b(?:for|with|in|from) (?:[\w'’-]+ ){{0,2}}?{re.escape(p.casefold())}\b{noun}"
        for p in parts
    ]
    if len(parts) > 2 and text:
        return text
    found = [re.search(pattern, said) for pattern in led]
    told = [m.group() if m else p for m, p in zip(found, parts, strict=True)]
    own = (t for t in told if not any(t != other and t in other for other in told))
    return SEPARATOR.join(dict.fromkeys(own))


def _quoted(request: Request) -> str:
    """A short message as a card repeats it; empty where it is long, has signs, or asks for what no
    card may speak of: stock, delivery, a discount."""
    message = request.message.strip(" .,!?。！？")
    plain = re.fullmatch(r"[\w ,'’-]+", message) is not None and not _OFFERS.search(message)
    return message if plain and len(message) <= MAX_QUOTED else ""


def _by_text(request: Request) -> Request:
    """The request with what is wished for in place of the message."""
    return replace(request, message=request.text)


def _is_told(word: str, request: Request) -> bool:
    """Whether a filter took this word of the message, so that it is no word of the wish."""
    taken = {
        stem for f in request.filters if isinstance(f.value, str) for stem in stems_of(f.value)
    }
    return not taken.isdisjoint(stems_of(word))


def _kinds(item: Item, request: Request, wanted: set[str], row: set[str]) -> tuple[str, str]:
    """The kind of product in a request, `gel pens` in `gel pens in several colors`: as the title
    has it where the item is one, else in the visitor's words. A word that stands before or after
    the kind (`waterproof boots`, `a gift for a cook`) is none, and neither are words that `and`
    joins (`warm and soft`). That an item is of another kind is told where its title shows its
    own."""
    asked = [word for word in _head(request.text) if stems_of(word)[0] in wanted]
    said = " ".join(_head(request.message or request.text))
    if not asked or not f" {said}".endswith(f" {' '.join(asked)}"):
        return "", ""
    last = stems_of(asked[-1])[-1]
    named = kind_named(item.title, 3).split()
    own = list(takewhile(lambda word: set(stems_of(word)) <= wanted, named[::-1]))[::-1]
    if own and stems_of(own[-1])[-1] == last:
        return " ".join([*own[:-1], asked[-1]]), ""
    short = _head(next(iter(short_titles(item.title)), item.title))
    if short and last == stems_of(short[-1])[-1]:
        return asked[-1], ""
    return "", "" if last in row or not named else " ".join(asked)


def _is_of_kind(item: Item, request: Request, wanted: Sequence[str]) -> bool:
    """Whether a product's title or category has the noun that was asked for, as far as one was: a
    printer is no ink."""
    asked = [stem for word in _head(request.message) for stem in stems_of(word) if stem in wanted]
    if noun_of(item) != "thing" or not asked:
        return True
    categories = (v for f, v in item.facts().items() if role_of(f) == "genre")
    named = " ".join([item.title, *(text for value in categories for text in texts_of(value))])
    return asked[-1] in stems_of(named)


def _head(text: str) -> list[str]:
    """The words of a request before the first preposition or comma."""
    parts = re.split(r"\b(?:for|with|in|to|from|that|which|under)\b|[,.;!?]", text.casefold())
    return re.findall(r"[a-z][\w'’-]*", parts[0])


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
