"""`Impression`, an item shown and its propensity, and `ImpressionLog`, their store.

Off-policy evaluation (inverse propensity scoring, doubly robust estimators) needs them. Written
where a domain's `rules.toml` says `log_shown = true`, and for visitors in an experiment.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import polars as pl
import sqlalchemy as sa

from shelftalker.data.database import Database, Store
from shelftalker.data.tables import IMPRESSIONS, SHOWN


@dataclass(frozen=True, slots=True)
class Impression:
    """One item shown. `propensity`: probability that the policy puts it at this rank, given the
    ranks before; `probability`: of the item in the pick's distribution over the shortlist;
    `experiment`, `arm`: where the visitor takes part in one."""

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


class ImpressionLog(Store):
    """The impressions of a workspace. Safe to share between threads and processes."""

    def __init__(self, place: Path | str) -> None:
        """`place`: as for `EventLog`."""
        self.db = Database(place, SHOWN, "a log of impressions")

    def extend(self, rows: Sequence[Impression]) -> None:
        """Store rows, all or none."""
        if rows:
            with self.db.writing() as connection:
                connection.execute(IMPRESSIONS.insert(), [asdict(row) for row in rows])

    def frame(self, domain: str, user: str | None = None) -> pl.DataFrame:
        """All impressions of a domain in log order, or a user's; columns as in `Impression`."""
        columns = [IMPRESSIONS.c[name] for name in _COLUMNS]
        query = sa.select(*columns).where(IMPRESSIONS.c.domain == domain)
        if user is not None:
            query = query.where(IMPRESSIONS.c.user == user)
        rows = self.db.rows(query.order_by(IMPRESSIONS.c.seq))
        return pl.DataFrame([tuple(row) for row in rows], schema=_COLUMNS, orient="row")

    def forget(self, user: str) -> int:
        """Delete a user's impressions; returns their number."""
        deleted = self.db.change(IMPRESSIONS.delete().where(IMPRESSIONS.c.user == user))
        self.db.scrub()
        return deleted


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
    "experiment": pl.String,
    "arm": pl.String,
}
