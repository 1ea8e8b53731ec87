"""The protocol of MiniOneRec (arXiv 2510.24431) on its Amazon sets: windows of a history of up to
ten events with the next one, cut 8:1:1 in the order of time, all items ranked.

The published training windows are not at hand, only those of validation and test. Their histories
show the events before: a part of the training events, which every system here is trained on.
"""

import ast
import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

from shelftalker.data.catalog import Catalog
from shelftalker.data.events import Event
from shelftalker.eval.datasets import amazon_office_events, amazon_office_items
from shelftalker.eval.splits import HeldOut, by_user

WINDOW = 10  # events of a history at most
Window = tuple[list[Event], Event]


def published_split(folder: Path) -> tuple[Catalog, HeldOut]:
    """All items of a set, and its test rows with the training events that can be recovered."""
    sequences = by_user(amazon_office_events(folder))
    later, tests = (list(_windows(folder / file, sequences)) for file in ("valid.csv", "test.csv"))
    held_out = {(target.user, target.time) for _, target in [*later, *tests]}
    train = [event for own in sequences.values() for event in _trained(own, held_out)]
    histories, targets = [list(h) for h, _ in tests], [[target] for _, target in tests]
    return Catalog.of(amazon_office_items(folder)), HeldOut("published", train, histories, targets)


def _trained(own: Sequence[Event], held_out: set[tuple[str, float]]) -> list[Event]:
    """The events of a user that are surely of the training part: targets of neither other part, and
    the first event, which is no target, if the second one is of it."""
    kept = [event for event in own if (event.user, event.time) not in held_out]
    return kept if kept[1:] and kept[1] is own[1] else kept[1:]


def _windows(file: Path, sequences: dict[str, list[Event]]) -> Iterator[Window]:
    """History and target of each row, as events of the user's sequence."""
    with file.open(encoding="utf-8", newline="") as opened:
        for row in csv.DictReader(opened):
            items = [*map(str, ast.literal_eval(row["history_item_id"])), row["item_id"]]
            own = sequences[row["user_id"]]
            last = len(own) if len(items) > WINDOW else len(items)  # a shorter one is the beginning
            parts = (own[end - len(items) : end] for end in range(len(items), last + 1))
            window = next(part for part in parts if [event.item for event in part] == items)
            yield window[:-1], window[-1]
