"""`Triples`: the knowledge graph of a domain, kept as `graph.parquet` in its folder."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from shelftalker.data.catalog import Catalog
from shelftalker.data.files import TRIPLES, KnownItems, ReadSummary, read_triples, with_triples
from shelftalker.store.atomic import replacing
from shelftalker.store.workspace import Workspace

GRAPH_FILE = "graph.parquet"


@dataclass(frozen=True)
class Triples:
    """The graph of a domain, with what this import adds to it. `reads`: file → counts."""

    frame: pl.DataFrame
    rejects: list[pl.DataFrame]
    reads: dict[str, ReadSummary]

    @classmethod
    def read(
        cls,
        workspace: Workspace,
        domain: str,
        files: Sequence[Path],
        known: KnownItems,
        catalog: Catalog,
        field_map: Mapping[str, str],
    ) -> "Triples":
        """The triples of earlier imports and of `files`, on items of `catalog`."""
        titles = dict(zip(catalog.ids, catalog.frame["title"].to_list(), strict=True))
        read = {str(file): read_triples(file, known, titles, field_map) for file in files}
        parts = [pl.DataFrame(schema=TRIPLES), *(frame for frame, _, _ in read.values())]
        if domain in workspace.domains():
            stored = workspace.domain_path(domain) / GRAPH_FILE
            parts[1:1] = [pl.read_parquet(stored)] if stored.is_file() else []
        return cls(
            pl.concat(parts).unique(maintain_order=True),
            [rejects for _, rejects, _ in read.values() if len(rejects)],
            {name: summary for name, (_, _, summary) in read.items()},
        )

    def on(self, catalog: Catalog) -> Catalog:
        """The catalogue with the triples as attributes."""
        return with_triples(catalog, self.frame)

    def store(self, folder: Path) -> None:
        """Keep them in the domain's folder."""
        with replacing(folder / GRAPH_FILE) as temporary:
            self.frame.write_parquet(temporary)
