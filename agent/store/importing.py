"""`import_files`: add catalogue and interaction files to a domain of a workspace."""

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from shelftalker.data.catalog import Catalog
from shelftalker.data.duplicates import grouped
from shelftalker.data.files import (
    EventsRead,
    ItemsRead,
    KnownItems,
    ReadOptions,
    ReadSummary,
    check_map,
    read_events,
    read_items,
)
from shelftalker.data.files.addresses import Address, local_files
from shelftalker.data.files.item_rows import ALIASES
from shelftalker.data.files.refusals import MAX_SHARE, Refusal, refusals
from shelftalker.data.progress import Progress
from shelftalker.errors import DataError
from shelftalker.store.atomic import replace_file, replacing
from shelftalker.store.column_plan import FilePlan, plan_for, read_plans, write_plans
from shelftalker.store.graph import Triples
from shelftalker.store.workspace import Workspace, check_name


@dataclass(frozen=True, slots=True)
class ImportSummary:
    """Counts of an import. `rejects_file`: the rejected rows; `reads`: file → counts and notes;
    `refusals`: the rejected rows by reason; `duplicates`: items that look the same as another one;
    `triples`: of a graph, now known;
    `events_erased`: events left out, for their users were deleted; `too_many_refused`: whether a
    file lost more than a tenth of its rows."""

    domain: str
    items_added: int = 0
    items_updated: int = 0
    items_unchanged: int = 0
    events_added: int = 0
    events_known: int = 0
    triples: int = 0
    rejected: int = 0
    rejects_file: Path | None = None
    reads: dict[str, ReadSummary] = field(default_factory=dict)
    refusals: tuple[Refusal, ...] = ()
    duplicates: int = 0
    events_erased: int = 0
    too_many_refused: bool = False


def import_files(
    workspace: Workspace,
    domain: str,
    items: Sequence[Address] = (),
    events: Sequence[Address] = (),
    field_map: Mapping[str, str] | None = None,
    progress: Progress | None = None,
    *,
    options: ReadOptions | None = None,
    dry_run: bool = False,
    queries: Sequence[str] = (),
    graph: Sequence[Address] = (),
) -> ImportSummary:
    """Upsert items and append events; the domain is made if it does not exist.

    `items`, `events`: files, folders, addresses such as `s3://shop/feed.csv`, or databases, each
    with one of `queries`. `graph`: files of triples (item, relation, entity), which become
    attributes, of these items and of those of later imports. `field_map`: our field, or
    `items:FIELD`, `events:FIELD`, `graph:FIELD` for those files alone → their column. Importing a
    file twice changes nothing: an event is skipped if one with the same user, item, kind, value and
    time is stored. `dry_run`: nothing is written. Raises `DataError`, and writes nothing, if a file
    is unreadable.
    """
    check_name(domain)
    with TemporaryDirectory(prefix="shelftalker-import-") as folder:
        left = list(queries)
        first = local_files(items, left, Path(folder))
        second = local_files(events, left, Path(folder))
        third = local_files(graph, left, Path(folder))
        how = field_map, progress, options, dry_run
        return _import_local(workspace, domain, first, second, third, *how)


def _import_local(
    workspace: Workspace,
    domain: str,
    items: Sequence[Path],
    events: Sequence[Path],
    graph: Sequence[Path],
    field_map: Mapping[str, str] | None,
    progress: Progress | None,
    options: ReadOptions | None,
    dry_run: bool,
) -> ImportSummary:
    maps = _maps(field_map or {}, items=bool(items), events=bool(events), graph=bool(graph))
    options = replace(options or ReadOptions(), field_map=maps["items"])
    exists = domain in workspace.domains()
    plans = read_plans(workspace.domain_path(domain)) if exists else []
    read = {str(path): read_items(path, _planned(options, plans, path)) for path in items}
    imported = Catalog.of([])
    for result in read.values():
        imported = imported.upserted(result.catalog)
    stored = workspace.catalog(domain) if exists else Catalog.of([])
    aliases = _aliases(workspace, domain, exists, read)
    known = KnownItems([*stored.ids, *imported.ids], aliases, (stored, imported))
    settled = _planned(options, plans, events[-1]) if events else options
    settled = replace(settled, field_map=maps["events"])
    log = read_events(events, settled, known, progress) if events else None
    if (log or graph) and not len(known.ids):
        raise DataError(f"domain {domain!r} has no items yet; give --items with its events")
    titled = stored.upserted(imported)
    triples = Triples.read(workspace, domain, graph, known, titled, maps["graph"])
    changed = bool(read or graph)
    if dry_run:
        return _summary(domain, stored, triples.on(titled), read, log, triples)
    workspace.add_domain(domain)
    added = erased = 0
    with workspace.locked(domain):
        folder = workspace.domain_path(domain)
        old = workspace.catalog(domain)
        catalog, duplicates = grouped(old.upserted(imported)) if read else (old, 0)
        catalog = triples.on(catalog) if changed else catalog
        with workspace.replacing_catalog(domain, catalog) if changed else nullcontext():
            rejects = [*_rejects(read, log), *triples.rejects]
            file = _add_rejects(folder, rejects) if rejects else None
            if log:
                lawful = workspace.events.without_erased(workspace.events.merged(log.frame))
                fresh = _not_stored(lawful, workspace.events.frame(domain))
                added, erased = len(fresh), len(log.frame) - len(lawful)
                workspace.events.extend(domain, fresh, progress)
        with replacing(folder / ALIASES_FILE) as temporary:
            aliases.write_parquet(temporary)
        if graph:
            triples.store(folder)
        write_plans(folder, plans, _new_plans(options, plans, read, log, events))
    summary = _summary(domain, old, catalog, read, log, triples)
    return replace(
        summary,
        events_added=added,
        events_known=len(log.frame) - erased - added if log else 0,
        events_erased=erased,
        rejects_file=file,
        duplicates=duplicates,
    )


ALIASES_FILE = "aliases.parquet"


def _maps(given: Mapping[str, str], **files: bool) -> dict[str, dict[str, str]]:
    """What the items, the events and the graph have of a `field_map`; `files`: which are there."""
    maps: dict[str, dict[str, str]] = {what: {} for what in files}
    of_graph = ("relation", "entity") if files["graph"] else ()
    for name, column in sorted(given.items(), key=lambda pair: ":" in pair[0]):
        what, colon, field = name.rpartition(":")
        if colon and not files.get(what):
            there = " or ".join(f"{one}:{field}" for one, are in files.items() if are)
            raise DataError(f"--map {name}={column}: no such files are given; allowed: {there}")
        if field not in of_graph:
            events = what != "items" and (files["events"] or files["graph"])
            check_map({field: column}, items=what != "events" and files["items"], events=events)
        for one in [what] if colon else ["graph"] if field in of_graph else maps:
            maps[one][field] = column
    return maps


def _planned(options: ReadOptions, plans: list[FilePlan], path: Path) -> ReadOptions:
    """The options with what the plan of an earlier import of the file settles."""
    plan = plan_for(plans, path.name)
    if plan is None:
        return options
    return replace(
        options,
        dates=options.dates or plan.dates or None,
        decimal=options.decimal or plan.decimal or None,
        columns=plan.columns,
    )


def _new_plans(
    options: ReadOptions,
    plans: list[FilePlan],
    read: Mapping[str, ItemsRead],
    log: EventsRead | None,
    events: Sequence[Path],
) -> dict[str, FilePlan]:
    summaries = {Path(name).name: result.summary for name, result in read.items()}
    if log:
        summaries = {events[-1].name: log.summary} | summaries
    return {
        name: FilePlan(
            file=name,
            layout=one.layout,
            dates=(settled := _planned(options, plans, Path(name))).dates or "",
            decimal=settled.decimal or "",
            columns=one.columns,
        )
        for name, one in summaries.items()
    }


def _aliases(
    workspace: Workspace, domain: str, exists: bool, read: Mapping[str, ItemsRead]
) -> pl.DataFrame:
    """Other ids of the items, from earlier imports and from this one."""
    parts = [pl.DataFrame(schema=ALIASES), *(result.aliases for result in read.values())]
    if exists and (file := workspace.domain_path(domain) / ALIASES_FILE).is_file():
        parts.insert(0, pl.read_parquet(file))
    return pl.concat(parts).unique("alias", keep="last", maintain_order=True)


def _rejects(read: Mapping[str, ItemsRead], log: EventsRead | None) -> list[pl.DataFrame]:
    frames = [*(result.rejects for result in read.values()), *([log.rejects] if log else [])]
    return [frame for frame in frames if len(frame)]


def _summary(
    domain: str,
    old: Catalog,
    new: Catalog,
    read: Mapping[str, ItemsRead],
    log: EventsRead | None,
    triples: Triples,
) -> ImportSummary:
    reads = {name: result.summary for name, result in read.items()}
    reads |= {"events": log.summary} if log else {}
    reads |= triples.reads
    rejects = [*_rejects(read, log), *triples.rejects]
    added, updated = _changes(old, new)
    return ImportSummary(
        domain=domain,
        items_added=added,
        items_updated=updated,
        items_unchanged=len(old) - updated,
        events_added=len(log.frame) if log else 0,
        triples=len(triples.frame),
        rejected=sum(map(len, rejects)),
        reads=reads,
        refusals=tuple(refusals(pl.concat(rejects))) if rejects else (),
        too_many_refused=any(one.rejected > MAX_SHARE * one.rows_read for one in reads.values()),
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
