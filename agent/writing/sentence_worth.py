"""How well a sentence of a product's text stands on a card by itself: concrete, whole and about
this product. MiniLM reads it beside the title; its upper layers learned from editors' ratings
(`adapters/train/sentence_worth.py`). Without MiniLM no sentence is rated.
"""

from collections.abc import Sequence
from functools import cache, lru_cache
from pathlib import Path

from shelftalker.engine.minilm import PairModel, packaged

WEIGHTS = Path(__file__).parent / "weights"
MAX_TOKENS, MAX_CHARACTERS = 72, 120
"""Of a title with a sentence; of the title in it."""


def sentence_worths(title: str, sentences: Sequence[str]) -> list[float]:
    """A rating of each sentence of a product with this title, from 0 (not to be printed) over 0.5
    (weak) to 1; all 1 where there is no model."""
    if not sentences or packaged() is None:
        return [1.0] * len(sentences)
    return list(_rated(title[:MAX_CHARACTERS], tuple(sentences)))


@lru_cache(maxsize=8192)
def _rated(title: str, sentences: tuple[str, ...]) -> tuple[float, ...]:
    return tuple(_model().probabilities([(title, sentence) for sentence in sentences]))


@cache
def _model() -> PairModel:
    return PairModel(WEIGHTS, "sentence_worth", MAX_TOKENS)
