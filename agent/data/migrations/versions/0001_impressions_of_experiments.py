"""Impressions get a number, an experiment and an arm. Before, there was only SQLite."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_OLD = "time, domain, user, item, rank, propensity, probability, scorer, adapter"


def upgrade() -> None:
    """Copy the impressions into the new table, in their order."""
    if not sa.inspect(op.get_bind()).has_table("shown"):
        return
    op.drop_index("shown_to_user", "shown")
    op.rename_table("shown", "shown_before")
    op.create_table(
        "shown",
        sa.Column("seq", sa.Integer, primary_key=True),
        sa.Column("time", sa.Double),
        *(sa.Column(name, sa.Text) for name in ("domain", "user", "item")),
        sa.Column("rank", sa.Integer),
        *(sa.Column(name, sa.Double) for name in ("propensity", "probability")),
        *(sa.Column(name, sa.Text) for name in ("scorer", "adapter", "experiment", "arm")),
    )
    op.execute(f"INSERT INTO shown ({_OLD}) SELECT {_OLD} FROM shown_before ORDER BY rowid")
    op.drop_table("shown_before")
    op.create_index("shown_to_user", "shown", ["user"])
