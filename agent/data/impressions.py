"""`Impression`, an item shown and its propensity, and `ImpressionLog`, their store.

Off-policy evaluation (inverse propensity scoring, doubly robust estimators) needs them. Written
where a domain's `rules.toml` says `log_shown = true`, and for visitors in an experiment.
"""

import atexit
import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import polars as pl
import sqlalchemy as sa

from shelftalker.data.database import Database, Store
from shelftalker.data.tables import IMPRESSIONS, SHOWN
from shelftalker.errors import WorkspaceError

_LOG = logging.getLogger(__name__)
WRITE_SECONDS = 0.25
"""How long a row that was added may wait: what a crash can lose."""
MOST_WAITING = 20_000
"""Rows that wait where the database is away; later ones are not logged."""


@dataclass(frozen=True, slots=True)
class Impression:
    """One item shown. `propensity`: probability that the policy puts it at this rank, given the
    ranks before; `probability`: of the item in the pick's distribution over the shortlist;
    `experiment`, `arm`: where the visitor takes part in one; `asked`: whether a message, filters or
    examples narrowed the shortlist, None where that is not known."""

    time: float
    domain: str
    user: str
    item: str
    rank: int
    propensity: float
    probability: float
    scorer: str
    adapter: str | None
    experiment: str | None = None
    arm: str | None = None
    asked: bool | None = None


class ImpressionLog(Store):
    """The impressions of a workspace. Safe to share between threads and processes.

    What requests `add` is stored by a thread, many rows in one transaction; readers in this process
    see it at once, and closing stores what is left.
    """

    def __init__(
        self, place: Path | str, lawful: Callable[[Sequence[tuple[str, float]]], list[int]]
    ) -> None:
        """`place`: as for `EventLog`. `lawful`: as `EventLog.lawful`, for rows that waited."""
        self.db = Database(place, SHOWN, "a log of impressions")
        self._lawful = lawful
        self._waiting: list[Impression] = []
        self._lock, self._storing = threading.Lock(), threading.Lock()
        self._closing = threading.Event()
        self._writer: threading.Thread | None = None

    def extend(self, rows: Sequence[Impression]) -> None:
        """Store rows, all or none, before this returns."""
        if rows:
            with self.db.writing() as connection:
                connection.execute(IMPRESSIONS.insert(), [asdict(row) for row in rows])

    def add(self, rows: Sequence[Impression]) -> None:
        """Have rows stored within `WRITE_SECONDS`; this returns at once. Where the database is
        away, they wait for it."""
        with self._lock:
            room = max(0, MOST_WAITING - len(self._waiting))
            self._waiting += rows[:room]
            if self._writer is None:
                self._writer = threading.Thread(
                    target=self._write, name="shelftalker-impressions", daemon=True
                )
                self._writer.start()
                atexit.register(self.close)
        if room < len(rows):
            _LOG.warning("impressions lost", extra={"rows": len(rows) - room})

    def flush(self) -> None:
        """Store what waits, but no row of a person who was erased meanwhile. Raises
        `WorkspaceError` where the database fails; then all of it still waits."""
        with self._storing:
            with self._lock:
                rows = list(self._waiting)
            if not rows:
                return
            kept = self._lawful([(row.user, row.time) for row in rows])
            self.extend([rows[place] for place in kept])
            with self._lock:
                del self._waiting[: len(rows)]

    def _write(self) -> None:
        while not self._closing.wait(WRITE_SECONDS):
            self._try()

    def _try(self) -> None:
        try:
            self.flush()
        except WorkspaceError as error:
            _LOG.warning("impressions not stored yet", extra={"error": str(error)})

    def close(self) -> None:
        """Store what waits, and close the database. Closing twice is allowed."""
        if self._writer is not None and not self._closing.is_set():
            self._closing.set()
            self._writer.join()
            self._try()
            atexit.unregister(self.close)
        super().close()

    def frame(self, domain: str, user: str | None = None) -> pl.DataFrame:
        """All impressions of a domain in log order, or a user's; columns as in `Impression`."""
        self.flush()
        columns = [IMPRESSIONS.c[name] for name in _COLUMNS]
        query = sa.select(*columns).where(IMPRESSIONS.c.domain == domain)
        if user is not None:
            query = query.where(IMPRESSIONS.c.user == user)
        rows = self.db.rows(query.order_by(IMPRESSIONS.c.seq))
        return pl.DataFrame([tuple(row) for row in rows], schema=_COLUMNS, orient="row")

    def merge(self, alias: str, user: str) -> None:
        """Impressions of an anonymous id become a user's."""
        self.flush()
        self.db.change(IMPRESSIONS.update().where(IMPRESSIONS.c.user == alias).values(user=user))
        self.db.scrub()

    def forget(self, user: str) -> int:
        """Delete a user's impressions; returns their number."""
        self.flush()
        deleted = self.db.change(IMPRESSIONS.delete().where(IMPRESSIONS.c.user == user))
        self.db.scrub()
        return deleted


_DTYPES = {sa.Text: pl.String, sa.Double: pl.Float64, sa.Integer: pl.Int32, sa.Boolean: pl.Boolean}
_COLUMNS = {one.name: _DTYPES[type(one.type)] for one in IMPRESSIONS.c if one.name != "seq"}
