"""The files of a workspace's domains at an address that fsspec opens, such as `s3://shop/films`:
catalogue, scorers, adapters, hooks, rules and what is in service.

One machine pushes, others pull. A list with the digest of each file is written last, and read
first: what is half pushed is not seen. `CURRENT` comes last, when what it names is there.
"""

import json
import posixpath
import re
import shutil
import uuid
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from shelftalker.errors import InputError, WorkspaceError
from shelftalker.store.atomic import replace_file, sync_tree

if TYPE_CHECKING:
    from shelftalker.store.workspace import Workspace

LIST = "files.json"
_NAME = re.compile(r"domains/[a-z0-9_-]+/[^/\\].*")
NOT_SHARED = ("rejects.jsonl", "search.db")
"""Rows that may name people, and an index that each machine makes."""


class SharedFiles:
    """The files of a workspace at an address, or at the one in its settings. Raises `InputError`
    without one, or for one that cannot be opened."""

    def __init__(self, workspace: "Workspace", address: str | None = None) -> None:
        import fsspec

        address = address or workspace.settings.files
        if not address:
            raise InputError('give an address, or set files = "s3://…" in workspace.toml')
        self.workspace, self.address = workspace, address
        try:
            self._system, self._place = fsspec.url_to_fs(address, use_listings_cache=False)
        except (ImportError, ValueError) as error:
            raise InputError(f"{address} cannot be opened: {error}") from None

    def push(self) -> int:
        """Copy what is new or changed here to the address; returns the number of files."""
        root = self.workspace.path
        contents = ((name, (root / name).read_bytes()) for name in _names(root))
        local = {name: sha256(content).hexdigest() for name, content in contents}
        known = self._list()
        new = [name for name in local if known.get(name) != local[name]]
        for name in new:
            self._write(name, (root / name).read_bytes())
        if local != known:
            self._write(LIST, json.dumps(local).encode())
        return len(new)

    def pull(self) -> int:
        """Copy what is new or changed at the address here; returns the number of files. Raises
        `WorkspaceError` where somebody is pushing."""
        workspace = self.workspace
        workspace.events  # noqa: B018 - made while there is no scorer, without which it would be missed
        wanted, file = self._list(), workspace.path / "cache" / LIST
        before = json.loads(file.read_bytes()) if file.is_file() else {}
        new = [name for name, digest in wanted.items() if before.get(name) != digest]
        for domain in dict.fromkeys(PurePosixPath(name).parts[1] for name in new):
            workspace.add_domain(domain)
            with workspace.locked(domain):
                own = [name for name in new if PurePosixPath(name).parts[1] == domain]
                self._pull(workspace.path, own, wanted)
        for name in before.keys() - wanted.keys():
            (workspace.path / name).unlink(missing_ok=True)
        if wanted != before:
            file.parent.mkdir(exist_ok=True)
            replace_file(file, json.dumps(wanted).encode())
        return len(new)

    def _pull(self, root: Path, names: list[str], wanted: dict[str, str]) -> None:
        """Copy files of a domain; each version's folder appears when it is complete."""
        versions = dict.fromkeys(filter(None, map(_version, names)))
        for version in versions:
            own = [name for name in names if _version(name) == version]
            temporary = (root / version).parent / f".tmp-{uuid.uuid4().hex}"
            for name in own:
                target = temporary / PurePosixPath(name).relative_to(version)
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(self._read(name, wanted[name]))
            sync_tree(temporary)
            shutil.rmtree(root / version, ignore_errors=True)
            temporary.rename(root / version)
        for name in sorted(names, key=_last):
            if _version(name) is None:
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                replace_file(root / name, self._read(name, wanted[name]))

    def _list(self) -> dict[str, str]:
        """The digest of each file; empty where nothing was pushed yet."""
        try:
            known: dict[str, str] = json.loads(self._system.cat_file(self._at(LIST)))
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise WorkspaceError(f"{self.address} cannot be read: {error}") from None
        if odd := [name for name in known if not _NAME.fullmatch(name) or ".." in name]:
            raise WorkspaceError(
                f"{LIST} at {self.address} names {odd[0]!r}, which is no file of ours"
            )
        return known

    def _read(self, name: str, digest: str) -> bytes:
        try:
            content: bytes = self._system.cat_file(self._at(name))
        except OSError as error:
            raise WorkspaceError(f"{self.address} cannot be read: {error}") from None
        if sha256(content).hexdigest() != digest:
            raise WorkspaceError(f"{name} at {self.address} is being changed; pull again later")
        return content

    def _write(self, name: str, content: bytes) -> None:
        place = self._at(name)
        self._system.makedirs(posixpath.dirname(place), exist_ok=True)
        self._system.pipe_file(place, content)

    def _at(self, name: str) -> str:
        return posixpath.join(self._place, name)


def _names(root: Path) -> list[str]:
    """The files of all domains that machines share, `CURRENT` last."""
    files = (file.relative_to(root) for file in root.glob("domains/**/*"))
    shown = (file for file in files if not any(part.startswith(".") for part in file.parts))
    shared = (file for file in shown if file.name not in NOT_SHARED)
    return sorted((f.as_posix() for f in shared if (root / f).is_file()), key=_last)


def _last(name: str) -> tuple[bool, str]:
    return name.endswith("/CURRENT"), name


def _version(name: str) -> str | None:
    """The folder of the scorer or adapter version that a file belongs to."""
    parts = PurePosixPath(name).parts
    return posixpath.join(*parts[:4]) if parts[2] in ("scorer", "adapters") and parts[4:] else None
