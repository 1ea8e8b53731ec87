"""`Workspace`: one directory is one deployment: settings, events, and per domain a catalogue,
refused rows, scorer and adapter versions, and which of them serve.

Every file is replaced as a whole (written beside, synced, renamed), and a version folder appears
only when it is complete, so that a process killed at any moment leaves a workspace that opens.
"""

import json
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Literal, Self

import polars as pl
from safetensors import SafetensorError

from shelftalker.data.catalog import Catalog
from shelftalker.data.events import EventLog
from shelftalker.data.impressions import ImpressionLog
from shelftalker.data.item_types import called_in
from shelftalker.errors import UnknownDomain, WorkspaceError
from shelftalker.store.atomic import replace_file, replacing, sweep, sync_folder, sync_tree
from shelftalker.store.settings import Settings, as_toml, read_settings

VersionKind = Literal["scorer", "adapters"]
SETTINGS_FILE = "workspace.toml"
KEPT_BEFORE = 20
"""How many promotions can be rolled back."""


@dataclass(frozen=True, slots=True)
class CurrentVersions:
    """The versions that serve in a domain, such as `v3`; None where there is none yet.

    `before`: the adapters that served earlier, the latest last; None among them is the base model.
    """

    scorer: str | None = None
    adapter: str | None = None
    before: tuple[str | None, ...] = ()


class Workspace:
    """A directory laid out as in the design. Make one with `create` or `open`."""

    def __init__(self, path: Path, settings: Settings) -> None:
        self.path = path
        self.settings = settings

    @classmethod
    def create(cls, path: str | Path, default_domain: str | None = None) -> Self:
        """Make a new workspace in a folder that is empty or does not exist yet."""
        path = Path(path)
        if (path / SETTINGS_FILE).exists():
            raise WorkspaceError(
                f"{path} is a workspace already; open it, or choose another folder"
            )
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
        path = Path(path)
        file = path / SETTINGS_FILE
        if not file.is_file():
            raise WorkspaceError(_no_workspace(path))
        return cls(path, read_settings(file))

    @cached_property
    def events(self) -> EventLog:
        """The event log, opened on first use. Raises `WorkspaceError` where it is gone, though a
        scorer was trained on it."""
        file = self.path / "events.db"
        if not file.is_file() and any(self.current(name).scorer for name in self.domains()):
            raise WorkspaceError(
                f"{file} is gone, and with it what every user did; restore it from a copy, or make "
                "an empty file of that name and import the events again"
            )
        return EventLog(file)

    @cached_property
    def shown(self) -> ImpressionLog:
        """The log of what was shown, opened on first use."""
        return ImpressionLog(self.path / "shown.db")

    def forget_shown(self, user: str) -> None:
        """Delete what the log of shown items holds of a user, if there is one."""
        if (self.path / "shown.db").is_file():
            self.shown.forget(user)

    def close(self) -> None:
        """Close the logs that were opened."""
        for log in ("events", "shown"):
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

    def domain_path(self, domain: str) -> Path:
        """The folder of a domain. Raises `UnknownDomain`."""
        if domain not in self.domains():
            known = ", ".join(self.domains()) or "none yet"
            raise UnknownDomain(
                f"no domain {domain!r} in {self.path}; its domains: {known}; make another with: "
                f"shelftalker init {self.path} --domain {domain} --items FILE"
            )
        return self.path / "domains" / domain

    def add_domain(self, domain: str) -> Path:
        """Make a domain, or leave it as it is if it exists; returns its folder."""
        check_name(domain)
        folder = self.path / "domains" / domain
        folder.mkdir(parents=True, exist_ok=True)
        sync_folder(folder.parent)
        return folder

    def catalog(self, domain: str) -> Catalog:
        """The catalogue of a domain; empty if nothing has been imported yet."""
        file = self.domain_path(domain) / "catalog.parquet"
        if not file.is_file():
            return Catalog.of([])
        try:
            return Catalog.load(file, called_in(domain))
        except (pl.exceptions.PolarsError, OSError) as error:
            raise WorkspaceError(
                f"{file} is damaged ({error}); delete it and run: "
                f"shelftalker import {self.path} --domain {domain} --items FILE"
            ) from None

    def write_catalog(self, domain: str, catalog: Catalog) -> None:
        """Replace the catalogue of a domain as a whole."""
        with self.replacing_catalog(domain, catalog):
            pass

    @contextmanager
    def replacing_catalog(self, domain: str, catalog: Catalog) -> Iterator[None]:
        """Write a catalogue beside the one that serves; it serves once the block has succeeded."""
        file = self.domain_path(domain) / "catalog.parquet"
        with replacing(file) as temporary:
            try:
                catalog.frame.write_parquet(temporary)
            except (pl.exceptions.PolarsError, OSError) as error:
                raise WorkspaceError(f"{file} {_UNWRITTEN} ({error})") from None
            yield

    def versions(self, domain: str, kind: VersionKind) -> list[str]:
        """The complete versions of a domain's scorer or adapters, oldest first: v1, v2, …"""
        folder = self.domain_path(domain) / kind
        found = (p.name for p in folder.glob("v*") if p.is_dir())
        return sorted((v for v in found if _VERSION.fullmatch(v)), key=lambda v: int(v[1:]))

    @contextmanager
    def new_version(self, domain: str, kind: VersionKind) -> Iterator[Path]:
        """A folder to write a new version into; on success it becomes the last of `versions`.

        If the block raises, the folder is deleted and no version appears.
        """
        parent = self.domain_path(domain) / kind
        parent.mkdir(exist_ok=True)
        sweep(parent)
        temporary = Path(tempfile.mkdtemp(prefix=".tmp-", dir=parent))
        try:
            try:
                yield temporary
            except (SafetensorError, OSError) as error:
                raise WorkspaceError(f"{parent} {_UNWRITTEN} ({error})") from None
            temporary.chmod(0o755)
            for file in filter(Path.is_file, temporary.iterdir()):
                file.chmod(0o644)  # safetensors writes what only its owner may read
            sync_tree(temporary)
            self._publish(domain, kind, temporary)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)

    def _publish(self, domain: str, kind: VersionKind, temporary: Path) -> None:
        """Rename to the next free number; another process may take one at the same moment."""
        while True:
            last = int((self.versions(domain, kind) or ["v0"])[-1][1:])
            try:
                temporary.rename(temporary.parent / f"v{last + 1}")
            except OSError:
                if f"v{last + 1}" not in self.versions(domain, kind):
                    raise
            else:
                sync_folder(temporary.parent)
                return

    def current(self, domain: str) -> CurrentVersions:
        """Which versions serve."""
        file = self.domain_path(domain) / "CURRENT"
        if not file.is_file():
            return CurrentVersions()
        try:
            values = json.loads(file.read_text(encoding="utf-8"))
            return CurrentVersions(**{**values, "before": tuple(values.get("before", ()))})
        except (ValueError, TypeError, AttributeError) as error:
            raise WorkspaceError(
                f"{file} is damaged ({error}); delete it and run: "
                f"shelftalker fit {self.path} --domain {domain}. {_HOLDS_HISTORY}"
            ) from None

    def set_current(
        self, domain: str, *, scorer: str | None = None, adapter: str | None = None
    ) -> CurrentVersions:
        """Let versions serve; what is not given stays. An empty text clears. Returns the result."""
        current = self.current(domain)
        for kind, version in (("scorer", scorer), ("adapters", adapter)):
            known = self.versions(domain, "scorer" if kind == "scorer" else "adapters")
            if version and version not in known:
                raise WorkspaceError(
                    f"domain {domain!r} has no {kind} version {version!r}; "
                    f"it has: {', '.join(known) or 'none'}"
                )
        if scorer is not None:
            current = replace(current, scorer=scorer or None)
        if adapter is not None and (adapter or None) != current.adapter:
            before = (*current.before, current.adapter)[-KEPT_BEFORE:]
            current = replace(current, adapter=adapter or None, before=before)
        return self._serve(domain, current)

    def restore_adapter(self, domain: str, steps: int = 1) -> CurrentVersions:
        """Let the adapter serve that did so many promotions ago; returns the result."""
        current = self.current(domain)
        *earlier, adapter = current.before[: len(current.before) + 1 - steps]
        return self._serve(domain, replace(current, adapter=adapter, before=tuple(earlier)))

    def _serve(self, domain: str, current: CurrentVersions) -> CurrentVersions:
        replace_file(self.domain_path(domain) / "CURRENT", json.dumps(asdict(current)).encode())
        return current

    def scorer_path(self, domain: str) -> Path | None:
        """The folder of the scorer that serves, if there is one."""
        return self._version_path(domain, "scorer", self.current(domain).scorer)

    def adapter_path(self, domain: str) -> Path | None:
        """The folder of the adapter that serves, if there is one."""
        return self._version_path(domain, "adapters", self.current(domain).adapter)

    def _version_path(self, domain: str, kind: VersionKind, version: str | None) -> Path | None:
        if version is None:
            return None
        folder = self.domain_path(domain) / kind / version
        if not folder.is_dir():
            raise WorkspaceError(
                f"{folder} is missing, though CURRENT beside it names it; restore it, or delete "
                f"CURRENT and run: shelftalker fit {self.path} --domain {domain}. {_HOLDS_HISTORY}"
            )
        return folder

    def prompt_folders(self, domain: str) -> list[Path]:
        """Where templates are looked for before the ones that come with the package."""
        return [self.domain_path(domain) / "prompts", self.path / "prompts"]


def _no_workspace(path: Path) -> str:
    if path.exists() and not path.is_dir():
        return f"{path} is a file; give the folder of a workspace"
    what = "has no workspace.toml" if path.is_dir() else "does not exist"
    return (
        f"{path} {what}, so it is no workspace; make one with: shelftalker init {path} "
        "--domain NAME --items FILE"
    )


_UNWRITTEN = (
    "could not be written, so what served before still serves; free disk space or check its "
    "rights, then repeat"
)
_HOLDS_HISTORY = (
    "What `adapters rollback` goes back to is listed in CURRENT alone, so keep a copy of it"
)
_NAME = re.compile(r"[a-z0-9_-]+")
_VERSION = re.compile(r"v[1-9]\d*")


def check_name(domain: str) -> None:
    """Raises `WorkspaceError` for a text that cannot name a domain."""
    if not _NAME.fullmatch(domain):
        raise WorkspaceError(
            f"{domain!r} cannot name a domain; use lower-case letters, digits, - and _"
        )
