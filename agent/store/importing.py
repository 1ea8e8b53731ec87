"""`import_files`: add catalogue and interaction files to a domain of a workspace."""

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from shelftalker.data.catalog import Catalog
from shelftalker.data.files import ReadSummary, check_map, read_events, read_items
from shelftalker.data.progress import Progress
from shelftalker.errors import DataError
from shelftalker.store.atomic import replace_file
from shelftalker.store.workspace import Workspace, check_name


@dataclass(frozen=True, slots=True)
class ImportSummary:
    """Counts of an import. `rejects_file`: the rejected rows; `reads`: file → counts and notes."""

    domain: str
    items_added: int = 0
    items_updated: int = 0
    items_unchanged: int = 0
    events_added: int = 0
    events_known: int = 0
    rejected: int = 0
    rejects_file: Path | None = None
    reads: dict[str, ReadSummary] = field(default_factory=dict)


def import_files(
    workspace: Workspace,
    domain: str,
    items: Sequence[Path] = (),
    events: Sequence[Path] = (),
    field_map: Mapping[str, str] | None = None,
    progress: Progress | None = None,
) -> ImportSummary:
    """Upsert items and append events; the domain is made if it does not exist.

    Importing a file twice changes nothing: an event is skipped if one with the same user, item,
    kind, value and time is stored. Raises `DataError`, and writes nothing, if a file is unreadable.
    """
    check_name(domain)
    check_map(field_map or {}, items=bool(items), events=bool(events))
    read = {str(path): read_items(path, field_map) for path in items}
    imported = Catalog.of([])
    for result in read.values():
        imported = imported.upserted(result.catalog)
    stored = workspace.catalog(domain) if domain in workspace.domains() else Catalog.of([])
    ids = [*stored.ids, *imported.ids]
    log = read_events(events, field_map, ids, progress) if events else None
    if log and not ids:
        raise DataError(f"domain {domain!r} has no items yet; give --items with its events")
    rejects = [result.rejects for result in read.values()] + ([log.rejects] if log else [])
    rejected = sum(map(len, rejects))
    known = 0
    workspace.add_domain(domain)
    with workspace.locked(domain):
        old = workspace.catalog(domain)
        catalog = old.upserted(imported) if read else old
        with workspace.replacing_catalog(domain, catalog) if read else nullcontext():
            file = _add_rejects(workspace.domain_path(domain), rejects) if rejected else None
            if log:
                fresh = _not_stored(log.frame, workspace.events.frame(domain))
                known = len(log.frame) - len(fresh)
                workspace.events.extend(domain, fresh, progress)
    reads = {name: result.summary for name, result in read.items()}
    added, updated = _changes(old, catalog)
    return ImportSummary(
        domain=domain,
        items_added=added,
        items_updated=updated,
        items_unchanged=len(old) - updated,
        events_added=len(log.frame) - known if log else 0,
        events_known=known,
        rejected=rejected,
        rejects_file=file,
        reads=reads | ({"events": log.summary} if log else {}),
    )


def _add_rejects(folder: Path, rejects: Sequence[pl.DataFrame]) -> Path:
    """Add rejected rows to `rejects.jsonl`, each once."""
    file = folder / "rejects.jsonl"
    old = file.read_bytes().splitlines() if file.is_file() else []
    new = pl.concat(rejects).write_ndjson().encode().splitlines()
    lines = list(dict.fromkeys([*old, *new]))
    if len(lines) > len(old):
        replace_file(file, b"\n".join(lines) + b"\n")
    return file


def _not_stored(events: pl.DataFrame, stored: pl.DataFrame) -> pl.DataFrame:
    """The events that are not stored yet, in their order."""
    if stored.is_empty():
        return events
    return events.join(
        stored, on=events.columns, how="anti", nulls_equal=True, maintain_order="left"
    )


def _changes(old: Catalog, new: Catalog) -> tuple[int, int]:
    """Number of items that `new` adds to `old`, and of items of `old` that it changes."""
    kept = new.frame[: len(old)]
    same = old.frame.select(
        pl.all_horizontal(
            pl.col(name).eq_missing(pl.lit(kept[name])) for name in old.frame.columns
        ).sum()
    ).item()
    return len(new) - len(old), len(old) - int(same)
