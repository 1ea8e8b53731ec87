"""The tables of a workspace: one schema for SQLite and PostgreSQL.

In SQLite each group of tables (`LOG`, `SHOWN`, `SERVICE`) has a file of its own, so that a long
import does not hold up the service; in PostgreSQL all lie in one database. Times are Unix seconds.
A change here needs a migration in `migrations/versions`.
"""

from sqlalchemy import Column, Index, MetaData, Table
from sqlalchemy.types import BigInteger, Boolean, Double, Integer, LargeBinary, Text

METADATA = MetaData()
_SEQ = BigInteger().with_variant(Integer, "sqlite")

EVENTS = Table(
    "events", METADATA,
    Column("seq", _SEQ, primary_key=True),
    Column("domain", Text, nullable=False),
    Column("user", Text, nullable=False),
    Column("item", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("value", Double),
    Column("time", Double, nullable=False),
    Index("events_of_user", "user", "domain", "time"),
    Index("events_of_domain", "domain", "seq", postgresql_using="btree").ddl_if("postgresql"),
)  # fmt: skip
ERASURES = Table("forgotten", METADATA, Column("seq", _SEQ, primary_key=True))
"""One row for each erasure of a person: its greatest number tells that there was a new one."""
ERASED = Table(
    "erased", METADATA,
    Column("digest", LargeBinary, primary_key=True),
    Column("time", Double, nullable=False),
)  # fmt: skip
"""A salted digest of each erased user."""
ALIASES = Table(
    "aliases", METADATA,
    Column("alias", Text, primary_key=True),
    Column("user", Text, nullable=False),
    Index("aliases_of_user", "user"),
)  # fmt: skip
"""An anonymous id, and the person it turned out to be."""
SALT = Table(
    "salt", METADATA,
    Column("id", Integer, primary_key=True),
    Column("bytes", LargeBinary, nullable=False),
)  # fmt: skip
RECEIVED = Table(
    "received", METADATA,
    Column("digest", LargeBinary, primary_key=True),
    Column("body", LargeBinary),
    Column("answer", Text),
)  # fmt: skip
"""Batches and events that a sender gave a name, so that none is stored twice."""
IMPRESSIONS = Table(
    "shown", METADATA,
    Column("seq", _SEQ, primary_key=True),
    Column("time", Double),
    Column("domain", Text),
    Column("user", Text),
    Column("item", Text),
    Column("rank", Integer),
    Column("propensity", Double),
    Column("probability", Double),
    Column("scorer", Text),
    Column("adapter", Text),
    Column("experiment", Text),
    Column("arm", Text),
    Column("asked", Boolean),
    Index("shown_to_user", "user"),
)  # fmt: skip
KEYS = Table(
    "keys", METADATA,
    Column("id", Text, primary_key=True),
    Column("digest", LargeBinary, nullable=False),
    Column("scopes", Text, nullable=False),
    Column("per_minute", Integer),
    Column("created", Double, nullable=False),
    Column("ends", Double),
)  # fmt: skip
USES = Table(
    "uses", METADATA,
    Column("key", Text, primary_key=True),
    Column("minute", Integer, primary_key=True),
    Column("count", Integer, nullable=False),
)  # fmt: skip
"""Requests of a key in each minute."""
SECRET = Table(
    "secret", METADATA,
    Column("id", Integer, primary_key=True),
    Column("bytes", LargeBinary, nullable=False),
)  # fmt: skip
CONVERSATIONS = Table(
    "conversations", METADATA,
    Column("name", Text, primary_key=True),
    Column("user", Text, nullable=False),
    Column("state", LargeBinary, nullable=False),
    Column("touched", Double, nullable=False),
    Column("held_until", Double, nullable=False),
    Index("conversations_of_user", "user"),
)  # fmt: skip
SERVING = Table(
    "serving", METADATA,
    Column("domain", Text, primary_key=True),
    Column("versions", Text, nullable=False),
    Column("changed", Double, nullable=False),
)  # fmt: skip
"""The versions in service in each domain, as `CURRENT` has them, for machines that share a
database."""

LOG = (EVENTS, ERASURES, ERASED, ALIASES, SALT, RECEIVED)
SHOWN = (IMPRESSIONS,)
SERVICE = (KEYS, USES, SECRET, CONVERSATIONS)
