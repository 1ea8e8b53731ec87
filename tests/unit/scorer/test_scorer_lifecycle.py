"""Fitting, saving and loading a scorer, and moving it to another catalogue.

Run with `pytest tests/unit/scorer/test_scorer_lifecycle.py`.
"""

import json
from pathlib import Path

import numpy as np
import pytest

from shelftalker.data.catalog import Catalog, Item
from shelftalker.data.progress import Progress
from shelftalker.errors import InputError, NotFitted, WorkspaceError
from shelftalker.scorer.base import Floats
from shelftalker.scorer.encoder import SentenceEncoder
from shelftalker.scorer.two_tower import TwoTowerScorer
from tests.support.shelf_world import SETTINGS, did, log, shelf_of, world


def test_a_changed_catalogue_encodes_new_texts_only_and_drops_removed_items(
    scorer: TwoTowerScorer, encoder: SentenceEncoder
) -> None:
    class Recording:
        name, dim = encoder.name, encoder.dim
        texts: list[str] = []  # noqa: RUF012

        def encode(self, texts: list[str], progress: Progress | None = None) -> Floats:
            self.texts += texts
            return encoder.encode(texts)

    recording = Recording()
    same = TwoTowerScorer(scorer.catalog, recording, scorer.weights)
    fewer = same.rebound(scorer.catalog.without(["space-orbit"]), same.weights)
    fewer.rebound(fewer.catalog.upserted(Catalog.of([Item("n", "New one")])), fewer.weights)
    assert recording.texts == ["New one"]
    assert "space-orbit" not in {p.item_id for p in fewer.shortlist([], n=99)}


def test_a_new_item_is_scored_by_its_text(scorer: TwoTowerScorer) -> None:
    news = [
        Item("new-space", "The nebula", "A book about space: nebula.", {"shelf": "space"}),
        Item("new-cooking", "The stew", "A book about cooking: stew.", {"shelf": "cooking"}),
    ]
    wider = scorer.rebound(scorer.catalog.upserted(Catalog.of(news)), scorer.weights)
    history = did("space-orbit", "space-comet", "space-galaxy")
    logits = dict(zip(wider.catalog.ids, wider.logits([history])[0], strict=True))
    assert logits["new-space"] > logits["new-cooking"]
    assert logits["new-space"] > max(v for k, v in logits.items() if shelf_of(k) == "crime")
    assert wider.shortlist(did("new-space"), n=3)[0].item_id.startswith("space")


def test_old_items_keep_their_logits_when_others_come(scorer: TwoTowerScorer) -> None:
    history = did("space-orbit", "space-comet")
    wider = scorer.rebound(
        scorer.catalog.upserted(Catalog.of([Item("n", "New one")])), scorer.weights
    )
    old = len(scorer.catalog)
    shift = wider.logits([history])[0, :old] - scorer.logits([history])[0]
    np.testing.assert_allclose(shift - shift.mean(), 0, atol=1e-3)


def test_save_and_load_give_identical_logits(
    scorer: TwoTowerScorer, encoder: SentenceEncoder, tmp_path: Path
) -> None:
    scorer.save(tmp_path)
    again = TwoTowerScorer.load(tmp_path, scorer.catalog, encoder)
    histories = [did("space-orbit", "crime-jury"), [], did("cooking-soup", kind="dislike")]
    texts = ["", "a soup", "space"]
    np.testing.assert_array_equal(again.logits(histories, texts), scorer.logits(histories, texts))
    card = json.loads((tmp_path / "card.json").read_text())
    assert card["counts"] == {"catalog": 24, "items": 24, "users": 60, "events": 300}
    assert 0 < card["validation"]["ndcg@10"] <= 1


def test_an_untrained_scorer_survives_the_disk_too(
    untrained: TwoTowerScorer, encoder: SentenceEncoder, tmp_path: Path
) -> None:
    untrained.save(tmp_path)
    again = TwoTowerScorer.load(tmp_path, untrained.catalog, encoder)
    history = did("space-orbit")
    np.testing.assert_array_equal(again.logits([history]), untrained.logits([history]))


def test_loading_says_what_is_wrong(
    scorer: TwoTowerScorer, encoder: SentenceEncoder, tmp_path: Path
) -> None:
    with pytest.raises(NotFitted):
        TwoTowerScorer.load(tmp_path, scorer.catalog, encoder)
    scorer.save(tmp_path)
    card = json.loads((tmp_path / "card.json").read_text())
    (tmp_path / "card.json").write_text(json.dumps(card | {"encoder": "another"}))
    with pytest.raises(WorkspaceError, match="another"):
        TwoTowerScorer.load(tmp_path, scorer.catalog, encoder)
    (tmp_path / "card.json").write_text(json.dumps(card))
    (tmp_path / "scorer.safetensors").write_bytes(b"not tensors")
    with pytest.raises(WorkspaceError, match="damaged"):
        TwoTowerScorer.load(tmp_path, scorer.catalog, encoder)


def test_one_seed_one_scorer(encoder: SentenceEncoder, scorer: TwoTowerScorer) -> None:
    history = [did("space-orbit", "crime-jury")]
    again = TwoTowerScorer.fit(world(), log(), encoder, settings=SETTINGS)
    other = TwoTowerScorer.fit(world(), log(), encoder, settings=SETTINGS, seed=1)
    np.testing.assert_array_equal(again.logits(history), scorer.logits(history))
    assert not np.array_equal(other.logits(history), scorer.logits(history))


def test_progress_is_told_and_ends_at_all(encoder: SentenceEncoder) -> None:
    steps: list[tuple[int, int, str]] = []
    TwoTowerScorer.fit(
        world(), log(), encoder, settings=SETTINGS, progress=lambda *step: steps.append(step)
    )
    assert any("NDCG@10" in text for _, _, text in steps)
    assert steps[-1][0] == steps[-1][1]


@pytest.mark.parametrize("users", [1, 2, 5])
def test_a_tiny_log_fits(users: int, encoder: SentenceEncoder) -> None:
    fitted = TwoTowerScorer.fit(world(), log(users), encoder, settings=SETTINGS)
    assert np.isfinite(fitted.logits([did("space-orbit")])).all()


def test_events_of_unknown_items_are_left_out(scorer: TwoTowerScorer) -> None:
    history = did("space-orbit")
    np.testing.assert_array_equal(scorer.logits([did("gone") + history]), scorer.logits([history]))


def test_an_empty_catalogue_is_refused(encoder: SentenceEncoder) -> None:
    with pytest.raises(InputError, match="no items"):
        TwoTowerScorer.fit(Catalog.of([]), [], encoder)
