"""The versions in service, agreed on by machines that share a PostgreSQL database.

The database has what is in service; `CURRENT` in each machine's folder is its copy, which requests
read. `follow` brings the copy up to date; the service calls it every second.
"""

import logging
import time
from contextvars import ContextVar
from typing import TYPE_CHECKING, get_args

from shelftalker.store.versions import CurrentVersions, VersionKind, version_names, write_current

if TYPE_CHECKING:
    from shelftalker.store.workspace import Workspace

_LOG = logging.getLogger(__name__)
_PUBLISHED: ContextVar[float] = ContextVar("published", default=float("-inf"))
"""When this context (a thread or task, and what it starts) last put something into service. Loaded
domains are refreshed in the background; a request that published waits for the refresh."""


def put_in_service(workspace: "Workspace", domain: str, current: CurrentVersions) -> None:
    """Write `CURRENT`, and tell other machines. The caller holds the lock of the domain."""
    write_current(workspace.domain_path(domain), current)
    if workspace.is_shared:
        from shelftalker.data.tables import SERVING

        db = workspace.events.db
        row = {"domain": domain, "versions": current.as_json(), "changed": time.time()}
        said = db.insert(SERVING).values(row)
        db.change(said.on_conflict_do_update(index_elements=["domain"], set_=row))


def agreed(workspace: "Workspace", domain: str) -> CurrentVersions:
    """The versions in service, as all machines know them."""
    versions = None
    if workspace.is_shared:
        import sqlalchemy as sa

        from shelftalker.data.tables import SERVING

        query = sa.select(SERVING.c.versions).where(SERVING.c.domain == domain)
        versions = workspace.events.db.value(query)
    return CurrentVersions.from_json(versions) if versions else workspace.current(domain)


def follow(workspace: "Workspace") -> list[str]:
    """Put into service here what another machine has put into service. A version whose folder is
    not here yet waits for it. Returns the domains that changed."""
    changed: list[str] = []
    for domain in workspace.domains() if workspace.is_shared else ():
        if agreed(workspace, domain) == workspace.current(domain):
            continue
        with workspace.locked(domain):  # read again: a publish of this machine may be under way
            wanted = agreed(workspace, domain)
            if wanted == workspace.current(domain):
                continue
            folder = workspace.domain_path(domain)
            scorers, adapters = (version_names(folder, kind) for kind in get_args(VersionKind))
            if wanted.scorer in (None, *scorers) and wanted.adapter in (None, *adapters):
                write_current(folder, wanted)
                changed.append(domain)
            else:
                _LOG.warning("domain %s: %s is not in this folder yet", domain, wanted)
    return changed


def note_published() -> None:
    """Record that this context has published a scorer or a catalogue just now."""
    _PUBLISHED.set(time.monotonic())


def published_here() -> float:
    """`time.monotonic()` of the last publish in this context; minus infinity without one."""
    return _PUBLISHED.get()
