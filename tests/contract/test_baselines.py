"""One contract for every peer, on a world where what comes next is known: more of one's shelf.

Run with `pytest tests/contract/test_baselines.py`.
"""

import numpy as np
import pytest

from shelftalker.data.catalog import Catalog, Item
from shelftalker.data.events import Event
from shelftalker.errors import InputError
from shelftalker.eval import baselines
from shelftalker.eval import sequential_peers as sequential
from shelftalker.eval.baselines import PEERS, load, tuned
from shelftalker.eval.full_ranking import Score, rank_all
from shelftalker.eval.metrics.ranking import recall
from shelftalker.eval.splits import leave_last

SHELVES = ("space rocket", "cooking recipe", "crime detective")
PERSONAL = sorted(set(PEERS) - {"random", "popularity", "recent-popularity"})


def world() -> tuple[Catalog, list[Event]]:
    """Three shelves of eight; 90 users who keep to one; one item that nobody took."""
    catalog = Catalog.of(
        [Item(f"{s}-{n}", f"{name} {n}") for s, name in enumerate(SHELVES) for n in range(8)]
        + [Item("never", "space rocket 9")]
    )
    rng = np.random.default_rng(7)
    events = [
        Event(f"u{user}", f"{user % 3}-{n}", "like", time=float(step))
        for user in range(90)
        for step, n in enumerate(rng.permutation(8)[:5])
    ]
    return catalog, events


@pytest.fixture(scope="module", params=sorted(PEERS))
def fitted(request: pytest.FixtureRequest) -> Score:
    patch = pytest.MonkeyPatch()
    patch.setattr(sequential, "MAX_EPOCHS", {"sasrec": 30, "bert4rec": 60})
    patch.setattr(baselines, "ITERATIONS", {"ials": 5, "bpr": 100})
    patch.setitem(sequential.SETTINGS, "lr", 1e-2)
    catalog, events = world()
    score = load(request.param)(catalog, leave_last(events).train, seed=1)
    patch.undo()
    return score


def test_a_peer_scores_any_history_over_the_whole_catalogue(fitted: Score) -> None:
    catalog, events = world()
    histories = [leave_last(events).histories[0], [], [Event("new", "1-2", "view")]]
    scores = fitted(histories)
    assert scores.shape == (3, len(catalog))
    assert np.isfinite(scores).all()


@pytest.mark.parametrize("fitted", PERSONAL, indirect=True)
def test_a_personal_peer_ranks_the_user_s_own_shelf_first(fitted: Score) -> None:
    catalog, events = world()
    ranks = rank_all(fitted, leave_last(events), catalog).ranks
    assert recall(ranks, 4).mean() > 0.9


def test_popularity_baselines_rank_popular_items_first() -> None:
    catalog, events = world()
    crowd = [Event(f"x{n}", "2-3", "view", time=9.0) for n in range(200)]
    for name in ("popularity", "recent-popularity"):
        scores = load(name)(catalog, events + crowd)([[]])
        assert catalog.ids[int(scores[0].argmax())] == "2-3"


def test_recent_popularity_prefers_recent_items() -> None:
    catalog, _ = world()
    old = [Event(f"a{n}", "0-0", "view", time=float(n)) for n in range(60)]
    new = [Event(f"b{n}", "1-1", "view", time=900.0 + n) for n in range(50)]
    score = load("recent-popularity")(catalog, old + new)
    assert catalog.ids[int(score([[]])[0].argmax())] == "1-1"


def test_the_grid_entry_that_ranks_best_is_refitted_on_everything(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    catalog, events = world()
    monkeypatch.setitem(baselines.GRIDS, "toy", {"shelf": ("own", "other")})
    calls: list[tuple[str, int]] = []

    def build(train: list[Event], shelf: str) -> Score:
        calls.append((shelf, len(train)))
        sign = 1.0 if shelf == "own" else -1.0
        return lambda histories: (
            sign
            * np.array(
                [[float(item[0] == own[0].item[0]) for item in catalog.ids] for own in histories],
                np.float32,
            )
        )

    tuned("toy", build, catalog, events)
    assert calls == [("own", 360), ("other", 360), ("own", 450)]


def test_an_unknown_peer_is_refused_with_the_available_names() -> None:
    with pytest.raises(InputError, match="sasrec"):
        load("saserc")
