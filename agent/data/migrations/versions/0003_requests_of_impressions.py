"""Impressions say whether a request narrowed the shortlist."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Of earlier rows it is not known."""
    if sa.inspect(op.get_bind()).has_table("shown"):
        op.add_column("shown", sa.Column("asked", sa.Boolean))
