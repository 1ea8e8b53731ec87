"""The development data sets, imported as they lie; slices, so that the suite stays short.

Skipped where `../shared/data` does not exist. Run: pytest tests/test_real_data.py
"""

import gzip
import json
from pathlib import Path

import pytest

from shelftalker import Recommender
from shelftalker.learning.fit import fit
from shelftalker.store.importing import import_files
from shelftalker.store.workspace import Workspace
from tests.conftest import SHARED

pytestmark = pytest.mark.skipif(not SHARED.is_dir(), reason="no development data here")

SETS = {
    "ecom-amazon-office": ("Office_Products.item.json.gz", "sequences.csv"),
    "music-lastfm-hetrec2011": ("artists.dat.gz", "user_artists.dat.gz"),
    "news-bing-dkn": ("raw_train.txt.gz", "raw_train.txt.gz"),
    "movies-ml-latest-small": ("movies.csv.gz", "ratings.csv.gz"),
}
ITEMS, EVENTS = 500, 1000


@pytest.mark.parametrize("name", SETS)
def test_init_fit_and_generate_on_a_slice(name: str, tmp_path: Path) -> None:
    items, events = (SHARED / name / file for file in SETS[name])
    workspace = Workspace.create(tmp_path / "ws", default_domain="d")
    summary = import_files(
        workspace,
        "d",
        items=[head(items, ITEMS, tmp_path / "items")],
        events=[head(events, EVENTS, tmp_path / "events")],
        field_map={},
    )
    assert summary.items_added > 400
    assert summary.events_added > 100
    fit(workspace, "d")
    user = workspace.events.users("d")[0]
    with Recommender(workspace, engine="none") as recommender:
        answer = recommender.generate(user)
        seen = recommender.profile(user).seen
    assert len(answer.cards) == 3
    assert not {card.item.id for card in answer.cards} & set(seen)
    assert all(card.description and card.evidence for card in answer.cards)


def head(path: Path, lines: int, folder: Path) -> Path:
    """The first rows of a file, in its own format, under its own name."""
    folder.mkdir(exist_ok=True)
    target = folder / path.name.removesuffix(".gz")
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", encoding="utf-8") as source:
        if path.name.endswith(".json.gz"):
            first = list(json.load(source).items())[:lines]
            target.write_text(json.dumps(dict(first)))
        else:
            target.write_text("".join(line for line, _ in zip(source, range(lines), strict=False)))
    return target
