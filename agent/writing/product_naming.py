"""What the title of a product calls it: `gift box` in `Gift box Fig`, `padlock` in `Dunholm Padlock
50 mm`.

A linear model on MiniLM's word vectors tells of each word, by itself and its neighbours, whether it
is the noun of the product's name, says which kind of it, or is another word, as the name of a maker
or a line is. It learned from made-up products (`adapters/train/product_naming.py`).
"""

import re
from collections.abc import Sequence
from functools import cache, lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
from safetensors.numpy import load_file

from shelftalker.engine.minilm import packaged, word_vectors

Floats = npt.NDArray[np.float32]
WEIGHTS = Path(__file__).parent / "weights" / "product_naming.safetensors"
OTHER, WHICH, NOUN = 0, 1, 2
"""The columns of `word_logits`: another word, which kind it is, the noun."""
LEAST = 0.6
"""The probability from which on a noun names the product."""
AFTER = 0.5
"""That from which on the word after a noun is the noun in its place: `pencil lead`."""
MOST_OTHER = (0.6, 0.35)
"""How likely the word before it, and the one before that, may be no part of its name."""
_OWN, _NEAR, _WINDOW = 5.0, 3.0, 2
"""What the vectors of a word and of its neighbours count beside the counts; how many neighbours."""
_ORDINARY = 2000
"""Tokens of the vocabulary before this one are signs and rare letters."""
_DETAILS = re.compile(r"[,(\[|;:]|\s[-–—]\s|\s(?:with|for|w/|in|from|by|to|plus)\b", re.IGNORECASE)
"""Where the part of a title ends that names the product."""
_QUOTED = re.compile(r"[\"“][^\"“”]*[\"”]|(?<= )['‘][^'‘’]*['’](?= |$)")
_MADE_OF_IT = re.compile(r"(?:set|kit|pack|refill)s?", re.IGNORECASE)
"""What makes another product of the noun before it."""
_LIST = re.compile(r"[^,(]*, [^,(]+, (?:and|&|or) ")


@lru_cache(maxsize=16384)
def name_in(title: str) -> str:
    """The product's name in lower case, words that stand so in the first part of its title; empty
    where none is surely one, and where MiniLM is not installed."""
    words = naming_words(title)
    if not words or packaged() is None:
        return ""
    powers = np.exp(word_logits(words))
    shares = powers / powers.sum(axis=1, keepdims=True)
    noun = int(shares[:, NOUN].argmax())
    if shares[noun, NOUN] < LEAST:
        return ""
    while noun + 1 < len(words) and shares[noun + 1, NOUN] >= AFTER:
        noun += 1
    named = [words[noun]]
    if noun + 1 < len(words) and _MADE_OF_IT.fullmatch(words[noun + 1]):
        named.append(words[noun + 1])  # `pen set`
    for at, most in zip(range(noun - 1, -1, -1), MOST_OTHER, strict=False):
        if shares[at, OTHER] >= most or f"{words[at]} {named[0]}" not in title:
            break
        named.insert(0, words[at])
    before = noun - len(MOST_OTHER) - 1
    if len(named) > len(MOST_OTHER) and before >= 0 and shares[before, OTHER] < MOST_OTHER[-1]:
        del named[0]  # `point stick pens` of ball point stick pens
    return " ".join(named).lower()


def naming_words(title: str) -> list[str]:
    """The words of the part of a title that names the product, without numbers; none where commas
    separate one name (`Paper, CD, and Card Shredder`)."""
    if _LIST.match(title):
        return []
    plain = _DETAILS.split(_QUOTED.sub("", title), maxsplit=1)[0]
    return re.findall(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*", plain)


def word_logits(words: Sequence[str]) -> Floats:
    """Float32 [words, 3]."""
    weights = _weights()
    logits: Floats = naming_features(words) @ weights["weight"].T + weights["bias"]
    return logits


def naming_features(words: Sequence[str]) -> Floats:
    """Float32 [words, features]. Raises `MissingExtra` without MiniLM."""
    tokenizer, embeddings = word_vectors()
    tokens = [tokenizer.encode(word.lower(), add_special_tokens=False).ids for word in words]
    vectors = np.array([embeddings[ids].mean(axis=0) for ids in tokens]) - _mean_vector()
    vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-6)
    padded = np.pad(vectors, ((_WINDOW, _WINDOW), (0, 0)))
    near = [padded[at : at + len(words)] for at in range(2 * _WINDOW + 1) if at != _WINDOW]
    last = len(words) - 1
    counts = [
        (at == 0, at == last, at == last - 1, len(ids) > 1, len(ids) > 2, word[0].isupper(),
         word.isupper(), len(word) < 4, "-" in word)
        for at, (word, ids) in enumerate(zip(words, tokens, strict=True))
    ]  # fmt: skip
    parts = [_OWN * vectors, *(_NEAR * one for one in near), np.array(counts, np.float32)]
    features: Floats = np.concatenate(parts, axis=1).astype(np.float32)
    return features


@cache
def _mean_vector() -> Floats:
    mean: Floats = word_vectors()[1][_ORDINARY:].mean(axis=0)
    return mean


@cache
def _weights() -> dict[str, Floats]:
    return {name: one.astype(np.float32) for name, one in load_file(WEIGHTS).items()}
