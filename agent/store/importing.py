"""`import_files`: add catalogue and interaction files to a domain of a workspace."""

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from shelftalker.data.catalog import Catalog
from shelftalker.data.duplicates import grouped
from shelftalker.data.files import ItemsRead, KnownItems, ReadOptions, read_events, read_items
from shelftalker.data.files.addresses import Address, local_files
from shelftalker.data.files.columns import check_map
from shelftalker.data.files.graph_reader import TRIPLES, read_triples, with_triples
from shelftalker.data.files.refusals import MAX_SHARE, Refusal, refusals
from shelftalker.data.files.table import ALIASES, ReadSummary, RowsRead
from shelftalker.data.progress import Progress
from shelftalker.errors import DataError
from shelftalker.store.atomic import replace_file, replacing
from shelftalker.store.column_plan import FilePlan, read_plans, write_plans
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
    with TemporaryDirectory(prefix="shelftalker-import-") as copies:
        left = list(queries)
        files = [local_files(some, left, Path(copies)) for some in (items, events, graph)]
        reading = _read(workspace, domain, files, field_map or {}, options, progress)
    log, old = reading.rows.get("events"), reading.stored
    if dry_run:
        catalog = with_triples(old.upserted(reading.imported), reading.triples)
        return _summary(domain, reading, old, catalog, len(log.frame) if log else 0)
    folder = workspace.add_domain(domain)
    duplicates = added = erased = 0
    with workspace.locked(domain):
        old = catalog = workspace.catalog(domain)
        if reading.items:
            catalog, duplicates = grouped(old.upserted(reading.imported))
        changed = bool(reading.items or graph)
        catalog = with_triples(catalog, reading.triples) if changed else catalog
        with workspace.replacing_catalog(domain, catalog) if changed else nullcontext():
            file = _add_rejects(folder, reading.rejects) if reading.rejects else None
            if log:
                lawful = workspace.events.without_erased(workspace.events.merged(log.frame))
                stored, by = workspace.events.frame(domain), lawful.columns
                fresh = lawful.join(stored, by, "anti", nulls_equal=True, maintain_order="left")
                added, erased = len(fresh), len(log.frame) - len(lawful)
                workspace.events.extend(domain, fresh, progress)
        with replacing(folder / ALIASES_FILE) as temporary:
            reading.aliases.write_parquet(temporary)
        if graph:
            with replacing(folder / GRAPH_FILE) as temporary:
                reading.triples.write_parquet(temporary)
        write_plans(folder, reading.plans)
    return replace(
        _summary(domain, reading, old, catalog, added),
        events_known=len(log.frame) - erased - added if log else 0,
        events_erased=erased,
        rejects_file=file,
        duplicates=duplicates,
    )


ALIASES_FILE, GRAPH_FILE = "aliases.parquet", "graph.parquet"


@dataclass(frozen=True)
class _Reading:
    """What the files of an import hold. `items`, `rows`: by file, all logs being `events`;
    `triples`, `aliases`: with those of earlier imports; `stored`: the catalogue before; `plans`:
    how the columns of all files so far are read."""

    items: dict[str, ItemsRead]
    rows: dict[str, RowsRead]
    triples: pl.DataFrame
    stored: Catalog
    imported: Catalog
    aliases: pl.DataFrame
    plans: dict[str, FilePlan]

    @property
    def rejects(self) -> list[pl.DataFrame]:
        frames = [one.rejects for one in self.items.values()]
        frames += [one.rejects for one in self.rows.values()]
        return [frame for frame in frames if len(frame)]


def _read(
    workspace: Workspace,
    domain: str,
    files: Sequence[Sequence[Path]],
    field_map: Mapping[str, str],
    options: ReadOptions | None,
    progress: Progress | None,
) -> _Reading:
    """Read `files`: of items, of events, of the graph."""
    items, events, graph = files
    maps = _maps(field_map, items=bool(items), events=bool(events), graph=bool(graph))
    options = replace(options or ReadOptions(), field_map=maps["items"])
    folder = workspace.domain_path(domain) if domain in workspace.domains() else None
    plans = read_plans(folder) if folder else {}
    read = {str(path): read_items(path, _planned(options, plans, path)) for path in items}
    imported = Catalog.of([])
    for result in read.values():
        imported = imported.upserted(result.catalog)
    stored = workspace.catalog(domain) if folder else Catalog.of([])
    others = [pl.DataFrame(schema=ALIASES), *(result.aliases for result in read.values())]
    if folder and (folder / ALIASES_FILE).is_file():
        others.insert(0, pl.read_parquet(folder / ALIASES_FILE))
    aliases = pl.concat(others).unique("alias", keep="last", maintain_order=True)
    known = KnownItems([*stored.ids, *imported.ids], aliases, (stored, imported))
    settled = _planned(options, plans, events[-1]) if events else options
    settled = replace(settled, field_map=maps["events"])
    log = read_events(events, known, settled, progress) if events else None
    if (log or graph) and not len(known.ids):
        raise DataError(f"domain {domain!r} has no items yet; give --items with its events")
    titled = stored.upserted(imported)
    titles = dict(zip(titled.ids, titled.frame["title"], strict=True))
    graphs = {str(file): read_triples(file, known, titles, maps["graph"]) for file in graph}
    parts = [pl.DataFrame(schema=TRIPLES), *(one.frame for one in graphs.values())]
    if folder and (folder / GRAPH_FILE).is_file():
        parts.insert(0, pl.read_parquet(folder / GRAPH_FILE))
    triples = pl.concat(parts).unique(maintain_order=True)
    summaries = {Path(name).name: result.summary for name, result in read.items()}
    if log:
        summaries = {events[-1].name: log.summary} | summaries
    for name, one in summaries.items():
        how = _planned(options, plans, Path(name))
        plans[name] = FilePlan(
            file=name, layout=one.layout, dates=how.dates, decimal=how.decimal, columns=one.columns
        )
    rows = {**({"events": log} if log else {}), **graphs}
    return _Reading(read, rows, triples, stored, imported, aliases, plans)


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
            check_map(field, column, items=what != "events" and files["items"], events=events)
        for one in [what] if colon else ["graph"] if field in of_graph else maps:
            maps[one][field] = column
    return maps


def _planned(options: ReadOptions, plans: Mapping[str, FilePlan], path: Path) -> ReadOptions:
    """The options with what the plan of an earlier import of the file settles."""
    plan = plans.get(path.name)
    if plan is None:
        return options
    dates, decimal = options.dates or plan.dates, options.decimal or plan.decimal
    return replace(options, dates=dates, decimal=decimal, columns=plan.columns)


def _summary(
    domain: str, reading: _Reading, old: Catalog, new: Catalog, events_added: int
) -> ImportSummary:
    reads = {name: one.summary for name, one in (reading.items | reading.rows).items()}
    rejects = reading.rejects
    kept = new.frame[: len(old)]
    same = [pl.col(name).eq_missing(pl.lit(kept[name])) for name in old.frame.columns]
    unchanged = int(old.frame.select(pl.all_horizontal(same).sum()).item())
    return ImportSummary(
        domain=domain,
        items_added=len(new) - len(old),
        items_updated=len(old) - unchanged,
        items_unchanged=unchanged,
        events_added=events_added,
        triples=len(reading.triples),
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
