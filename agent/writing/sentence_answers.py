"""Which sentence of a product's text answers what a visitor wishes, in other words than theirs:
`Your message can stay front and center` for `sticky notes that don't fall off`.

Two likenesses are weighed: that of each word of the wish to the nearest word of the sentence, by
MiniLM's word embeddings, and that of both as a whole, by MiniLM. The weights are a logistic
regression on sentences marked by hand (`adapters/train/sentence_answers.py`). Where the package
with MiniLM is not installed no sentence is said to answer.
"""

import re
from collections.abc import Sequence
from functools import cache, lru_cache

import numpy as np
import numpy.typing as npt

from shelftalker.engine.minilm import PackagedSentences, packaged, word_vectors
from shelftalker.language.stance import akin
from shelftalker.language.stems import stems_of
from shelftalker.language.things import head_of
from shelftalker.writing.verifier.facts import content_of

Floats = npt.NDArray[np.float32]
WORDS, WHOLE, BIAS = 3.16, 10.02, -5.47
"""Of the likeness of the words, of that of the whole, and what is added."""
ANSWERS, MAY_ANSWER = 0.4, 0.3
"""The probability from which on a sentence is taken for an answer, and below which for none."""
_MAX_TOKENS, _KNOWN = 64, 8192
_ORDINARY = 2000
"""The first tokens of the vocabulary are signs and letters."""


def wish_in(request: str, title: str) -> str:
    """The words of a request that a product's title does not have, nor its kind: `thick stacks` of
    `a stapler for thick stacks`; empty where none is left."""
    named, head = stems_of(title), head_of(request)
    kind = stems_of(head[-1]) if head else []
    words: list[str] = re.findall(r"[\w'’-]+", re.sub(r"^(?:an?|the|some) ", "", request))
    fresh = [
        word
        for word in words
        if any(s not in kind and not any(akin(s, own) for own in named) for s in stems_of(word))
    ]
    return " ".join(fresh) if content_of(stems_of(" ".join(fresh))) else ""


def answer_probabilities(wish: str, sentences: Sequence[str]) -> list[float]:
    """How likely each sentence answers the wish, 0 to 1; 0 where there is no model."""
    if not sentences or not wish or packaged() is None:
        return [0.0] * len(sentences)
    logits = likenesses(wish, sentences) @ np.array([WORDS, WHOLE]) + BIAS
    probabilities: list[float] = (1 / (1 + np.exp(-logits))).tolist()
    return probabilities


def likenesses(wish: str, sentences: Sequence[str]) -> Floats:
    """How like a wish each sentence is, word by word and as a whole, float32 [sentences, 2]."""
    wished, whole = _word_units(wish), _sentence_vector(wish)
    return np.array(
        [
            ((wished @ _word_units(one).T).max(axis=1).mean(), whole @ _sentence_vector(one))
            for one in sentences
        ],
        np.float32,
    )


@cache
def _encoder() -> PackagedSentences:
    return PackagedSentences(_MAX_TOKENS)


@lru_cache(maxsize=_KNOWN)
def _sentence_vector(text: str) -> Floats:
    return _encoder().encode(text)


@lru_cache(maxsize=_KNOWN)
def _word_units(text: str) -> Floats:
    """A unit vector of each word, float32 [words, dim]: the mean of its tokens' embeddings."""
    tokenizer, embeddings = word_vectors()
    encoded = tokenizer.encode(text.lower(), add_special_tokens=False)
    words: list[list[int]] = []
    for number, token in zip(encoded.ids, encoded.tokens, strict=True):
        if token.startswith("##") and words:
            words[-1].append(number)
        else:
            words.append([number])
    vectors = np.array([embeddings[ids].mean(axis=0) for ids in words] or [embeddings[0]])
    vectors -= _mean_word()
    units: Floats = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-6)
    return units


@cache
def _mean_word() -> Floats:
    mean: Floats = word_vectors()[1][_ORDINARY:].mean(axis=0)
    return mean
