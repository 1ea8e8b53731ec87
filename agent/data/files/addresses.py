"""`local_files`: addresses of files, folders, object stores and databases as files to be read.

What lies elsewhere is copied into a folder of the caller: `s3://…`, `gs://…`, `https://…` by
fsspec, the rows of a query on a database by SQLAlchemy, as Parquet.
"""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import polars as pl

from shelftalker.errors import DataError, InputError

Address = str | Path
_DATABASE = r"(postgresql|postgres|sqlite|mysql|mariadb|mssql|oracle)(\+[^:]*)?://"


def local_files(addresses: Sequence[Address], queries: list[str], folder: Path) -> list[Path]:
    """The files of all addresses, in order. `queries`: SQL, taken from the front for each database;
    `folder`: takes copies. Raises `DataError` for what cannot be reached, `InputError` for a
    database without a query."""
    return [file for one in addresses for file in _files(one, queries, folder)]


def _files(address: Address, queries: list[str], folder: Path) -> Iterator[Path]:
    if "://" not in str(address):
        yield from _listed(Path(address))
    elif re.match(_DATABASE, str(address)):
        if not queries:
            raise InputError("a database needs a query: give --query 'SELECT …' for it")
        yield _queried(str(address), queries.pop(0), folder)
    else:
        yield from _copied(str(address), folder)


def _listed(path: Path) -> list[Path]:
    """A file; of a folder the files in it, however deep, without hidden and marker files."""
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise InputError(f"no file {path}; give the path of an existing file")
    if (path / "workspace.toml").exists():
        raise InputError(f"{path} is a folder of a workspace; give a file or a folder of data")
    found = sorted(file for file in path.rglob("*") if file.is_file())
    files = [file for file in found if file.name[0] not in "._" and file.stat().st_size]
    if not files:
        raise DataError(f"{path} is a folder without files; give a file, or a folder of files")
    return files


def _queried(address: str, query: str, folder: Path) -> Path:
    """The rows of a query. The password in the address is in no message and no name."""
    import sqlalchemy

    try:
        url = sqlalchemy.make_url(address)
        if url.drivername in ("postgres", "postgresql"):
            url = url.set(drivername="postgresql+psycopg")
        engine = sqlalchemy.create_engine(url)
        with engine.connect() as connection:
            frame = pl.read_database(sqlalchemy.text(query), connection, infer_schema_length=None)
        engine.dispose()
    except (sqlalchemy.exc.SQLAlchemyError, ImportError, pl.exceptions.PolarsError) as error:
        reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        raise DataError(f"the query on {_shown(address)} failed: {reason}") from None
    file = folder / f"{Path(url.database or 'database').stem}-{len(list(folder.iterdir()))}.parquet"
    frame.write_parquet(file)
    return file


def _copied(address: str, folder: Path) -> list[Path]:
    """Copies of a remote file, of all that match `*`, or of all in a remote folder."""
    import fsspec

    try:
        system, place = fsspec.url_to_fs(address)
        names = sorted(system.glob(place)) if "*" in place else [place]
        names = [n for one in names for n in (system.find(one) if system.isdir(one) else [one])]
        base = place.split("*")[0].rsplit("/", 1)[0]
        copies = [folder / name.removeprefix(base).strip("/") for name in names]
        for name, copy in zip(names, copies, strict=True):
            copy.parent.mkdir(parents=True, exist_ok=True)
            system.get_file(name, str(copy))
    except (ImportError, OSError, ValueError) as error:
        raise DataError(f"{_shown(address)} cannot be read: {error}") from None
    if not copies:
        raise DataError(f"{_shown(address)} names no file")
    return sorted(copy for copy in copies if copy.name[0] not in "._")


def _shown(address: str) -> str:
    """An address without user and password."""
    scheme, _, rest = address.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}"
