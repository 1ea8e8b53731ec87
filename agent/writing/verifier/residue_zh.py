"""Chinese sentences by their characters: those that neither a claim holds nor the row has, and
words of the item's text that must stand as the text has them (as in `paraphrase.py`).

`card.zh.json` has the characters that good writers use in texts about anything, from the writing
corpus: these state little. A sentence may have only a few others, for they may name what no row
shows.
"""

import json
import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from shelftalker.language.stems import has_chinese
from shelftalker.writing.verifier.reading import Reading
from shelftalker.writing.verifier.words_of import rows_of, words_of


def unsupported(reading: Reading) -> list[int]:
    """Places of the characters that no claim holds and no two of which stand so in the row."""
    text = reading.sentence
    item, request = reading.facts.item, reading.facts.request
    row = f"{item.embedding_text()} {request.message}"
    held = {
        place
        for at, t in enumerate(reading.tokens)
        if at in reading.covered or t.kind not in ("word", "theirs")
        for place in range(t.start, t.end)
    }
    pairs = (at for at in range(len(text) - 1) if text[at : at + 2] in row)
    held |= {place for at in pairs for place in (at, at + 1)}
    held |= {place for m in _vocabulary().finditer(text) for place in range(*m.span())}
    return [at for at, sign in enumerate(text) if at not in held and has_chinese(sign)]


@lru_cache(maxsize=1)
def _vocabulary() -> re.Pattern[str]:
    """Words of two characters or more that other slots read, or that state nothing."""
    pack = words_of("zh")
    known = pack.all.union(*pack.by("roles").values(), rows_of("grammar")["zh"].values())
    parts = {part.strip() for line in known for part in line.split(",")}
    return re.compile("|".join(sorted((p for p in parts if len(p) > 1), key=len, reverse=True)))


def _altered(reading: Reading, strange: Sequence[int]) -> str:
    """A clause that is the text's own but for a word: `退休警察做一桌菜` for `退休大厨…`."""
    for clause in re.finditer(r"[^，。；：！？、《》]+", reading.sentence):
        inside = [at for at in strange if clause.start() <= at < clause.end()]
        own = [sign for sign in clause.group() if has_chinese(sign)]
        runs = text_runs(reading.facts.item.text, clause.group())
        if inside and sum(len(run) for _, run, _ in runs) >= SHARE * len(own):
            return "".join(reading.sentence[at] for at in inside)
    return ""


SHARE = 0.6
"""Of the signs of a clause that the text has too: such a clause is the text's own."""


def chinese_residue_problem(reading: Reading) -> str:
    """Why a sentence may not be shown that has too many characters which are not in all writers'
    use; empty where it may."""
    card = _card()
    places = [at for at in unsupported(reading) if reading.sentence[at] not in card["familiar"]]
    if altered := _altered(reading, places):
        return f"the text says it otherwise ({altered})"
    text = "".join(reading.sentence[at] for at in places[:12])
    return (
        f"no row shows {text!r}, and it may state something" if len(places) > card["most"] else ""
    )


@lru_cache(maxsize=1)
def _card() -> dict[str, Any]:
    card = Path(__file__).parent / "weights" / "card.zh.json"
    return dict(json.loads(card.read_text("utf-8")))


_LEADS_ZH = frozenset("为被把给让由对向从")
_GRAMMAR_ZH = frozenset("的了是在和它这那也都就有个一把里上着还又很会能只地得")


def chinese_problem(reading: Reading) -> str:
    """The first clause that turns what the text says; empty where none does."""
    text = reading.facts.item.text
    unnamed = reading.sentence
    for t in reading.tokens:
        if t.kind in ("title", "past"):
            unnamed = unnamed[: t.start] + "，" * len(t.text) + unnamed[t.end :]
    for clause in re.findall(r"[\u3400-\u9fff\w]+", unnamed):
        runs = text_runs(text, clause)
        shared = {at for start, run, _ in runs for at in range(start, start + len(run))}
        own = [at for at, s in enumerate(clause) if s not in _GRAMMAR_ZH and has_chinese(s)]
        if problem := _unsaid_between(reading, clause, runs) or _swapped(
            f"{reading.facts.item.title}。{text}", clause
        ):
            return problem
        if not runs or len(shared & set(own)) < 0.75 * len(own):
            continue
        described = ""
        for (_, run, place), (_, other, after) in pairwise(runs):
            if after < place and other.strip("的") + "的" + run.strip("的") in text:
                described = other
                continue  # `丈夫久病`, of `久病的丈夫`
            if after < place or re.search("[，。；！？的]", text[place + len(run) : after]):
                return f"the text has {run!r} and {other!r}, but not joined so"
        if problem := _led_otherwise(text, clause, runs, shared):
            return problem
        start, run, place = runs[-1]
        end = start + len(run)
        if run != described and text[place + len(run) :][:1] == "的" and end == len(clause):
            return "the text goes on with '的' there"
    return ""


def _led_otherwise(
    text: str, clause: str, runs: list[tuple[int, str, int]], shared: set[int]
) -> str:
    """A word that says who does it to whom, in the clause or in the text alone: `被`, `为`."""
    for start, _, place in runs:
        lead, before = text[max(0, place - 1) : place], clause[max(0, start - 1) : start]
        joins = before in ("", "的") or start - 1 in shared
        if lead and lead in _LEADS_ZH and joins and before not in (*_LEADS_ZH, *"和与"):
            return f"the row says it only after {lead!r}"
    added = (s for at, s in enumerate(clause) if at not in shared and s in "被把让由")
    sign = next(added, "")
    return f"the row does not say {sign!r} there" if sign and sign not in text else ""


def _unsaid_between(reading: Reading, clause: str, runs: list[tuple[int, str, int]]) -> str:
    """Other words between two runs of a story's text: what somebody does to somebody in it."""
    if reading.facts.kind == "thing":
        return ""
    told = [one for one in runs if len(set(one[1]) - _GRAMMAR_ZH) > 1]
    for (start, run, place), (next_, other, after) in pairwise(told):
        between = clause[start + len(run) : next_]
        if between in ("和", "与", "跟", "同") and after == place + len(run):
            return f"the row has {run!r} and {other!r} as one"
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
