"""Runs the migrations of `versions/` on the connection that `Database` passes on."""

from alembic import context

from shelftalker.data.tables import METADATA

context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA)
context.run_migrations()
