"""The scope of negation: how far a "no", "without" or 不要 reaches in a message.

A negator excludes what follows it up to the end of its clause, up to a word of contrast ("but",
"just"), or up to a preposition after something has been excluded: "not violent, with Bill Murray"
excludes violence only, "no horror, war or westerns" all three. `denials` finds the negators.
"""

import re
from collections.abc import Sequence, Set
from dataclasses import dataclass

from shelftalker.language.tokens import Word, phrase
from shelftalker.understanding.rules import negation_words, request_words
from shelftalker.understanding.rules.denials import COMMAS, STOPS, Cue, find_cues


@dataclass(frozen=True, slots=True)
class Negation:
    """For each word: whether it is excluded (`ruled_out`), is a cue itself and means nothing else
    (`negator`), or is mentioned without being demanded, so that it makes no filter (`open`).
    `degrees`: spans where only a degree is excluded, as in "not too violent a thriller"."""

    ruled_out: list[bool]
    negator: list[bool]
    open: list[bool]
    degrees: list[range]


def negation(tokens: Sequence[Word], text: str, language: str, fixed: Set[int]) -> Negation:
    """Which words of the folded `text` are excluded or left open. Words in `fixed` belong to an
    expression with its own meaning ("no more than 20") and are no negators."""
    cues = find_cues(tokens, text, language, fixed)
    nothing = [False] * len(tokens)
    result = Negation(list(nothing), list(nothing), list(nothing), [])
    for cue in cues:
        for place in range(cue.first, cue.first + cue.length):
            result.negator[place] = True
    for cue in cues:
        _apply(cue, tokens, text, result)
    return result


def _apply(cue: Cue, tokens: Sequence[Word], text: str, result: Negation) -> None:
    """Mark the words that one cue is about."""
    after = cue.first + cue.length
    if cue.kind == "nothing":
        return
    if cue.kind in ("back", "back_permit"):
        out = cue.kind == "back"
        span = _before(tokens, text, cue.first, result.negator)
        _mark(result, span, out, not out)
        for place in span[:1]:
            result.negator[place] = tokens[place].text == "对"  # 对喜剧不感兴趣
        return
    end = _reach(tokens, text, after, result.negator)
    span = range(after, end)
    if cue.kind == "permit" or _is_conceded(cue, tokens, text, span, result):
        _mark(result, span, False, True)
        return
    of = next((at for at in span if tokens[at].text == "的" and at + 1 < end and at > after), end)
    if cue.kind == "degree":
        span = range(after, of)
        result.degrees.append(span)
        _mark(result, span, True, False)
    elif cue.kind == "part":
        _mark(result, range(after, of), True, False)
        _loosen(tokens, range(after, of), result)
    else:
        if of + 1 < end and tokens[of + 1].text not in {*request_words.AND, *request_words.OR}:
            span = range(after, of)  # 不要拉链的靴子: boots, without zips
        _mark(result, span, True, False)


def _mark(result: Negation, span: range, ruled_out: bool, is_open: bool) -> None:
    for place in span:
        if not result.negator[place]:
            result.ruled_out[place] = ruled_out
            result.open[place] = is_open


def _silence(result: Negation, span: range) -> None:
    for place in span:
        result.negator[place] = True


def _loosen(tokens: Sequence[Word], span: range, result: Negation) -> None:
    """A bare 不 surely excludes only the word after it: 不恐怖, but not all of 不俗套的喜剧."""
    if tokens[span.start - 1].text != "不":
        return
    lead = next((at for at in span if tokens[at].text not in request_words.FILLER), span.stop)
    for place in range(lead + 1, span.stop):
        result.open[place] = True


def _before(tokens: Sequence[Word], text: str, first: int, negator: Sequence[bool]) -> range:
    """The words that a cue at the end of a clause is about."""
    place, content = first, False
    while place:
        gap = text[tokens[place - 1].end : tokens[place].start]
        before = tokens[place - 1].text
        turn = content and (before in request_words.CONTRAST_WORDS or before == "要")
        if STOPS.search(gap) or COMMAS.search(gap) or turn:
            break
        if negator[place - 1]:
            return range(first, first)  # 除了喜剧以外: said already
        content = content or before not in {*request_words.FILLER, *request_words.CONTRAST_WORDS}
        place -= 1
    return range(place, first)


def _is_conceded(
    cue: Cue, tokens: Sequence[Word], text: str, span: range, result: Negation
) -> bool:
    """Whether a lack is only accepted: "without comedy is fine too", 除了喜剧还想看恐怖片."""
    texts = tuple(word.text for word in tokens[cue.first : cue.first + cue.length])
    if texts == ("除", "了"):
        return _is_added_to(text[tokens[cue.first].end :])
    lack = {phrase(part) for part in negation_words.LACK_WORDS.split("/")}
    if texts not in lack:
        return False
    scope = [tokens[place].text for place in span]
    fine = re.search(negation_words.CONCESSION_PATTERN, " ".join(scope))
    if not fine or set(scope) & set(negation_words.REST_WORDS.split(" / ")):
        return False
    before = len(" ".join(scope)[: fine.start()].split())
    for place in range(span.start + before, span.stop):
        result.negator[place] = True
    return True


def _is_added_to(rest: str) -> bool:
    """除了喜剧，还想看恐怖片 asks for both; 除了喜剧，也不要恐怖片 does not."""
    sentence = re.split(r"[。！？!?\n]", rest)[0]
    return bool(re.search(r"(?:还|也|另外|再)(?!不|没|别|是|行|可以|好)", sentence))


def _reach(tokens: Sequence[Word], text: str, first: int, negator: Sequence[bool]) -> int:
    """The place after the last word that a negator before `first` excludes."""
    if hyphened := _compound_end(tokens, text, first):
        return hyphened
    if tokens[first - 1].text == "non":
        return min(first + 1, len(tokens))
    content = False
    for place in range(first, len(tokens)):
        word = tokens[place]
        gap = text[tokens[place - 1].end : word.start] if place else ""
        turn = word.text in request_words.CONTRAST_WORDS and (content or word.text not in _GIVING)
        if STOPS.search(gap) or turn:
            return place
        if COMMAS.search(gap) and not _list_goes_on(tokens, text, place, content):
            return place
        if content and word.text in request_words.PREPOSITIONS:
            return place
        if word.text in request_words.AND and _new_phrase(tokens, place):
            return place
        if negator[place]:
            return place
        if word.text in request_words.OR or word.text in request_words.AND or "、" in gap:
            content = False
        elif word.text not in request_words.FILLER and word.text not in request_words.ITEM_NOUNS:
            content = True
    return len(tokens)


_GIVING = frozenset(["give", "show", "gib", "我"])
"""Right after a negator these continue its scope: "never show me …", 别给我看."""


def _compound_end(tokens: Sequence[Word], text: str, first: int) -> int:
    """The end of a compound that begins with a negator ("no-nonsense"); 0 if there is none."""
    place = first
    while place < len(tokens) and text[tokens[place - 1].end : tokens[place].start] in ("-", "‑"):
        place += 1
    return place if place > first else 0


def _list_goes_on(tokens: Sequence[Word], text: str, place: int, content: bool) -> bool:
    """After a comma: whether "or" ends this list within a few words ("no a, b or c")."""
    if not content:
        return False
    run = 0
    for word, after in zip(tokens[place:], [*tokens[place + 1 :], None], strict=False):
        if word.text in request_words.OR:
            return run > 0 or word is tokens[place]
        run += 1
        gap = text[word.end : after.start] if after else "."
        if STOPS.search(gap) or run > 6 or word.text in request_words.CONTRAST_WORDS:
            return False
        if COMMAS.search(gap):
            run = 0 if run <= 3 else 7
    return False


def _new_phrase(tokens: Sequence[Word], place: int) -> bool:
    after = tokens[place + 1].text if place + 1 < len(tokens) else ""
    return after in request_words.DETERMINERS
