"""The ceiling for cold items knows who took them; likeness of texts does not.

pytest tests/unit/eval/test_cold_ceiling.py
"""

import numpy as np

from shelftalker.data.catalog import Catalog, Item
from shelftalker.data.events import Event
from shelftalker.eval.bench.cold_ceiling import ceiling_scores, text_scores
from shelftalker.eval.bench.cold_start import ColdStartSplit
from shelftalker.eval.splits import HeldOut

PAIRS = 6
CATALOG = Catalog.of(Item(name, name) for n in range(PAIRS) for name in (f"warm{n}", f"cold{n}"))
COLD = [row for row, item_id in enumerate(CATALOG.ids) if item_id.startswith("cold")]


def took(user: str, n: int) -> list[Event]:
    """A user takes both items of a pair."""
    return [Event(user, f"{kind}{n}", "like", time=at) for at, kind in enumerate(("warm", "cold"))]


def test_the_ceiling_finds_what_is_taken_together_and_never_sees_a_tested_event() -> None:
    log = [event for n in range(PAIRS) for k in range(8) for event in took(f"u{n}-{k}", n)]
    tests = [took(f"u{n}-0", n) for n in range(PAIRS)]
    histories, targets = [own[:1] for own in tests], [own[1:] for own in tests]
    split = ColdStartSplit(
        COLD, HeldOut("leave-one-out", [], histories, targets), HeldOut("leave-one-out", [], [], [])
    )
    same = np.ones((len(CATALOG), 4), np.float32) / 2  # all texts are alike
    texts = same + np.eye(len(CATALOG), 4, dtype=np.float32) * 1e-3
    right = np.arange(PAIRS)
    for scores in ceiling_scores(CATALOG, split, log, texts):
        assert (scores.argmax(1) == right).all()
    assert not any(
        (scores.argmax(1) == right).all() for scores in text_scores(CATALOG, split, texts)
    )
    alone = [event for event in log if event.user.endswith("-0")]  # nobody else took them
    none_left = next(ceiling_scores(CATALOG, split, alone, texts))
    assert not (none_left.argmax(1) == right).all()
