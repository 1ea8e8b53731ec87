"""The demo data, on the real packages. Run: pytest tests/test_demo.py"""

import importlib.util

import polars as pl
import pytest

from shelftalker import demo
from shelftalker.catalog import Catalog
from shelftalker.demo import clean_title, demo_catalog, demo_events, write_demo
from shelftalker.errors import InputError

needs_data = pytest.mark.skipif(
    not all(importlib.util.find_spec(name) for name in ("recbole", "bokeh_sampledata")),
    reason="recbole or bokeh-sampledata is not installed",
)


@needs_data
def test_catalogue_holds_every_movielens_film_and_most_have_facts() -> None:
    catalog, report = demo_catalog()
    assert len(catalog) == report.films == 1682
    assert report.joined == sum("director" in item.attributes for item in catalog) + sum(
        "director" not in item.attributes and "runtime" in item.attributes for item in catalog
    )
    assert report.joined >= 800
    assert report.near_year < report.exact / 2


@needs_data
def test_film_carries_the_facts_of_the_film_of_its_year_not_of_a_namesake() -> None:
    catalog, _ = demo_catalog()
    heat = next(item for item in catalog if item.title == "Heat")
    assert heat.attributes["year"] == 1995
    assert heat.attributes["director"] == ("Michael Mann",)
    assert "Robert De Niro" in str(heat.attributes["cast"])
    assert heat.attributes["runtime"] == 170
    assert heat.language == "English"


@needs_data
def test_film_is_not_given_the_facts_of_a_film_whose_title_lacks_its_article() -> None:
    catalog, _ = demo_catalog()
    fear = next(item for item in catalog if item.title == "The Fear")
    assert set(fear.attributes) == {"genres", "year"}


@needs_data
def test_every_title_is_in_reading_order_and_the_nameless_film_is_not_on_offer() -> None:
    catalog, _ = demo_catalog()
    assert not [item.title for item in catalog if item.title.endswith((", The", ", A", ", An"))]
    assert [item.id for item in catalog if not item.available] == ["267"]
    assert catalog["1412"].attributes["year"] == 1995


@needs_data
def test_events_are_the_hundred_thousand_ratings_in_time_order() -> None:
    events = demo_events()
    assert events.columns == ["user", "item", "kind", "value", "time"]
    assert events["user"].n_unique() == 943
    assert len(events) == 100_000
    assert events["time"].is_sorted()
    assert set(events["value"]) == {1.0, 2.0, 3.0, 4.0, 5.0}
    catalog, _ = demo_catalog()
    assert set(events["item"]) == set(catalog.ids)


@needs_data
def test_write_demo_fills_the_workspace() -> None:
    workspace = _Recorded()
    lines: list[str] = []
    write_demo(workspace, lines.append)
    assert workspace.domains == ["movies"]
    assert len(workspace.catalogs["movies"]) == 1682
    assert len(workspace.events.frames["movies"]) == 100_000
    assert "100000 ratings of 943 users" in lines


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("Matrix, The", "The Matrix"),
        ("Fish Called Wanda, A", "A Fish Called Wanda"),
        ("Cry, the Beloved Country", "Cry, the Beloved Country"),
        ("Misérables, Les", "Les Misérables"),
        ("Contempt (Mépris, Le)", "Contempt (Le Mépris)"),
        ("Seven (Se7en)", "Seven (Se7en)"),
    ],
)
def test_clean_title(raw: str, clean: str) -> None:
    assert clean_title(raw) == clean


def test_missing_package_names_the_install_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(InputError, match=r"pip install --no-deps recbole==1\.2\.1"):
        demo_events()


class _Log:
    def __init__(self) -> None:
        self.frames: dict[str, pl.DataFrame] = {}

    def extend(self, domain: str, frame: pl.DataFrame) -> None:
        self.frames[domain] = frame


class _Recorded:
    """A workspace that remembers what it was given."""

    def __init__(self) -> None:
        self.domains: list[str] = []
        self.catalogs: dict[str, Catalog] = {}
        self.events = _Log()

    def add_domain(self, name: str) -> None:
        self.domains.append(name)

    def write_catalog(self, domain: str, catalog: Catalog) -> None:
        self.catalogs[domain] = catalog
