"""Anonymous ids that turned out to be a person: a new table, which opening a database makes."""

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Nothing that is there changes."""
