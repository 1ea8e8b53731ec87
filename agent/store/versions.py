"""The numbered versions of a domain's scorer and adapters, and `CURRENT`: which are in service.

A domain folder holds `scorer/v1`, `scorer/v2`, …, `adapters/v1`, … and the file `CURRENT`. A
version folder appears only when it is complete, and never changes after that, save for the gate
report of an adapter, which is replaced as a whole.
"""

import json
import logging
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from safetensors import SafetensorError

from shelftalker.errors import WorkspaceError
from shelftalker.store.atomic import replace_file, sweep, sync, sync_tree

_LOG = logging.getLogger(__name__)
VersionKind = Literal["scorer", "adapters"]
CURRENT_FILE = "CURRENT"
MAX_PREVIOUS_ADAPTERS = 20
"""How many promotions can be rolled back."""
UNWRITTEN = (
    "could not be written, so what served before still serves; free disk space or check its "
    "rights, then repeat"
)
_ONLY_HISTORY = (
    "What `adapters rollback` goes back to is listed in CURRENT alone, so keep a copy of it"
)
_VERSION = re.compile(r"v[1-9]\d*")


@dataclass(frozen=True, slots=True)
class CurrentVersions:
    """The versions in service in a domain, such as `v3`; None where there is none yet.

    `previous_adapters`: the adapters in service earlier, the latest last; None among them is the
    base model.
    """

    scorer: str | None = None
    adapter: str | None = None
    previous_adapters: tuple[str | None, ...] = ()

    @classmethod
    def from_json(cls, text: str) -> "CurrentVersions":
        """What `as_json` wrote. Raises `ValueError`, `TypeError` or `AttributeError` for another
        text."""
        values = json.loads(text)
        previous = tuple(values.pop("before", ()))
        return cls(**values, previous_adapters=previous)

    def as_json(self) -> str:
        """The content of `CURRENT`."""
        serving = {"scorer": self.scorer, "adapter": self.adapter}
        return json.dumps({**serving, "before": self.previous_adapters})

    def with_adapter(self, adapter: str | None) -> "CurrentVersions":
        """These versions with another adapter, which `previous_adapters` then leads back from."""
        if adapter == self.adapter:
            return self
        previous = (*self.previous_adapters, self.adapter)[-MAX_PREVIOUS_ADAPTERS:]
        return replace(self, adapter=adapter, previous_adapters=previous)

    def rolled_back(self, steps: int) -> "CurrentVersions":
        """These versions with the adapter that was in service so many promotions ago."""
        kept = len(self.previous_adapters) + 1 - steps
        *earlier, adapter = self.previous_adapters[:kept]
        return replace(self, adapter=adapter, previous_adapters=tuple(earlier))


@dataclass(slots=True)
class NewVersion:
    """A version that is being written to `folder`. `name`, such as `v3`, is set once the `with`
    block has succeeded; reading it earlier is an `AttributeError`."""

    folder: Path
    name: str = field(init=False)


def version_names(domain_folder: Path, kind: VersionKind) -> list[str]:
    """The complete versions, oldest first: v1, v2, …"""
    names = (path.name for path in (domain_folder / kind).glob("v*") if path.is_dir())
    return sorted((name for name in names if _VERSION.fullmatch(name)), key=lambda v: int(v[1:]))


@contextmanager
def new_version(domain_folder: Path, kind: VersionKind) -> Iterator[NewVersion]:
    """`with` it, write the next version to `.folder`; once the block has succeeded, `.name` is its
    number. If the block raises, the folder is deleted and no version appears."""
    parent = domain_folder / kind
    parent.mkdir(exist_ok=True)
    sweep(parent)
    temporary = Path(tempfile.mkdtemp(prefix=".tmp-", dir=parent))
    version = NewVersion(temporary)
    try:
        try:
            yield version
        except (SafetensorError, OSError) as error:
            raise WorkspaceError(f"{parent} {UNWRITTEN} ({error})") from None
        temporary.chmod(0o755)
        for file in filter(Path.is_file, temporary.iterdir()):
            file.chmod(0o644)  # safetensors writes what only its owner may read
        sync_tree(temporary)
        version.name = _publish(domain_folder, kind, temporary)
        version.folder = parent / version.name
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _publish(domain_folder: Path, kind: VersionKind, temporary: Path) -> str:
    """Rename to the next free number; another process may take one at the same moment."""
    while True:
        last = (version_names(domain_folder, kind) or ["v0"])[-1]
        name = f"v{int(last[1:]) + 1}"
        try:
            temporary.rename(temporary.with_name(name))
        except OSError:
            if name not in version_names(domain_folder, kind):
                raise
        else:
            sync(temporary.parent)
            return name


def version_folder(domain_folder: Path, kind: VersionKind, name: str) -> Path:
    """The folder of a version that `CURRENT` names. Raises `WorkspaceError` where it is gone."""
    folder = domain_folder / kind / name
    if not folder.is_dir():
        raise WorkspaceError(
            f"{folder} is missing, though CURRENT beside it names it; restore it, or delete "
            f"CURRENT and run: {_fit_again(domain_folder)}"
        )
    return folder


def check_exists(domain_folder: Path, kind: VersionKind, name: str) -> None:
    """Raises `WorkspaceError` naming the versions there are, where this is none of them."""
    known = version_names(domain_folder, kind)
    if name not in known:
        raise WorkspaceError(
            f"domain {domain_folder.name!r} has no {kind} version {name!r}; "
            f"it has: {', '.join(known) or 'none'}"
        )


def read_current(domain_folder: Path) -> CurrentVersions:
    """What `CURRENT` says; nothing is in service where there is no file."""
    file = domain_folder / CURRENT_FILE
    if not file.is_file():
        return CurrentVersions()
    try:
        return CurrentVersions.from_json(file.read_text(encoding="utf-8"))
    except (ValueError, TypeError, AttributeError) as error:
        raise WorkspaceError(
            f"{file} is damaged ({error}); delete it and run: {_fit_again(domain_folder)}"
        ) from None


def write_current(domain_folder: Path, current: CurrentVersions) -> None:
    """Replace `CURRENT`; the caller holds the lock of the folder."""
    replace_file(domain_folder / CURRENT_FILE, current.as_json().encode())
    serving = {"scorer": current.scorer, "adapter": current.adapter}
    _LOG.info("domain %s: in service: %s", domain_folder.name, serving)


def _fit_again(domain_folder: Path) -> str:
    workspace, domain = domain_folder.parent.parent, domain_folder.name
    return f"shelftalker fit {workspace} --domain {domain}. {_ONLY_HISTORY}"
