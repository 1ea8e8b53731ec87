"""The residue of a Chinese sentence: the characters that neither a claim holds nor the row has.

`card.zh.json` has the characters that good writers use in texts about anything, from the writing
corpus: these state little. A sentence may have only a few others, for they may name what no row
shows.
"""

import json
import re
from collections.abc import Sequence
from functools import cached_property, lru_cache
from pathlib import Path

from shelftalker.language.stems import has_chinese
from shelftalker.writing.verifier.paraphrase_zh import text_runs
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
        for place in range(t.start, t.start + len(t.text))
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


class ChineseResidue:
    """Refuses a sentence with too many characters that are not in all writers' use."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @cached_property
    def _card(self) -> tuple[frozenset[str], int]:
        card = json.loads((self._folder / "card.zh.json").read_text("utf-8"))
        return frozenset(card["familiar"]), int(card["most"])

    def problem(self, reading: Reading) -> str:
        """Why the residue may not be shown; empty where it may."""
        familiar, most = self._card
        places = [at for at in unsupported(reading) if reading.sentence[at] not in familiar]
        strange = [reading.sentence[at] for at in places]
        if altered := _altered(reading, places):
            return f"the text says it otherwise ({altered})"
        text = "".join(strange[:12])
        return f"no row shows {text!r}, and it may state something" if len(strange) > most else ""
