"""How well a sentence of a product's text stands on a card by itself: concrete, whole and about the
product, by a linear model that learned from editors' ratings (`adapters/train/sentence_worth.py`).

Its features are the mean of MiniLM's word embeddings, without the layers above them, and a few
counts. Where the package with MiniLM is not installed no sentence is rated.
"""

import re
from collections.abc import Collection, Sequence
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
from safetensors.numpy import load_file

from shelftalker.engine.minilm import packaged, word_vectors
from shelftalker.language.packs import words_in
from shelftalker.language.stems import stems_of

Floats = npt.NDArray[np.float32]
WEIGHTS = Path(__file__).parent / "weights" / "sentence_worth.safetensors"
_DIRECTION = 3.0
"""What the direction of the embedding counts beside the other features."""
_JOINTS = words_in(
    "an the and or but if in on at to for of with without by from as is are no not so that this "
    "your you its into onto while using like keeping when plus will can all has have be"
)


def sentence_worths(title: str, sentences: Sequence[str]) -> list[float]:
    """A rating of each sentence of a product with this title, about 0 (not to be printed) to 2; all
    alike where there is no model."""
    if not sentences or packaged() is None:
        return [1.0] * len(sentences)
    weights = _weights()
    scaled = (features(title, sentences) - weights["mean"]) / weights["deviation"]
    rated: list[float] = (scaled @ weights["weight"] + weights["bias"]).tolist()
    return rated


def features(title: str, sentences: Sequence[str]) -> Floats:
    """Float32 [sentences, features]. Raises `MissingExtra` without the package."""
    tokenizer, embeddings = word_vectors()
    named = set(stems_of(title))
    rows = []
    for sentence, encoded in zip(sentences, tokenizer.encode_batch(list(sentences)), strict=True):
        pairs = zip(encoded.ids, encoded.special_tokens_mask, strict=True)
        ids = [number for number, special in pairs if not special]
        mean = embeddings[ids].mean(axis=0) if ids else np.zeros(embeddings.shape[1], np.float32)
        unit = mean / max(float(np.linalg.norm(mean)), 1e-6)
        rows.append(np.concatenate([_DIRECTION * unit, _counts(sentence, named, len(ids))]))
    return np.array(rows, np.float32)


def _counts(sentence: str, named: set[str], tokens: int) -> list[float]:
    words, stems = re.findall(r"[A-Za-z]+", sentence), set(stems_of(sentence))
    length = len(sentence.split()) / 20
    return [
        length, length**2, len(re.findall(r"\d", sentence)) / 10, sentence.count(",") / 4,
        len(stems - named) / 10, len(stems & named) / max(len(stems), 1),
        sum(word.isupper() and len(word) > 2 for word in words) / 5,
        tokens / max(len(words), 1) / 2,
        float(re.match(r"(?:This|These|It|The)\b", sentence) is not None),
        sum(word[0].isupper() for word in words) / max(len(words), 1),
        sentence.count(":"), sentence.count("("), float(any(len(word) >= 14 for word in words)),
        float(len(re.findall(r"[a-z][A-Z]", sentence))), float(is_run_together(sentence)),
    ]  # fmt: skip


def is_run_together(sentence: str) -> bool:
    """Whether two words stand without the mark that was between them: `rough handlingbut so easy`.
    False where there is no model to know the words by."""
    if packaged() is None:
        return False
    known = _vocabulary()
    return any(
        word[:at] in known and (word[at:] in _JOINTS or _is_adverb(word[at:], known))
        for word in re.findall(r"\b[a-z]{5,}\b", sentence)
        if word not in known
        for at in range(2, len(word) - 1)
    )


def is_misspelt(sentence: str) -> bool:
    """Whether two letters of an unknown word stand the wrong way round: `desgined`."""
    if packaged() is None:
        return False
    known = _vocabulary()
    return any(
        f"{word[:at]}{word[at + 1]}{word[at]}{word[at + 2 :]}" in known
        for word in re.findall(r"\b[a-z]{6,}\b", sentence)
        if word not in known
        for at in range(1, len(word) - 1)
    )


def _is_adverb(word: str, known: Collection[str]) -> bool:
    return len(word) > 4 and word.endswith("ly") and word != "fully" and word in known


@cache
def _weights() -> dict[str, Floats]:
    return dict(load_file(WEIGHTS))


@cache
def _vocabulary() -> frozenset[str]:
    return frozenset(word_vectors()[0].get_vocab())
