"""Words of the item's text must stand as the text has them: words left out may turn its meaning.

A clause that repeats the text's words must repeat them in their order, without a word skipped that
changes who does what to whom (`by`, `not`, a comma, a pronoun), from the start of what they say and
to its end. A clause in other words is not judged here.
"""

import re
from collections.abc import Sequence
from itertools import pairwise

from shelftalker.language.stems import stem, stems_of
from shelftalker.writing.verifier.reading import Reading
from shelftalker.writing.verifier.words_of import words_of

_TOKEN = re.compile(r"[^\W_]+(?:['’]\w+)?|[,.;:!?()–—]")
_EN = words_of("en")


def paraphrase_problem(reading: Reading) -> str:
    """The first clause that repeats the text's words in another sense; empty where none does."""
    if reading.language == "zh":
        return _problem_zh(reading)
    item = reading.facts.item
    title = set(stems_of(item.title))
    text = [stem(t) for t in _TOKEN.findall(item.text)]
    places: dict[str, list[int]] = {}
    for at, word in enumerate(text):
        places.setdefault(word, []).append(at)
    for clause in sorted(set(reading.clause)):
        words = _words(reading, clause)
        content = [n for n, (word, open_) in enumerate(words) if open_ and word not in _EN["small"]]
        matched = [n for n in content if words[n][0] in places]
        if len(matched) < 2 or len(matched) < 0.85 * len(content):
            continue
        if problem := _misquoted(text, places, [word for word, _ in words], matched, title):
            return problem
    return ""


def _words(reading: Reading, clause: int) -> list[tuple[str, bool]]:
    """The stems of a clause, each with whether a claim leaves it open."""
    found = []
    for at, token in enumerate(reading.tokens):
        if reading.clause[at] != clause or token.kind == "mark":
            continue
        open_ = at not in reading.covered and token.kind != "number"
        found += [(word, open_) for word in stems_of(token.text)]
    return found


def _misquoted(
    text: Sequence[str],
    places: dict[str, list[int]],
    words: Sequence[str],
    matched: Sequence[int],
    title: set[str],
) -> str:
    path = _path(places, [words[n] for n in matched])
    for n, m, p, q in zip(matched, matched[1:], path, path[1:], strict=False):
        between = set(words[n + 1 : m])
        if {words[n], words[m]} <= title or between & _EN["links"]:
            continue
        said = f"the text has {words[n]!r} and {words[m]!r}, but not joined so"
        skipped = [w for w in text[p + 1 : q] if w not in between]
        if q > p and set(skipped) <= {",", "and", "or"}:
            continue  # both in one list
        while skipped and skipped[0] in _EN["relative"] and text[p + 1] == skipped[0]:
            skipped = skipped[1:]
        if (
            q <= p
            or len(skipped) > 5
            or not _EN["turns"].isdisjoint(skipped)
            or (skipped and between & _EN["quantifiers"])
        ):
            return said
    start = path[0] - 1
    while start >= 0 and text[start] in ("a", "an", "the", "its", "his", "her", "their"):
        start -= 1
    if start >= 0 and text[start] in _EN["leads"] and text[start] not in words[: matched[0]]:
        return f"the row says it only after {text[start]!r}"
    after = text[path[-1] + 1 : path[-1] + 3]
    for word in after:
        if word == "than" and word not in words[matched[-1] :]:
            return f"the text goes on with {word!r} there"
    return ""


def _path(places: dict[str, list[int]], words: Sequence[str]) -> list[int]:
    """The places of the words in the text that lie closest together; a step back costs more."""
    ends = {place: (0, [place]) for place in places[words[0]]}
    for word in words[1:]:
        ends = {
            place: min(
                (cost + (place - last if place > last else last - place + _BACK), [*path, place])
                for last, (cost, path) in ends.items()
            )
            for place in places[word]
        }
    return min(ends.values())[1]


_BACK = 3


_LEADS_ZH = frozenset("为被把给让由对向从")
_GRAMMAR_ZH = frozenset("的了是在和它这那也都就有个一把里上着还又很会能只地得")


def _problem_zh(reading: Reading) -> str:
    """The same for Chinese, by the runs of characters that the text has too."""
    text = reading.facts.item.text
    names = (t for t in reading.tokens if t.kind in ("title", "past"))
    unnamed = reading.sentence
    for t in names:
        unnamed = unnamed[: t.start] + "，" * len(t.text) + unnamed[t.start + len(t.text) :]
    for clause in re.findall(r"[\u3400-\u9fff\w]+", unnamed):
        runs = text_runs(text, clause)
        shared = {at for start, run, _ in runs for at in range(start, start + len(run))}
        own = [at for at, sign in enumerate(clause) if sign not in _GRAMMAR_ZH]
        if problem := _unsaid_between(reading, clause, runs) or _swapped(
            f"{reading.facts.item.title}。{text}", clause
        ):
            return problem
        if not runs or len(shared & set(own)) < 0.75 * len(own):
            continue
        for (_, run, place), (_, other, after) in pairwise(runs):
            if after < place or re.search("[，。；！？的]", text[place + len(run) : after]):
                return f"the text has {run!r} and {other!r}, but not joined so"
        start, run, place = runs[0]
        if text[place - 1 : place] in _LEADS_ZH and start == 0 and place:
            return f"the row says it only after {text[place - 1]!r}"
        start, run, place = runs[-1]
        end = start + len(run)
        if text[place + len(run) :][:1] == "的" and end == len(clause):
            return "the text goes on with '的' there"
    return ""


def _unsaid_between(reading: Reading, clause: str, runs: list[tuple[int, str, int]]) -> str:
    """Other words between two runs of a story's text: what somebody does to somebody in it."""
    if reading.facts.kind == "thing":
        return ""
    told = [one for one in runs if len(set(one[1]) - _GRAMMAR_ZH) > 1]
    for (start, run, _), (next_, other, _) in pairwise(told):
        between = clause[start + len(run) : next_]
        if sum(sign not in _GRAMMAR_ZH for sign in between) > _MOST_BETWEEN:
            return f"the row does not say {between!r} of {run!r} and {other!r}"
    return ""


_MOST_BETWEEN = 2


def _swapped(text: str, clause: str) -> str:
    """One sign in the place of another beside words of the row: `双层杯` for `单层杯`, `壶身带…`
    for `壶盖带…`."""
    known, opposites = words_of("zh").all, words_of("zh")["opposites"]
    for start, run, place in text_runs(text, clause):
        end, stop = start + len(run), place + len(run)
        left = re.split(r"[^\u3400-\u9fff]", text[:place])[-1]
        right = re.split(r"[^\u3400-\u9fff]", text[stop:])[0]
        beside = (
            (_plain_zh(clause[:start])[-2:], _plain_zh(left)[-2:], left),
            (_plain_zh(clause[end:])[:2], _plain_zh(right)[:2], right),
        )
        for one, other in ((clause[start - 1 : start], text[place - 1 : place]),
                           (clause[end : end + 1], text[stop : stop + 1])):  # fmt: skip
            if {one + other, other + one} & opposites:
                return f"the text has {other!r} there, not {one!r}"
        for said, written, around in beside:
            if len(said) < 2 or len(written) < 2 or said in text or said in known:
                continue
            other = next((s for s in said if s not in written), "")
            if sum(a == b for a, b in zip(said, written, strict=True)) == 1 and other not in around:
                return f"the text has {written!r} there, not {said!r}"
    return ""


def _plain_zh(text: str) -> str:
    return "".join(sign for sign in text if sign not in _GRAMMAR_ZH | _LEADS_ZH)


def text_runs(text: str, clause: str) -> list[tuple[int, str, int]]:
    """The longest runs of two or more characters that a clause shares with a text: the place in the
    clause, the run, its place in the text, after the run before it where it stands there too."""
    found: list[tuple[int, str, int]] = []
    at = 0
    while at < len(clause) - 1:
        run = next(
            (clause[at:end] for end in range(len(clause), at + 1, -1) if clause[at:end] in text), ""
        )
        if run:
            place = text.find(run, found[-1][2] if found else 0)
            found.append((at, run, place if place >= 0 else text.index(run)))
        at += len(run) or 1
    return found
