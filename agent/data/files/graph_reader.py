"""`read_triples`: a knowledge graph in a file (item, relation, entity) as attributes of the items,
such as `sequel_of: Alien`.

So text vectors, filters and cards know it as they know a column of the catalogue.
"""

import json
from collections.abc import Mapping
from pathlib import Path

import polars as pl

from shelftalker.data.catalog import Catalog
from shelftalker.data.files.cleaning import EMPTY, clean, clean_ids
from shelftalker.data.files.columns import attribute_name, match_columns, require, vocabulary
from shelftalker.data.files.known_items import NEARLY_ALL, UNKNOWN, KnownItems
from shelftalker.data.files.table import ROW, RowsRead
from shelftalker.data.files.tables import read_table

TRIPLES = {"item": pl.String, "relation": pl.String, "entity": pl.String}
"""`relation` is the name of an attribute; `entity` a name, of an item its title."""


def read_triples(
    path: Path, known: KnownItems, titles: Mapping[str, str], field_map: Mapping[str, str]
) -> RowsRead:
    """The triples on items of the catalogue: columns as `TRIPLES`. `titles`: id → title of each
    item. Entities that are the catalogue's ids, nearly all of a relation's, are items; else a
    number is a code that says nothing, and its row is left out. Raises `DataError` for a file
    without the three columns."""
    table = read_table(path, field_map)
    names = vocabulary().graph_fields
    own = {field: column for field, column in field_map.items() if column in table.columns}
    matched = match_columns(table.columns, names, own, table.name)
    require(matched, list(TRIPLES), table.columns, table.name)
    item, entity, relation = pl.col("item"), pl.col("entity"), pl.col("relation")
    texts = table.frame.select(
        pl.col(ROW),
        known.by_id(clean_ids(table.frame[matched["item"]]), table.notes).alias("item"),
        pl.col(matched["relation"]).map_elements(attribute_name, pl.String).alias("relation"),
        pl.col(matched["entity"]).map_elements(clean, pl.String).alias("entity"),
    ).with_columns(pl.col("relation", "entity").fill_null(""))
    title = entity.replace_strict(titles, default=None, return_dtype=pl.String)
    linked = title.is_not_null().mean().over("relation") >= NEARLY_ALL
    table.frame = texts.with_columns(linked=linked, entity=pl.when(linked).then(title)
                                     .otherwise(entity).fill_null(""))  # fmt: skip
    table.refuse(~item.is_in(known.ids.implode()), "item", UNKNOWN)
    code = entity.str.contains(r"^[\W\d_]+$") & ~pl.col("linked")
    silent = entity.is_in(list(EMPTY)) | (relation == "") | code
    table.leave_out(silent, ": their entities are codes without a name", "triples")
    kept = table.frame.select(list(TRIPLES))
    columns = {column: field for field, column in matched.items()}
    return RowsRead(kept, table.rejects, table.summary(len(kept), columns))


def with_triples(catalog: Catalog, triples: pl.DataFrame) -> Catalog:
    """The catalogue whose items have the entities of each relation among its values."""
    added: dict[str, dict[str, list[str]]] = {}
    for item, relation, entity in triples.select("item", "relation", "entity").iter_rows():
        added.setdefault(item, {}).setdefault(relation, []).append(entity)
    rows = catalog.rows(list(added))
    if not rows:
        return catalog
    texts = catalog.frame["attributes"].to_list()
    for row in rows:
        attributes = json.loads(texts[row] or "{}")
        for relation, entities in added[catalog.ids[row]].items():
            before = attributes.get(relation, [])
            before = before if isinstance(before, list) else [before]
            attributes[relation] = list(dict.fromkeys([*before, *entities]))
        texts[row] = json.dumps(attributes, ensure_ascii=False)
    frame = catalog.frame.with_columns(attributes=pl.Series(texts, dtype=pl.String))
    return Catalog(frame, catalog.called)
