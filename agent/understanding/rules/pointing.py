"""Finds references to cards on show: "the second one", "第二部", a title, "the first two".

Places count from 0; -1 in the tables is the last card.
"""

import re
from collections.abc import Sequence

from shelftalker.language.tokens import fold, phrase, words
from shelftalker.understanding.rules.tables import act_words
from shelftalker.understanding.rules.vocabulary import MAX_PHRASE_WORDS, CatalogVocabulary

Spot = tuple[int, int, int]
"""Start, end, and the place of a card."""

POINTER = rf"(?:{act_words.PRONOUN})(?![a-z])"
"""A pronoun: it points at a card without saying which."""


def spots(message: str, titles: Sequence[str]) -> list[Spot]:
    """References to cards in a request or a mark: ordinals, and titles on show. A title of one word
    counts only with its capital."""
    if not titles:
        return []
    direct = _direct(message, titles, act_words.EDGE)
    listed = [spot for spot in _listed(fold(message), direct) if message[spot[1] - 1].isalpha()]
    return [_widened(spot, message) for spot in _placed([*direct, *listed], len(titles))]


def _widened(spot: Spot, message: str) -> Spot:
    """The reference with its article and the marks around it: the “Dune Loafer”, **Moss**."""
    start, end, place = spot
    lead = re.search(rf"(?i)(?:\b(?:the|den|die|das|le|la|el) )?{_MARKS}$", message[:start])
    trail = re.match(_MARKS, message[end:])
    return start - (len(lead[0]) if lead else 0), end + (len(trail[0]) if trail else 0), place


_MARKS = r"[\"'“”„‘’«»\[\]()*_]*"


def asked_spots(message: str, titles: Sequence[str]) -> list[Spot]:
    """References to cards in a question: what it asks may follow ("is the first one long"), and a
    bare ordinal or number may continue a list ("the first and second", "1 and 3")."""
    text = fold(message)
    spots = _direct(message, titles, act_words.ASKED_EDGE)
    spots += _listed(text, spots)
    if choice := _CHOICE.match(text):
        spots += [(*choice.span(name), _place_of(choice[name])) for name in ("o1", "o2")]
    for match in _NUMBERS.finditer(text):
        spots += [(*match.span(name), int(match[name]) - 1) for name in ("n1", "n2", "n3")
                  if match[name]]  # fmt: skip
    return _placed(spots, len(titles))


def _listed(text: str, spots: Sequence[Spot]) -> list[Spot]:
    """References that continue a list: "the first and second", "1, 2 and 3"."""
    more: list[Spot] = []
    for match in _LISTED.finditer(text):
        before = (end for _, end, _ in (*spots, *more))
        if any(0 <= match.start() - end < 2 for end in before):
            more.append((*match.span("what"), _place_of(match["ordinal"] or match["n"])))
    return more


def named_items(message: str, vocabulary: CatalogVocabulary) -> list[str]:
    """The ids of the items that a message names by title with a capital, on show or not. A title of
    several items names none."""
    tokens = words(message)
    ids: list[str] = []
    place = 0
    while place < len(tokens):
        texts = tuple(word.text for word in tokens[place : place + MAX_PHRASE_WORDS])
        runs = (texts[:length] for length in range(len(texts), 0, -1))
        title = next((run for run in runs if len(vocabulary.titles.get(run, ())) == 1), ())
        if any(word.capital for word in tokens[max(place, 1) : place + len(title)]):
            ids += vocabulary.titles[title]
        place += len(title) or 1
    return ids


def _direct(message: str, titles: Sequence[str], edge: str) -> list[Spot]:
    """References by ordinal, number, title, or "the first two"."""
    text = fold(message)
    spots = [
        (match.start(), match.end(), place)
        for place, words in act_words.ORDINALS.items()
        for match in _ordinal(words, edge).finditer(text)
    ]
    spots += [(m.start(), m.end(), int(m["n"]) - 1) for m in _NUMBERED.finditer(text)]
    for place, title in enumerate(titles):
        for form in dict.fromkeys([fold(title), fold(title.partition(" (")[0])]):
            if len(phrase(form)) > 1 and (start := text.find(form)) >= 0:
                spots.append((start, start + len(form), place))
        spots += [(*match.span(), place) for match in _by_name(title, message)]
    for match in _SEVERAL.finditer(text):
        count = 3 if re.search("three|三", match[0]) else 2
        first = re.search("first|top|前", match[0]) is not None
        begin = 0 if first else max(0, len(titles) - count)
        spots += [(*match.span(), begin + n) for n in range(count)]
    return spots


def _by_name(title: str, message: str) -> list[re.Match[str]]:
    """A title of one word, with its capital and not followed by another capitalised word."""
    name = title.partition(" (")[0]
    if len(phrase(name)) != 1 or not name[:1].isupper():
        return []
    pattern = rf"(?<!\w){re.escape(name)}(?![\w'’-])(?! [A-Z])"
    return list(re.finditer(pattern, message))


def _placed(spots: Sequence[Spot], shown: int) -> list[Spot]:
    """Sorted, without those inside a longer one: "the first" within a title is no reference."""
    within = {
        spot
        for spot in spots
        if any(a <= spot[0] and spot[1] <= b and b - a > spot[1] - spot[0] for a, b, _ in spots)
    }
    last = max(shown - 1, 0)
    return sorted(
        (start, end, last if place < 0 else place) for start, end, place in set(spots) - within
    )


def _place_of(ordinal: str) -> int:
    if ordinal.isdigit():
        return int(ordinal) - 1
    listed: dict[int, str] = act_words.ORDINALS
    return next(place for place, words in listed.items() if re.fullmatch(words, ordinal))


def _ordinal(words: str, edge: str) -> re.Pattern[str]:
    """ "The second one", "den zweiten", "the second is …", not "the second world war"."""
    noun, card = rf" (?:{act_words.NOUN})", r" (?:ones?|card|pick|option|suggestion)"
    after = rf"{card}\b(?!-)|(?:{noun})?(?={edge})" + (
        rf"|{noun}\b" if edge is act_words.ASKED_EDGE else ""
    )
    return re.compile(
        rf"(?:\b(?:{act_words.ARTICLE}) )(?:{words})(?:{after})"
        rf"|^(?:{words})(?:{noun})?(?=\s*[.,!?]?$)"
        rf"|(?:{words})(?:{act_words.COUNTERS}|(?=和|跟|与|、|比))"
    )


_NUMBERED = re.compile(
    rf"(?:\b(?:number|no\.?|nr\.?|nummer|numero|card|option) ?|#)(?P<n>[1-9])"
    rf"(?={act_words.ASKED_EDGE})"
)
_ANY = "|".join(act_words.ORDINALS.values())
_LISTED = re.compile(
    rf"(?:\b(?:and|or|with|to|than|und|et|y) |[,&] ?|和|跟|与|、)"
    rf"(?P<what>(?:the )?(?:(?P<ordinal>{_ANY})|(?P<n>[1-9]))"
    rf"(?:{act_words.COUNTERS}| (?:{act_words.NOUN}))?)(?![\w-])"
)
_CHOICE = re.compile(rf"(?:the )?(?P<o1>{_ANY})(?: one)? or (?:the )?(?P<o2>{_ANY})(?: one)?\W*$")
_NUMBERS = re.compile(
    r"(?:\bcompare|\bbetween|比较|对比) ?(?P<n1>[1-9])(?: ?, ?(?P<n2>[1-9]))?"
    r" ?(?:and|with|to|vs\.?|&|和|跟|,) ?(?P<n3>[1-9])"
)
_SEVERAL = re.compile(
    r"\b(?:the )?(?:last|first|top) (?:two|three)(?: (?:ones|films|movies|items|cards))?\b"
    r"|[前后](?:面)?(?:两|三)(?:个|部|本|款|件|张|首)"
)
