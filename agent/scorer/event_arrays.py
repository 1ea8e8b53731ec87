"""`EventArrays`: the events of a whole log as columns of numbers, 17 bytes an event."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import numpy.typing as npt
import polars as pl

from shelftalker.data.catalog import Catalog
from shelftalker.data.event_log import EventLog, event_frame
from shelftalker.data.events import Event
from shelftalker.scorer.history import (
    BROWSED,
    CONSUMED,
    LOOKS,
    LOW_RATING,
    REFUSED,
    REPEATED,
    TAKEN,
    Histories,
    HistoryRows,
    once,
)

_KIND = (
    pl.when((pl.col("kind") == "rating") & (pl.col("value") <= 2))
    .then(LOW_RATING)
    .when(pl.col("kind").is_in(["dislike", "skip"]))
    .then(REFUSED)
    .when(pl.col("kind").is_in(REPEATED))
    .then(CONSUMED)
    .when(pl.col("kind").is_in(LOOKS))
    .then(BROWSED)
    .otherwise(TAKEN)
    .cast(pl.Int8)
    .alias("kind")
)
"""As `history.kind_of` says of one event."""
_COLUMNS = {"user": pl.Int32, "row": pl.Int32, "kind": pl.Int8, "time": pl.Float64}


@dataclass(frozen=True)
class EventArrays:
    """Events on items of a catalogue, in log order. `users` int32 [events] counts the users as they
    appear; `items` int32 [events]: rows of the catalogue; `kinds` int8 [events]: as in
    `HistoryRows`; `times` float64 [events]: Unix seconds."""

    users: npt.NDArray[np.int32]
    items: npt.NDArray[np.int32]
    kinds: npt.NDArray[np.int8]
    times: npt.NDArray[np.float64]

    @classmethod
    def read(cls, log: EventLog, domain: str, until: int, catalog: Catalog) -> Self:
        """A domain's events up to a position in the log, batch by batch."""
        return cls._of(log.batches(domain, until), catalog)

    @classmethod
    def of(cls, events: Sequence[Event], catalog: Catalog) -> Self:
        """From events in memory."""
        return cls._of(
            [event_frame((e.user, e.item, e.kind, e.value, e.time) for e in events)], catalog
        )

    @classmethod
    def _of(cls, frames: Iterable[pl.DataFrame], catalog: Catalog) -> Self:
        numbered = pl.concat([pl.DataFrame(schema=_COLUMNS), *_numbered(frames, catalog)])
        return cls(*(numbered[name].to_numpy() for name in _COLUMNS))

    def histories(self, rows: npt.NDArray[np.int32]) -> Histories:
        """Each user's history, oldest first, over `rows`, a sorted part of the catalogue's rows
        that has all items; events of one second keep their order in the log."""
        order = np.lexsort((self.times, self.users))
        places = np.searchsorted(rows, self.items[order])
        times = self.times[order]
        kinds = once(self.users[order], places, times, self.kinds[order])
        ends = np.cumsum(np.bincount(self.users))
        return Histories(HistoryRows(places, kinds, times), np.append(0, ends)[:-1], ends)


def touched(
    catalog: Catalog, events: Sequence[Event] | EventArrays
) -> tuple[list[int], Catalog, Histories]:
    """The training data in a log: the rows of its items, these items as a catalogue, and each
    user's history over that. Events on variants are events on the first item of their group."""
    arrays = events if isinstance(events, EventArrays) else EventArrays.of(events, catalog)
    arrays = replace(arrays, items=catalog.first_of_group[arrays.items].astype(np.int32))
    rows = np.unique(arrays.items)
    trained = Catalog(catalog.frame[rows], pictures=catalog.pictures)
    return rows.tolist(), trained, arrays.histories(rows)


def _numbered(frames: Iterable[pl.DataFrame], catalog: Catalog) -> Iterator[pl.DataFrame]:
    """`_COLUMNS` of each frame, without events on other items."""
    rows = pl.DataFrame(
        {"item": catalog.ids, "row": range(len(catalog))}, {"item": pl.String, "row": pl.Int32}
    )
    numbers: dict[str, int] = {}
    for frame in frames:
        known = frame.join(rows, on="item", maintain_order="left")
        users = known["user"].unique(maintain_order=True).to_list()
        places = [numbers.setdefault(user, len(numbers)) for user in users]
        number = pl.col("user").replace_strict(users, places).cast(pl.Int32)
        yield known.select(number, "row", _KIND, "time")
