"""What the index promises: what is allowed and nothing else, close to exact, without a rebuild.

Run with `pytest tests/test_index.py`.
"""

import sys
from pathlib import Path

import numpy as np
import pytest

from shelftalker.data.catalog import Catalog, Item
from shelftalker.data.events import Event
from shelftalker.errors import MissingExtra, WorkspaceError
from shelftalker.scorer.base import Floats
from shelftalker.scorer.encoder import open_encoder
from shelftalker.scorer.index import FaissIndex, nearest, open_index, top_columns
from shelftalker.scorer.settings import Training
from shelftalker.scorer.two_tower import TwoTowerScorer
from shelftalker.store.settings import IndexSettings

KINDS = [IndexSettings(kind="hnsw"), IndexSettings(kind="ivfpq")]
ITEMS, DIM = 4000, 32


def clustered(items: int, seed: int = 0) -> Floats:
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(40, DIM))
    spread = centres[rng.integers(40, size=items)] + 0.5 * rng.normal(size=(items, DIM))
    return spread.astype(np.float32)


VECTORS = clustered(ITEMS)
IDS = [f"i{row}" for row in range(ITEMS)]
QUERIES = VECTORS[::200] + 0.3 * clustered(20, seed=1)


@pytest.fixture(scope="module", params=KINDS, ids=lambda settings: settings.kind)
def settings(request: pytest.FixtureRequest) -> IndexSettings:
    kind: IndexSettings = request.param
    return kind


@pytest.fixture(scope="module")
def file(settings: IndexSettings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("index") / "index.npz"
    open_index(path, IDS, VECTORS, settings)
    return path


@pytest.fixture
def index(file: Path, settings: IndexSettings) -> FaissIndex:
    return open_index(file, IDS, VECTORS, settings)


class TestFaissIndex:
    def test_finds_most_of_what_an_exact_search_finds(
        self, index: FaissIndex, settings: IndexSettings
    ) -> None:
        found = [
            len(set(index.search(query, 20)) & set(nearest(VECTORS, query, 20))) / 20
            for query in QUERIES
        ]
        assert np.mean(found) > (0.9 if settings.kind == "hnsw" else 0.6)

    def test_a_filter_that_leaves_ten_gives_those_ten(self, index: FaissIndex) -> None:
        allowed = np.zeros(ITEMS, bool)
        allowed[5::400] = True
        for query in QUERIES:
            order = sorted(np.flatnonzero(allowed), key=lambda row: -(VECTORS[row] @ query))
            assert index.search(query, 20, allowed).tolist() == order

    @pytest.mark.parametrize("share", [0.1, 0.3, 0.6, 0.95])
    def test_only_what_is_allowed_comes_back_and_all_that_was_asked(
        self, index: FaissIndex, share: float
    ) -> None:
        allowed = np.random.default_rng(1).random(ITEMS) < share
        for query in QUERIES:
            found = index.search(query, 50, allowed)
            assert allowed[found].all()
            assert len(set(found.tolist())) == 50

    def test_items_come_go_and_change_without_a_rebuild(self, index: FaissIndex) -> None:
        ids, vectors = [*IDS[100:], "new"], np.vstack([VECTORS[100:], 3 * VECTORS[:1]])
        vectors[0] = 4 * VECTORS[7]
        changed = index.adapted(ids, vectors)
        assert changed.search(VECTORS[0], 5)[0] == len(ids) - 1
        assert changed.search(VECTORS[7], 5)[0] == 0
        for query in QUERIES:
            exact = set(nearest(vectors, query, 20).tolist())
            assert len(exact & set(changed.search(query, 20).tolist())) > 10

    def test_a_file_that_fits_is_not_built_again(
        self, file: Path, settings: IndexSettings, index: FaissIndex
    ) -> None:
        written = file.stat().st_mtime_ns
        again = open_index(file, IDS, VECTORS, settings)
        assert file.stat().st_mtime_ns == written
        for query in QUERIES:
            assert again.search(query, 20).tolist() == index.search(query, 20).tolist()


def test_another_kind_or_other_vectors_are_built_again(tmp_path: Path) -> None:
    file = tmp_path / "index.npz"
    open_index(file, IDS, VECTORS, KINDS[1])
    for vectors in (VECTORS, clustered(ITEMS, 9)):
        written = file.stat().st_mtime_ns
        index = open_index(file, IDS, vectors, KINDS[0])
        assert file.stat().st_mtime_ns > written
        exact = set(nearest(vectors, QUERIES[0], 20).tolist())
        assert len(exact & set(index.search(QUERIES[0], 20).tolist())) > 15


def test_a_damaged_file_says_so(tmp_path: Path) -> None:
    file = tmp_path / "index.npz"
    file.write_bytes(b"PK\x03\x04 nothing")
    with pytest.raises(WorkspaceError, match=r"index\.npz is damaged .* delete it"):
        open_index(file, IDS, VECTORS, KINDS[0])


def test_without_faiss_the_install_line_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "faiss", None)
    with pytest.raises(MissingExtra, match=r"pip install 'shelftalker\[index\]'"):
        FaissIndex.build(IDS, VECTORS, KINDS[0])


@pytest.fixture(scope="module")
def scorer() -> TwoTowerScorer:
    shelves = ("space travel", "cooking", "crime", "gardening", "sailing")
    items = [
        Item(f"{shelf}-{n}", f"{shelf} volume {n}", f"A book on {shelf}, part {n}.")
        for n in range(120)
        for shelf in shelves
    ]
    rng = np.random.default_rng(0)
    log = [
        Event(f"u{user}", f"{shelves[user % 5]}-{n}", "like", time=float(step))
        for user in range(100)
        for step, n in enumerate(rng.choice(100, 8, replace=False))
    ]
    settings = Training(dim=16, epochs=2)
    return TwoTowerScorer.fit(Catalog.of(items), log, open_encoder(), settings=settings)


@pytest.mark.parametrize("text", ["", "a book about sailing"])
def test_a_shortlist_through_the_index_is_nearly_the_exact_one(
    scorer: TwoTowerScorer, text: str, tmp_path: Path
) -> None:
    indexed = scorer.rebound(scorer.catalog, scorer.weights)
    indexed.use_index(tmp_path, IndexSettings(above=100))
    assert (tmp_path / "index.npz").is_file()
    shared = []
    for user in range(20):
        history = [Event("me", f"cooking-{user + step}", "like", time=step) for step in range(3)]
        exact = {one.item_id: one.logit for one in scorer.shortlist(history, text=text)}
        found = {one.item_id: one.logit for one in indexed.shortlist(history, text=text)}
        shared.append(len(exact.keys() & found.keys()) / 20)
        assert [found[i] for i in found if i in exact] == pytest.approx(
            [exact[i] for i in found if i in exact], abs=1e-4
        )
    assert np.mean(shared) > 0.95


def test_below_its_size_there_is_no_index(scorer: TwoTowerScorer, tmp_path: Path) -> None:
    scorer.rebound(scorer.catalog, scorer.weights).use_index(tmp_path, IndexSettings())
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("columns", [5, 300, 3_000, 20_000])
def test_the_best_columns_of_each_row_are_those_of_a_full_sort(columns: int) -> None:
    scores = np.random.default_rng(columns).normal(size=(7, columns)).astype(np.float32)
    found = np.sort(top_columns(scores, 5), axis=1)
    assert (found == np.sort(np.argsort(-scores, axis=1)[:, :5], axis=1)).all()
    assert top_columns(scores[:0], 5).shape == (0, 5)
