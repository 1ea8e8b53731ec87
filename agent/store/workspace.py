"""`Workspace`: the directory of one deployment, with its settings, logs and domains.

    workspace.toml   events.db   shown.db (where impressions are logged)   cache/   prompts/
    service.db (keys and conversations of the HTTP service)
    or, instead of the three .db files, one database in PostgreSQL (`store` in workspace.toml)
    domains/NAME/    catalog.parquet   aliases.parquet   graph.parquet   columns.yaml
                     pictures.npz   rejects.jsonl   rules.toml   prompts/   CURRENT   .lock
                     pick.json   training.json   search.db   scorer/v1, …   adapters/v1, …

Every file is replaced as a whole (written beside, synced, renamed), and a version folder appears
only when it is complete, so that a process killed at any moment leaves a workspace that opens.
What depends on what was read before is changed under the domain's lock.
"""

import os
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Self

import polars as pl

from shelftalker.data.catalog import Catalog
from shelftalker.data.item_types import noun_in_domain
from shelftalker.data.pictures import PICTURES_FILE, Pictures
from shelftalker.errors import UnknownDomain, WorkspaceError
from shelftalker.store import pointers, versions
from shelftalker.store.atomic import locked_folder, replace_file, replacing, sync
from shelftalker.store.settings import SETTINGS_FILE, SQLITE, Settings, as_toml, read_settings
from shelftalker.store.versions import UNWRITTEN, CurrentVersions, NewVersion, VersionKind

if TYPE_CHECKING:  # SQLAlchemy takes a while to import
    from shelftalker.data.event_log import EventLog
    from shelftalker.data.impressions import ImpressionLog

CATALOG_FILE = "catalog.parquet"


class Workspace:
    """The directory of one deployment, made by `create` or `open`; `close` it, or use `with`."""

    def __init__(self, path: Path, settings: Settings) -> None:
        self.path = path
        self.settings = settings

    @classmethod
    def create(cls, path: str | Path, default_domain: str | None = None) -> Self:
        """Make a new workspace in a folder that is empty or does not exist yet."""
        path = Path(path)
        if (path / SETTINGS_FILE).exists():
            raise WorkspaceError(f"{path} is a workspace already; open it, or choose another one")
        if path.exists() and (not path.is_dir() or any(path.iterdir())):
            what = "not an empty folder" if path.is_dir() else "a file"
            raise WorkspaceError(f"{path} is {what}; choose a new or an empty folder")
        if default_domain is not None:
            check_name(default_domain)
        (path / "domains").mkdir(parents=True)
        settings = Settings(default_domain=default_domain)
        replace_file(path / SETTINGS_FILE, as_toml(settings).encode())
        return cls.open(path)

    @classmethod
    def open(cls, path: str | Path) -> Self:
        """Open a workspace. Raises `WorkspaceError` saying what is missing or wrong."""
        return cls(Path(path), read_settings(Path(path) / SETTINGS_FILE))

    @cached_property
    def events(self) -> "EventLog":
        """The event log, opened on first use. Raises `WorkspaceError` where the file is missing
        although a scorer was trained on it."""
        from shelftalker.data.event_log import EventLog

        place = self.place("events.db")
        if not self.has("events.db") and any(self.current(name).scorer for name in self.domains()):
            raise WorkspaceError(
                f"{place} is gone, and with it what every user did; restore it from a copy, or "
                "make an empty file of that name and import the events again"
            )
        return EventLog(place)

    @cached_property
    def impressions(self) -> "ImpressionLog":
        """The log of the items shown, opened on first use."""
        from shelftalker.data.impressions import ImpressionLog

        return ImpressionLog(self.place("shown.db"), lambda people: self.events.lawful(people))

    def place(self, file: str) -> Path | str:
        """Where a database is: a file of SQLite of this name, or the address of the server."""
        address = os.environ.get("SHELFTALKER_STORE") or self.settings.store
        return self.path / file if address == SQLITE else address

    def has(self, file: str) -> bool:
        """Whether there is a database; a server has all of them."""
        place = self.place(file)
        return isinstance(place, str) or place.is_file()

    def close(self) -> None:
        """Close the logs that were opened."""
        for log in ("impressions", "events"):  # what was shown is compared with who was erased
            if log in self.__dict__:
                self.__dict__[log].close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def domains(self) -> list[str]:
        """The names of the domains, sorted."""
        folder = self.path / "domains"
        return sorted(p.name for p in folder.glob("*") if p.is_dir() and _NAME.fullmatch(p.name))

    def domain_name(self, domain: str | None) -> str:
        """The given domain, else the default, else the only one. Raises `UnknownDomain`."""
        known = self.domains()
        wanted = domain or self.settings.default_domain
        if wanted is None and len(known) == 1:
            wanted = known[0]
        if wanted not in known:
            listed = ", ".join(known) or "none yet; add one with `shelftalker init`"
            raise UnknownDomain(f"no domain {wanted!r} in this workspace; its domains: {listed}")
        return wanted

    def domain_path(self, domain: str) -> Path:
        """The folder of a domain. Raises `UnknownDomain`."""
        folder = self.path / "domains" / domain
        if not (_NAME.fullmatch(domain) and folder.is_dir()):
            known = ", ".join(self.domains()) or "none yet"
            raise UnknownDomain(
                f"no domain {domain!r} in {self.path}; its domains: {known}; make another with: "
                f"shelftalker init {self.path} --domain {domain} --items FILE"
            )
        return folder

    def add_domain(self, domain: str) -> Path:
        """Make a domain, or leave it as it is if it exists; returns its folder."""
        check_name(domain)
        folder = self.path / "domains" / domain
        folder.mkdir(parents=True, exist_ok=True)
        sync(folder.parent)
        return folder

    def catalog(self, domain: str) -> Catalog:
        """The catalogue of a domain; empty if nothing has been imported yet."""
        file = self.domain_path(domain) / CATALOG_FILE
        if not file.is_file():
            return Catalog.of([])
        try:
            return Catalog.load(file, noun_in_domain(domain))
        except (pl.exceptions.PolarsError, OSError) as error:
            raise WorkspaceError(
                f"{file} is damaged ({error}); delete it and run: "
                f"shelftalker import {self.path} --domain {domain} --items FILE"
            ) from None

    def locked(self, domain: str) -> AbstractContextManager[None]:
        """Nobody else changes the domain inside the block: as `atomic.locked_folder`. Take it
        around every change that depends on what was read before."""
        return locked_folder(self.domain_path(domain))

    def update_catalog(self, domain: str, change: Callable[[Catalog], Catalog]) -> Catalog:
        """Replace the catalogue of a domain by what `change` makes of it; returns the new one."""
        with self.locked(domain):
            catalog = change(self.catalog(domain))
            self.write_catalog(domain, catalog)
        return catalog

    def write_catalog(self, domain: str, catalog: Catalog) -> None:
        """Replace the catalogue of a domain as a whole."""
        with self.replacing_catalog(domain, catalog):
            pass

    @contextmanager
    def replacing_catalog(self, domain: str, catalog: Catalog) -> Iterator[None]:
        """Write a catalogue beside the one in service; it takes its place once the block has
        succeeded."""
        file = self.domain_path(domain) / CATALOG_FILE
        with self.locked(domain), replacing(file) as temporary:
            try:
                catalog.frame.write_parquet(temporary)
            except (pl.exceptions.PolarsError, OSError) as error:
                raise WorkspaceError(f"{file} {UNWRITTEN} ({error})") from None
            yield
        pointers.note_published()

    def write_pictures(self, domain: str, pictures: Pictures) -> None:
        """Replace the picture vectors of a domain's items; the next fit uses them."""
        with self.locked(domain):
            with replacing(self.domain_path(domain) / PICTURES_FILE) as temporary:
                pictures.save(temporary)
            self.update_catalog(domain, lambda catalog: catalog)  # services read both again

    def versions(self, domain: str, kind: VersionKind) -> list[str]:
        """The complete versions of a domain's scorer or adapters, oldest first: v1, v2, …"""
        return versions.version_names(self.domain_path(domain), kind)

    def new_version(self, domain: str, kind: VersionKind) -> AbstractContextManager[NewVersion]:
        """As `versions.new_version`."""
        return versions.new_version(self.domain_path(domain), kind)

    def current(self, domain: str) -> CurrentVersions:
        """Which versions are in service."""
        return versions.read_current(self.domain_path(domain))

    def set_current(
        self, domain: str, *, scorer: str | None = None, adapter: str | None = None
    ) -> CurrentVersions:
        """Put versions in service; what is not given stays, an empty text clears. Returns the
        result. Raises `WorkspaceError` for a version that does not exist."""
        folder = self.domain_path(domain)
        with self.locked(domain):
            current = pointers.agreed(self, domain)
            if scorer:
                versions.check_exists(folder, "scorer", scorer)
            if adapter:
                versions.check_exists(folder, "adapters", adapter)
            if scorer is not None:
                current = replace(current, scorer=scorer or None)
            if adapter is not None:
                current = current.with_adapter(adapter or None)
            pointers.put_in_service(self, domain, current)
        if scorer is not None:
            pointers.note_published()
        return current

    def restore_adapter(self, domain: str, steps: int = 1) -> CurrentVersions:
        """Put the adapter of so many promotions ago back in service; returns the result."""
        with self.locked(domain):
            current = pointers.agreed(self, domain).rolled_back(steps)
            pointers.put_in_service(self, domain, current)
        return current

    @property
    def is_shared(self) -> bool:
        """Whether other machines may use the same database."""
        return isinstance(self.place("events.db"), str)

    def scorer_path(self, domain: str) -> Path | None:
        """The folder of the scorer in service, if there is one."""
        folder, scorer = self.domain_path(domain), self.current(domain).scorer
        return versions.version_folder(folder, "scorer", scorer) if scorer else None

    def prompt_folders(self, domain: str) -> list[Path]:
        """Folders whose templates take precedence over those of the package, the first one most."""
        return [self.domain_path(domain) / "prompts", self.path / "prompts"]


_NAME = re.compile(r"[a-z0-9_-]+")


def check_name(domain: str) -> None:
    """Raise `WorkspaceError` for a text that cannot name a domain."""
    if not _NAME.fullmatch(domain):
        raise WorkspaceError(
            f"{domain!r} cannot name a domain; use lower-case letters, digits, - and _"
        )
