"""`Impression`, an item shown and its propensity, and `ImpressionLog`, their store (SQLite).

Off-policy evaluation (inverse propensity scoring, doubly robust estimators) needs them. Written
only where a domain's `rules.toml` says `log_shown = true`.
"""

import sqlite3
import threading
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from pathlib import Path

import polars as pl

from shelftalker.errors import WorkspaceError


@dataclass(frozen=True, slots=True)
class Impression:
    """One item shown. `propensity`: probability that the policy puts it at this rank, given the
    ranks before; `probability`: of the item in the pick's distribution over the shortlist."""

    time: float
    domain: str
    user: str
    item: str
    rank: int
    propensity: float
    probability: float
    scorer: str
    adapter: str | None


class ImpressionLog:
    """The impressions of a workspace. Safe to share between threads and processes."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        try:
            self._db = sqlite3.connect(path, timeout=30, check_same_thread=False)
            for statement in _SETUP:
                self._db.execute(statement)
        except sqlite3.DatabaseError as error:
            raise WorkspaceError(
                f"{path} cannot be opened ({error}); move it away, what is shown from now on is "
                "logged into a new one"
            ) from None

    def extend(self, rows: Sequence[Impression]) -> None:
        """Store rows, all or none."""
        with self._lock, self._db:
            self._db.executemany(f"INSERT INTO shown VALUES ({_MARKS})", map(astuple, rows))

    def frame(self, domain: str) -> pl.DataFrame:
        """All impressions of a domain in log order; columns as in `Impression`."""
        with self._lock:
            query = "SELECT * FROM shown WHERE domain = ? ORDER BY rowid"
            rows = self._db.execute(query, (domain,)).fetchall()
        return pl.DataFrame(rows, schema=_COLUMNS, orient="row")

    def forget(self, user: str) -> int:
        """Delete a user's impressions; returns their number."""
        with self._lock:
            with self._db:
                deleted = self._db.execute("DELETE FROM shown WHERE user = ?", (user,)).rowcount
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return int(deleted)

    def close(self) -> None:
        """Close the file. Closing twice is allowed."""
        with self._lock:
            self._db.close()


_COLUMNS = {
    "time": pl.Float64,
    "domain": pl.String,
    "user": pl.String,
    "item": pl.String,
    "rank": pl.Int32,
    "propensity": pl.Float64,
    "probability": pl.Float64,
    "scorer": pl.String,
    "adapter": pl.String,
}
_MARKS = ", ".join("?" * len(_COLUMNS))
_SETUP = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA secure_delete = ON",
    """CREATE TABLE IF NOT EXISTS shown (
        time REAL, domain TEXT, user TEXT, item TEXT, rank INTEGER, propensity REAL,
        probability REAL, scorer TEXT, adapter TEXT)""",
    "CREATE INDEX IF NOT EXISTS shown_to_user ON shown (user)",
)
