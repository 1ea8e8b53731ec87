"""The packaged encoder on OpenVINO: pytest tests/unit/scorer/test_minilm.py"""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from shelftalker.engine.minilm import PackagedSentences, packaged
from shelftalker.scorer.encoder import MAX_TOKENS, open_encoder


def test_its_vectors_are_those_of_sentence_transformers() -> None:
    """Of short and long texts in one batch, one cut at the limit, one in another script."""
    texts = ["a tense thriller", "Heat (1995). Crime, drama", "sea " * 400, "短い"]
    encoder = open_encoder()
    assert isinstance(encoder.model, PackagedSentences)
    from sentence_transformers import SentenceTransformer  # every worker imports this file

    plain = SentenceTransformer(str(packaged()), device="cpu")
    plain.max_seq_length = MAX_TOKENS
    assert encoder.encode(texts) == pytest.approx(
        plain.encode(texts, normalize_embeddings=True), abs=1e-5
    )


def test_threads_encode_at_the_same_time() -> None:
    model = PackagedSentences(MAX_TOKENS)
    texts = [f"a {word} tale of the sea " * 20 for word in ("tall", "tense", "long", "sad")]
    with ThreadPoolExecutor(4) as pool:
        vectors = list(pool.map(model.encode, texts * 3))
    assert np.array(vectors) == pytest.approx(model.encode(texts * 3), abs=1e-5)
