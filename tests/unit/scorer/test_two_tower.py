"""What the scorer promises, on a world of three tastes with the real text encoder.

Run with `pytest tests/test_scorer.py`. Every user of the world keeps to one shelf, so what comes
next is known: more of that shelf.
"""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from shelftalker.data.catalog import Catalog, Item
from shelftalker.data.events import Event, Kind
from shelftalker.data.filters import Filter, allowed
from shelftalker.data.progress import Progress
from shelftalker.errors import InputError, NotFitted, UnknownItem, WorkspaceError
from shelftalker.eval.leave_one_out import by_user
from shelftalker.scorer.base import Floats
from shelftalker.scorer.encoder import SentenceEncoder, open_encoder
from shelftalker.scorer.history import read
from shelftalker.scorer.index import top_k
from shelftalker.scorer.item_item import ease, incidence
from shelftalker.scorer.towers import Towers
from shelftalker.scorer.training import Training, candidates, train
from shelftalker.scorer.two_tower import TwoTowerScorer

SHELVES = {
    "space": ["orbit", "asteroid", "rocket", "galaxy", "astronaut", "comet", "Mars", "starship"],
    "cooking": ["bread", "soup", "pastry", "curry", "pasta", "roast", "salad", "dessert"],
    "crime": ["murder", "detective", "heist", "alibi", "fraud", "kidnapping", "jury", "gangster"],
}
SETTINGS = Training(dim=16, epochs=6)


def world() -> Catalog:
    return Catalog.of(
        Item(f"{shelf}-{word}", f"The {word}", f"A book about {shelf}: {word}.", {"shelf": shelf})
        for shelf, words in SHELVES.items()
        for word in words
    )


def log(users: int = 60) -> list[Event]:
    rng = np.random.default_rng(7)
    events = []
    for user in range(users):
        shelf = list(SHELVES)[user % 3]
        for step, word in enumerate(rng.permutation(SHELVES[shelf])[:5]):
            events.append(Event(f"u{user}", f"{shelf}-{word}", "like", time=float(step)))
    return events


def did(*items: str, kind: Kind = "like") -> list[Event]:
    return [Event("me", item, kind, time=float(step)) for step, item in enumerate(items)]


def shelf_of(item_id: str) -> str:
    return item_id.split("-")[0]


@pytest.fixture(scope="module")
def encoder() -> SentenceEncoder:
    return open_encoder()


@pytest.fixture(scope="module")
def scorer(encoder: SentenceEncoder) -> TwoTowerScorer:
    return TwoTowerScorer.fit(world(), log(), encoder, settings=SETTINGS)


@pytest.fixture(scope="module")
def untrained(encoder: SentenceEncoder) -> TwoTowerScorer:
    return TwoTowerScorer.fit(world(), [], encoder)


def test_a_history_brings_more_of_its_shelf(scorer: TwoTowerScorer) -> None:
    for shelf, words in SHELVES.items():
        picks = scorer.shortlist(did(*(f"{shelf}-{word}" for word in words[:3])), n=5)
        assert [shelf_of(pick.item_id) for pick in picks] == [shelf] * 5


def test_probability_is_the_sigmoid_of_the_logit_and_falls_with_rank(
    scorer: TwoTowerScorer,
) -> None:
    picks = scorer.shortlist(did("space-orbit"), n=10)
    for pick in picks:
        assert pick.probability == pytest.approx(1 / (1 + np.exp(-pick.logit)))
    assert [p.logit for p in picks] == sorted((p.logit for p in picks), reverse=True)


@pytest.mark.parametrize("which", ["scorer", "untrained"])
def test_a_message_without_history_ranks_by_likeness_of_text(
    which: str, request: pytest.FixtureRequest, encoder: SentenceEncoder
) -> None:
    subject: TwoTowerScorer = request.getfixturevalue(which)
    query = "something to cook for dinner"
    texts = [item.embedding_text() for item in subject.catalog]
    likeness = encoder.encode(texts) @ encoder.encode([query])[0]
    expected = [subject.catalog.ids[row] for row in np.argsort(-likeness)[:10]]
    assert [pick.item_id for pick in subject.shortlist([], text=query, n=10)] == expected


def test_a_message_moves_a_known_user_towards_what_it_asks(scorer: TwoTowerScorer) -> None:
    history = did("space-orbit", "space-comet")
    column = scorer.catalog.row("cooking-soup")
    plain, asking = scorer.logits([history, history], ["", "a soup recipe"])
    assert asking[column] - asking.mean() > plain[column] - plain.mean() + 1


def test_an_empty_log_gives_a_scorer_that_goes_by_text(untrained: TwoTowerScorer) -> None:
    picks = untrained.shortlist(did("crime-heist", "crime-jury"), n=4)
    assert [shelf_of(pick.item_id) for pick in picks] == ["crime"] * 4
    assert not untrained.popularity().any()


def test_without_history_and_message_the_most_popular_leads(encoder: SentenceEncoder) -> None:
    events = log() + [Event(f"x{n}", "crime-jury", "view") for n in range(40)]
    fitted = TwoTowerScorer.fit(world(), events, encoder, settings=SETTINGS)
    assert fitted.shortlist([], n=1)[0].item_id == "crime-jury"
    counts = [sum(e.item == item_id for e in events) for item_id in fitted.catalog.ids]
    np.testing.assert_allclose(fitted.popularity(), np.log1p(counts), rtol=1e-6)


def test_a_filter_that_leaves_ten_returns_exactly_those_ten(scorer: TwoTowerScorer) -> None:
    mask = np.zeros(len(scorer.catalog), bool)
    mask[[0, 2, 3, 5, 8, 13, 17, 20, 21, 23]] = True
    picks = scorer.shortlist([], text="murder", n=20, allowed=mask)
    assert {p.item_id for p in picks} == {scorer.catalog.ids[r] for r in np.flatnonzero(mask)}
    assert scorer.shortlist([], n=20, allowed=np.zeros(len(mask), bool)) == []


def test_hard_filters_and_seen_items_never_come_back(scorer: TwoTowerScorer) -> None:
    mask = allowed(scorer.catalog, [Filter("shelf", "equals", "crime")])
    history = did("crime-heist", "crime-jury")
    picks = scorer.shortlist(history, n=20, allowed=mask)
    assert len(picks) == 6
    assert not {p.item_id for p in picks} & {"crime-heist", "crime-jury"}
    again = scorer.shortlist(history, n=20, allowed=mask, exclude_seen=False)
    assert {"crime-heist", "crime-jury"} <= {p.item_id for p in again}


def test_the_caller_s_mask_is_left_as_it_was(scorer: TwoTowerScorer) -> None:
    mask = np.ones(len(scorer.catalog), bool)
    scorer.shortlist(did("crime-heist"), allowed=mask)
    assert mask.all()


def test_a_mask_of_another_catalogue_is_refused(scorer: TwoTowerScorer) -> None:
    with pytest.raises(InputError, match="shape"):
        scorer.shortlist([], allowed=np.ones(3, bool))


@pytest.mark.parametrize("n", [1, 10, 499, 500, 900])
def test_top_k_equals_a_full_sort_ties_by_row(n: int) -> None:
    rng = np.random.default_rng(n)
    scores = rng.integers(0, 50, 500).astype(np.float32)
    mask = rng.random(500) < 0.8
    expected = sorted(np.flatnonzero(mask), key=lambda row: (-scores[row], row))[:n]
    assert top_k(scores, n, mask).tolist() == expected


def test_one_feedback_event_changes_the_next_shortlist(scorer: TwoTowerScorer) -> None:
    history = did("space-orbit")
    before = scorer.shortlist(history, n=6)
    after = scorer.shortlist([*history, Event("me", "cooking-soup", "like", time=9)], n=6)
    cooking = [sum(shelf_of(p.item_id) == "cooking" for p in picks) for picks in (before, after)]
    assert cooking[1] > cooking[0]


def test_a_dislike_pushes_like_items_away(scorer: TwoTowerScorer) -> None:
    base = did("space-orbit", "cooking-soup")
    liked, disliked = scorer.logits(
        [[*base, Event("me", "crime-heist", kind, time=9)] for kind in ("like", "dislike")]
    )
    crime = [scorer.catalog.row(f"crime-{word}") for word in SHELVES["crime"] if word != "heist"]
    assert (liked[crime] > disliked[crime] + 0.5).all()


def test_dislikes_alone_still_give_a_shortlist_of_other_shelves(scorer: TwoTowerScorer) -> None:
    picks = scorer.shortlist(did("crime-heist", "crime-jury", kind="dislike"), n=8)
    assert "crime" not in {shelf_of(pick.item_id) for pick in picks}


def test_reasons_are_exact_drop_one_differences(scorer: TwoTowerScorer) -> None:
    history = did("space-orbit", "cooking-soup", "space-comet", "space-orbit")
    column = scorer.catalog.row("space-rocket")
    full = scorer.logits([history])[0, column]
    expected = {}
    for item in ("space-orbit", "cooking-soup", "space-comet"):
        rest = [event for event in history if event.item != item]
        expected[item] = full - scorer.logits([rest])[0, column]
    reasons = scorer.reasons(history, "space-rocket", n=3)
    assert reasons
    assert reasons[0].item_id == max(expected, key=lambda item: expected[item])
    for reason in reasons:
        assert reason.weight == pytest.approx(expected[reason.item_id], abs=1e-3)
    assert {r.item_id for r in reasons} == {i for i, gain in expected.items() if gain > 0}


def test_what_is_disliked_is_no_reason_though_it_may_raise_an_item(
    scorer: TwoTowerScorer,
) -> None:
    liked = did("space-orbit")
    low = Event("me", "cooking-soup", "rating", 1.0, time=9.0)
    for refused in (*did("cooking-soup", kind="dislike"), low):
        history = [*liked, refused]
        gains = scorer.logits([history])[0] - scorer.logits([liked])[0]
        raised = [item for item in scorer.catalog.ids if gains[scorer.catalog.row(item)] > 0]
        assert raised
        for told in scorer.reasons_of(history, raised):
            assert "cooking-soup" not in {reason.item_id for reason in told}
    once = did("space-orbit", kind="dislike")  # the last word counts
    again = scorer.reasons([*once, *did("cooking-soup", "space-orbit")], "space-rocket")
    assert "space-orbit" in {reason.item_id for reason in again}


def test_reasons_refuse_an_unknown_item_and_are_empty_without_history(
    scorer: TwoTowerScorer,
) -> None:
    assert scorer.reasons([], "space-rocket") == []
    with pytest.raises(UnknownItem):
        scorer.reasons(did("space-orbit"), "nothing")


def test_a_new_item_is_scored_by_its_text(scorer: TwoTowerScorer) -> None:
    news = [
        Item("new-space", "The nebula", "A book about space: nebula.", {"shelf": "space"}),
        Item("new-cooking", "The stew", "A book about cooking: stew.", {"shelf": "cooking"}),
    ]
    wider = scorer.with_catalog(scorer.catalog.upserted(Catalog.of(news)))
    history = did("space-orbit", "space-comet", "space-galaxy")
    logits = dict(zip(wider.catalog.ids, wider.logits([history])[0], strict=True))
    assert logits["new-space"] > logits["new-cooking"]
    assert logits["new-space"] > max(v for k, v in logits.items() if shelf_of(k) == "crime")
    assert wider.shortlist(did("new-space"), n=3)[0].item_id.startswith("space")


def test_with_catalog_encodes_new_texts_only_and_drops_removed_items(
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
    fewer = same.with_catalog(scorer.catalog.without(["space-orbit"]))
    fewer.with_catalog(fewer.catalog.upserted(Catalog.of([Item("n", "New one")])))
    assert recording.texts == ["New one"]
    assert "space-orbit" not in {p.item_id for p in fewer.shortlist([], n=99)}


def test_old_items_keep_their_logits_when_others_come(scorer: TwoTowerScorer) -> None:
    history = did("space-orbit", "space-comet")
    wider = scorer.with_catalog(scorer.catalog.upserted(Catalog.of([Item("n", "New one")])))
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


@pytest.mark.parametrize(("users", "items"), [(40, 6), (20, 30)], ids=["items", "users"])
def test_ease_equals_the_ridge_regression_of_each_item_on_the_others(
    users: int, items: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shelftalker.scorer.item_item.BLOCK", 4)
    rng = np.random.default_rng(3)
    log = [rng.permutation(items)[: rng.integers(1, 6)].astype(np.int64) for _ in range(users)]
    dense = incidence(log, items).toarray().astype(np.float64)
    weights = ease(log, items, ridge=2.0).toarray()
    for item in range(items):
        rest = [other for other in range(items) if other != item]
        x = dense[:, rest]
        solution = np.linalg.solve(x.T @ x + 2.0 * np.eye(items - 1), x.T @ dense[:, item])
        np.testing.assert_allclose(weights[rest, item], solution, atol=1e-4)
    assert not weights.diagonal().any()


def test_a_catalogue_too_large_for_the_closed_form_falls_back_to_cosine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("shelftalker.scorer.item_item.DENSE_LIMIT", 3)
    users = [np.array([0, 1]), np.array([0, 1]), np.array([2, 3]), np.array([0, 2])]
    weights = ease(users, 4, ridge=1.0, kept=1).toarray()
    assert weights[0].argmax() == 1
    assert weights[3].argmax() == 2
    assert (np.count_nonzero(weights, axis=1) == 1).all()


def test_a_sampled_softmax_learns_too(
    encoder: SentenceEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shelftalker.scorer.training.FULL_SOFTMAX", 8)
    monkeypatch.setattr("shelftalker.scorer.training.SAMPLED", 6)
    catalog = world()
    text = torch.from_numpy(encoder.encode([item.embedding_text() for item in catalog]))
    users = [read(own, catalog).rows for own in by_user(log()).values()]
    towers = Towers(text.shape[1], len(catalog), 16, 0.1)
    train(towers, users, text, Training(dim=16, batch=2), 0, epochs=6)
    vectors = towers.items(text, torch.arange(1, len(catalog) + 1))
    heist = catalog.rows(["crime-heist", "crime-jury"])
    logits = towers(towers.users(vectors[heist][None])[:, -1], vectors)[0]
    crime = torch.tensor([shelf_of(item_id) == "crime" for item_id in catalog.ids])
    assert logits[crime].min() > logits[~crime].max()


def test_the_sampled_normaliser_is_that_of_all_items_on_average(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("shelftalker.scorer.training.FULL_SOFTMAX", 8)
    monkeypatch.setattr("shelftalker.scorer.training.SAMPLED", 20)
    torch.manual_seed(0)
    logits = torch.randn(200)
    batch = torch.tensor([[3, 7, 150], [7, 12, -1]])
    sums = []
    for _ in range(2000):
        rows, added = candidates(batch, 200)
        assert set(rows.tolist()) >= {3, 7, 12, 150}
        assert len(rows) == 24
        sums.append(float(torch.exp(logits[rows] + added).sum()))
    assert np.mean(sums) == pytest.approx(float(torch.exp(logits).sum()), rel=0.03)
