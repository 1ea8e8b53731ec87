"""The scope of negation: how far a "no", "without" or 不要 reaches in a message.

A cue excludes what follows it up to the end of its clause, up to a word of contrast ("but",
"just"), or up to a preposition after something has been excluded: "not violent, with Bill Murray"
excludes violence only, "no horror, war or westerns" all three. `packs/words/negation.yaml` lists
the cues and what each kind of them does.
"""

import re
from collections.abc import Sequence, Set
from dataclasses import dataclass
from typing import NamedTuple

from shelftalker.language.packs import words
from shelftalker.language.tokens import Word
from shelftalker.understanding.rules.sentence_starts import begins_anew
from shelftalker.understanding.rules.tables import request_words

STOPS = re.compile(r"[.!?;:。！？；\n()\[\]\"“”]| [-–—] ")
COMMAS = re.compile(r"[,，]")


@dataclass(frozen=True, slots=True)
class Negation:
    """For each word: whether it is excluded (`ruled_out`), is a cue itself and means nothing else
    (`negator`), is mentioned without being demanded, so that it makes no filter (`open`), or is
    excluded by degree only, as in "not too violent" (`degree`)."""

    ruled_out: list[bool]
    negator: list[bool]
    open: list[bool]
    degree: list[bool]


class _Cue(NamedTuple):
    """The words first..end-1; `kind` is a key of `negation.yaml`."""

    first: int
    end: int
    kind: str


def negation(tokens: Sequence[Word], text: str, fixed: Set[int]) -> Negation:
    """Which words of the folded `text` are excluded or left open. Words in `fixed` belong to an
    expression with its own meaning ("no more than 20") and are no cues."""
    cues = [cue for cue in _cues(tokens, text, fixed) if cue.kind != "ORDINARY"]
    masks = ([False] * len(tokens) for _ in range(4))
    result = Negation(*masks)
    for cue in cues:
        for place in range(cue.first, cue.end):
            result.negator[place] = True
    for cue in cues:
        _apply(cue, tokens, text, result)
    return result


def _cues(tokens: Sequence[Word], text: str, fixed: Set[int]) -> list[_Cue]:
    """The cues in order, without overlaps: the longest of those that begin first; of the same
    words, the kind listed first."""
    starts = {word.start: place for place, word in enumerate(tokens)}
    ends = {word.end: place + 1 for place, word in enumerate(tokens)}
    found = sorted(
        (match.start(), -match.end(), rank, kind)
        for rank, (kind, patterns) in enumerate(words("negation").items())
        for pattern in patterns
        for match in re.finditer(pattern, text)
    )
    cues: list[_Cue] = []
    for start, end, _, kind in found:
        first, last = starts.get(start), ends.get(-end)
        if first is None or last is None or (cues and first < cues[-1].end):
            continue
        if fixed.isdisjoint(range(first, last)):
            cues.append(_Cue(first, last, kind))
    return cues


def _apply(cue: _Cue, tokens: Sequence[Word], text: str, result: Negation) -> None:
    """Mark the words that one cue is about."""
    if cue.kind == "NOTHING":
        return
    if cue.kind.startswith("BACK"):
        span, out = _before(tokens, cue.first, result.negator), cue.kind == "BACK"
    else:
        span, out = _after(cue, tokens, text, result.negator), cue.kind != "PERMIT"
    for place in span:
        if not result.negator[place]:
            result.ruled_out[place], result.open[place] = out, not out
            result.degree[place] = cue.kind == "DEGREE"
    if tokens[cue.first].text == "不" and cue.end - cue.first == 1:
        content = [at for at in span if tokens[at].text not in request_words.FILLER]
        for place in span[span.index(content[0]) + 1 :] if content else ():
            result.open[place] = True  # 不 surely excludes only the word after it: 不俗套的喜剧


def _after(cue: _Cue, tokens: Sequence[Word], text: str, negator: Sequence[bool]) -> range:
    """The words after a cue that it is about."""
    end = _reach(tokens, text, cue.end, negator)
    span = range(cue.end, end)
    of = next((at for at in span[1:] if tokens[at].text == "的"), end)
    joined = tokens[of + 1].text in LINKING if of + 1 < end else False
    if of < end and (cue.kind == "DEGREE" or (of + 1 < end and not joined)):
        return range(cue.end, of)  # 不要拉链的靴子: boots, without zips
    if cue.kind != "DEGREE" or cue.end >= len(tokens) or not tokens[cue.end].text.isascii():
        return span
    content = (at for at in span if tokens[at].text not in request_words.FILLER)
    return range(cue.end, min(next(content, end) + 1, end))  # "not too long a comedy": a comedy


def _before(tokens: Sequence[Word], first: int, negator: Sequence[bool]) -> range:
    """The words that a cue at the end of a clause is about."""
    place, content = first, False
    while place:
        gap = tokens[place].gap
        before = tokens[place - 1].text
        turn = content and (before in request_words.CONTRAST_WORDS or before == "要")
        turn = turn or (negator[place - 1] and before == "对")
        if STOPS.search(gap) or COMMAS.search(gap) or turn:
            break
        if negator[place - 1]:
            return range(first, first)  # 除了喜剧以外: said already
        content = content or before not in {*request_words.FILLER, *request_words.CONTRAST_WORDS}
        place -= 1
    return range(place, first)


def _reach(tokens: Sequence[Word], text: str, first: int, negator: Sequence[bool]) -> int:
    """The place after the last word that a negator before `first` excludes."""
    hyphened = first
    while hyphened < len(tokens) and tokens[hyphened].gap == "-":
        hyphened += 1
    if hyphened > first or tokens[first - 1].text == "non":
        return max(hyphened, min(first + 1, len(tokens)))  # "no-nonsense", "non fiction"
    content, whole = False, _is_whole_list(tokens, text, first)
    for place in range(first, len(tokens)):
        word = tokens[place]
        gap = word.gap
        after = tokens[place + 1].text if place + 1 < len(tokens) else ""
        if not STOPS.search(gap) and not request_words.SINGLING.isdisjoint((word.text, after)):
            content = False  # "no action, though especially no chases"
            continue
        turn = word.text in request_words.CONTRAST_WORDS and (content or word.text not in _GIVING)
        listed = whole or not COMMAS.search(gap) or _list_goes_on(tokens, place, content)
        described = content and word.text in request_words.PREPOSITIONS
        anew = word.text in request_words.AND and after in request_words.DETERMINERS
        ends = STOPS.search(gap) or begins_anew(tokens, place)
        if ends or turn or not listed or described or anew or negator[place]:
            return place
        if word.text in LINKING or "、" in gap:
            content = False
        elif word.text not in request_words.FILLER and word.text not in request_words.ITEM_NOUNS:
            content = True
    return len(tokens)


LINKING = {*request_words.OR, *request_words.AND}
_GIVING = frozenset(["give", "show", "gib", "我"])
"""Right after a negator these continue its scope: "never show me …", 别给我看."""


def _is_whole_list(tokens: Sequence[Word], text: str, first: int) -> bool:
    """Whether a negation reaches over the commas of its clause, as a word at the end shows: "she
    doesn't use pink, purple, orange much"."""
    start = tokens[first].start if first < len(tokens) else len(text)
    stop = STOPS.search(text, start)
    return _REACHING.search(text, start, stop.start() if stop else len(text)) is not None


_REACHING = re.compile(request_words.REACHING)


def _list_goes_on(tokens: Sequence[Word], place: int, content: bool) -> bool:
    """After a comma: whether "or" ends this list within a few words ("no a, b or c")."""
    run = 0
    for word, after in zip(tokens[place:], [*tokens[place + 1 :], None], strict=False):
        if word.text in request_words.OR:
            return content and (run > 0 or word is tokens[place])
        run += 1
        gap = after.gap if after else "."
        if STOPS.search(gap) or run > 6 or word.text in request_words.CONTRAST_WORDS:
            return False
        if COMMAS.search(gap):
            run = 0 if run <= 3 else 7
    return False
