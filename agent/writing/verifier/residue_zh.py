"""The residue of a Chinese sentence: a linear model over the characters that neither a claim holds
nor the row has, in the pairs and triples that they stand in. Trained on the writing corpus.
"""

import json
import zlib
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from shelftalker.language.stems import has_chinese
from shelftalker.writing.verifier.reading import Reading

SIZE = 1 << 13
_MOST = 12


def features(reading: Reading) -> npt.NDArray[np.float64]:
    """How often each hashed feature occurs: float64 [SIZE]."""
    found = np.zeros(SIZE)
    for name in _names(reading):
        found[zlib.crc32(name.encode()) % SIZE] = 1.0
    return found


def _names(reading: Reading) -> Iterator[str]:
    text = reading.sentence
    open_ = unsupported(reading)
    for at in open_:
        for start, end in ((at, at + 1), (at - 1, at + 1), (at, at + 2), (at - 1, at + 2)):
            if start >= 0:
                yield text[start:end]
    for count in range(min(len(open_), _MOST)):
        yield f"{count} or more"


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
    return [at for at, sign in enumerate(text) if at not in held and has_chinese(sign)]


class ChineseResidue:
    """Refuses a sentence that is rated above the calibrated threshold."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @cached_property
    def _model(self) -> tuple[npt.NDArray[np.float64], float]:
        from safetensors.numpy import load_file

        card: dict[str, Any] = json.loads((self._folder / "card.zh.json").read_text("utf-8"))
        weights = load_file(self._folder / "residue.zh.safetensors")["weights"].astype(np.float64)
        return weights, float(card["threshold"])

    def rating(self, reading: Reading) -> float:
        """The rating (a logit) that the sentence states what no row shows."""
        weights = self._model[0]
        return float(features(reading) @ weights[:-1] + weights[-1])

    def problem(self, reading: Reading) -> str:
        if self.rating(reading) > self._model[1]:
            strange = "".join(reading.sentence[at] for at in unsupported(reading))
            return f"no row shows {strange[:12]!r}, and it may state something"
        return ""
