"""The text encoder: unit vectors, likeness of meaning, and a cache that encodes a text once.

Run with `pytest tests/test_encoder.py`.
"""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from shelftalker.data.catalog import Catalog, Item
from shelftalker.data.events import Event
from shelftalker.errors import InputError
from shelftalker.scorer.base import Floats
from shelftalker.scorer.encoder import SentenceEncoder, open_encoder
from shelftalker.scorer.two_tower import TwoTowerScorer
from shelftalker.store.settings import read_settings

TEXTS = ["A heist thriller in the desert", "A robbery film among dunes", "Lavender hand soap"]


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> SentenceEncoder:
    return open_encoder(cache=tmp_path_factory.mktemp("cache"))


class Counting:
    """Stands in for the sentence-transformers model and counts what it is asked to encode."""

    def __init__(self, sense: float = 0.5) -> None:
        self.sense = sense
        self.encoded: list[str] = []

    def encode(self, texts: str | list[str], **options: object) -> Floats:
        if isinstance(texts, str):
            return np.full(4, self.sense, np.float32)
        self.encoded += texts
        rows = [np.random.default_rng(len(text)).normal(size=4) for text in texts]
        return np.array([row / np.linalg.norm(row) for row in rows], np.float32)


def test_vectors_are_unit_and_near_for_like_meanings(encoder: SentenceEncoder) -> None:
    vectors = encoder.encode(TEXTS)
    assert vectors.shape == (3, encoder.dim) == (3, 384)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2] + 0.2


def test_order_of_texts_is_kept_and_cached_vectors_equal_fresh_ones(
    encoder: SentenceEncoder,
) -> None:
    encoder.encode(TEXTS)
    cached = encoder.encode(TEXTS[::-1])
    alone = np.concatenate([encoder.encode([text]) for text in TEXTS[::-1]])
    np.testing.assert_allclose(cached, alone, atol=1e-5)


def test_only_changed_texts_are_encoded_even_after_reopening(tmp_path: Path) -> None:
    SentenceEncoder(Counting(), "m", tmp_path).encode(["a", "bb", "ccc"])
    model = Counting()
    SentenceEncoder(model, "m", tmp_path).encode(["ccc", "bb", "dddd", "dddd"])
    assert model.encoded == ["dddd"]


def test_another_model_shares_no_vectors(tmp_path: Path) -> None:
    SentenceEncoder(Counting(), "m", tmp_path).encode(["a", "bb"])
    model = Counting()
    SentenceEncoder(model, "other", tmp_path).encode(["a", "bb"])
    assert sorted(model.encoded) == ["a", "bb"]


def test_a_folder_whose_model_was_replaced_shares_none_either(tmp_path: Path) -> None:
    SentenceEncoder(Counting(), "folder", tmp_path).encode(["a", "bb"])
    model = Counting(sense=-0.5)
    SentenceEncoder(model, "folder", tmp_path).encode(["a", "bb"])
    assert sorted(model.encoded) == ["a", "bb"]


def test_a_text_encoded_alone_is_not_written_to_disk(tmp_path: Path) -> None:
    SentenceEncoder(Counting(), "m", tmp_path).encode(["what I feel tonight"])
    model = Counting()
    SentenceEncoder(model, "m", tmp_path).encode(["what I feel tonight", "x"])
    assert "what I feel tonight" in model.encoded


def test_progress_ends_at_all(encoder: SentenceEncoder) -> None:
    steps: list[tuple[int, int]] = []
    encoder.encode(["one new text", "another new text"], lambda n, of, _: steps.append((n, of)))
    assert steps[-1] == (2, 2)


def test_no_texts_give_no_vectors(encoder: SentenceEncoder) -> None:
    assert encoder.encode([]).shape == (0, 384)


def test_an_unknown_folder_says_what_is_allowed(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="all-MiniLM-L6-v2"):
        open_encoder(str(tmp_path / "nothing"))


def test_a_damaged_cache_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / "embeddings.db").write_bytes(b"no database" * 500)
    encoder = open_encoder(cache=tmp_path)
    assert encoder.encode(["one", "two"]).shape == (2, encoder.dim)


@pytest.fixture(scope="module")
def decoder(tmp_path_factory: pytest.TempPathFactory) -> SentenceEncoder:
    return open_encoder("llm:smollm2-135m-instruct", tmp_path_factory.mktemp("cache"))


def test_the_llm_s_hidden_states_are_vectors_of_meaning(decoder: SentenceEncoder) -> None:
    vectors = decoder.encode(TEXTS)
    assert vectors.shape == (3, decoder.dim) == (3, 576)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2] + 0.1
    assert vectors[0] @ vectors[2] < 0.7  # raw hidden states of a decoder are all but parallel


def test_padding_leaves_the_llm_s_vectors_as_they_are(decoder: SentenceEncoder) -> None:
    short, long = "A short one", "A much longer text " * 6
    together = decoder.model.encode([short, long], normalize_embeddings=True)
    np.testing.assert_allclose(together[0], decoder.encode([short])[0], atol=1e-4)


def test_a_scorer_works_on_the_llm_s_vectors(decoder: SentenceEncoder, tmp_path: Path) -> None:
    items = [
        Item("soup", "Winter soups", "Recipes for soups and stews."),
        Item("bread", "Good bread", "How to bake bread at home."),
        Item("jury", "The jury", "A crime novel about a murder trial."),
        Item("alibi", "No alibi", "A crime novel: a detective doubts a witness."),
    ]
    scorer = TwoTowerScorer.fit(Catalog.of(items), [], decoder)
    assert scorer.shortlist([], text="a murder story", n=1)[0].item_id in ("jury", "alibi")
    taken = [Event("me", "soup", "like", time=1.0)]
    assert scorer.shortlist(taken, n=1)[0].item_id == "bread"
    scorer.save(tmp_path)
    again = TwoTowerScorer.load(tmp_path, scorer.catalog, decoder)
    np.testing.assert_array_equal(again.logits([taken]), scorer.logits([taken]))


def test_the_setting_llm_means_the_workspace_s_own_model(tmp_path: Path) -> None:
    file = tmp_path / "workspace.toml"
    file.write_text('encoder = "llm"\nmodel = "Qwen/Qwen3-4B-Instruct-2507"\n')
    assert read_settings(file).encoder == "llm:Qwen/Qwen3-4B-Instruct-2507"
    file.write_text('encoder = "all-MiniLM-L6-v2"\n')
    assert read_settings(file).encoder == "all-MiniLM-L6-v2"


def test_a_decoder_that_is_no_folder_says_what_is_allowed(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="model folder"):
        open_encoder(f"llm:{tmp_path / 'nothing'}")


def test_the_model_is_first_asked_when_a_text_is_to_be_encoded() -> None:
    asked: list[object] = []

    def encode(texts: object, **_: object) -> Floats:
        asked.append(texts)
        return np.ones((1, 3), np.float32)

    encoder = SentenceEncoder(SimpleNamespace(dim=3, encode=encode), "made up")
    assert (encoder.dim, asked) == (3, [])
    encoder.encode(["a mug"])
    assert asked == [["a mug"]]
