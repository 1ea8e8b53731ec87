"""The demo data, read from the real packages."""

import importlib.util
from pathlib import Path

import polars as pl
import pytest

from shelftalker.commands import demo_workspace as demo
from shelftalker.commands.demo_workspace import (
    build_demo,
    clean_title,
    demo_catalog,
    demo_events,
)
from shelftalker.data.catalog import Catalog
from shelftalker.errors import InputError
from shelftalker.store.workspace import Workspace

needs_data = pytest.mark.skipif(
    not all(importlib.util.find_spec(name) for name in ("recbole", "bokeh_sampledata")),
    reason="recbole or bokeh-sampledata is not installed",
)


@pytest.fixture(scope="module")
def films() -> tuple[Catalog, int]:
    return demo_catalog()


@needs_data
def test_catalogue_holds_every_movielens_film_and_most_have_facts(
    films: tuple[Catalog, int],
) -> None:
    catalog, joined = films
    assert len(catalog) == 1682
    assert joined == sum("director" in item.attributes for item in catalog) + sum(
        "director" not in item.attributes and "runtime" in item.attributes for item in catalog
    )
    assert joined >= 800
    twice = [item.group for item in catalog if item.title == "The Ice Storm"]
    assert len(twice) == 2
    assert len(set(twice)) == 1
    assert None not in twice


@needs_data
def test_film_carries_the_facts_of_the_film_of_its_year_not_of_a_namesake(
    films: tuple[Catalog, int],
) -> None:
    catalog, _ = films
    heat = next(item for item in catalog if item.title == "Heat")
    assert heat.attributes["year"] == 1995
    assert heat.attributes["director"] == ("Michael Mann",)
    assert "Robert De Niro" in str(heat.attributes["cast"])
    assert heat.attributes["runtime"] == 170
    assert heat.language == "English"


@needs_data
def test_film_is_not_given_the_facts_of_a_film_whose_title_lacks_its_article(
    films: tuple[Catalog, int],
) -> None:
    catalog, _ = films
    fear = next(item for item in catalog if item.title == "The Fear")
    assert set(fear.attributes) == {"genres", "year"}


@needs_data
def test_every_title_is_in_reading_order_and_the_nameless_film_is_not_on_offer(
    films: tuple[Catalog, int],
) -> None:
    catalog, _ = films
    assert not [item.title for item in catalog if item.title.endswith((", The", ", A", ", An"))]
    assert [item.id for item in catalog if not item.available] == ["267"]
    assert catalog["1412"].attributes["year"] == 1995


@needs_data
def test_events_are_the_hundred_thousand_ratings_in_time_order(
    films: tuple[Catalog, int],
) -> None:
    events = demo_events()
    assert events.columns == ["user", "item", "kind", "value", "time"]
    assert events["user"].n_unique() == 943
    assert len(events) == 100_000
    assert events["time"].is_sorted()
    assert set(events["value"]) == {1.0, 2.0, 3.0, 4.0, 5.0}
    catalog, _ = films
    assert set(events["item"]) == set(catalog.ids)


@needs_data
def test_build_demo_makes_a_workspace_of_films_and_ratings(tmp_path: Path) -> None:
    seen: list[str] = []
    films = build_demo(tmp_path / "demo", seen.append)
    assert films["all"] == 1682
    assert not build_demo(tmp_path / "demo", seen.append)  # a second run has nothing to do
    with Workspace.open(tmp_path / "demo") as workspace:
        assert workspace.domains() == ["movies"]
        assert len(workspace.catalog("movies")) == 1682
        assert len(workspace.events.of_user("movies", "196")) == 39
    assert f"1682 films, {films['joined with facts']} of them joined with facts" in seen
    assert "100000 ratings of 943 users" in seen


@needs_data
def test_a_run_that_was_killed_before_the_ratings_is_completed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(demo, "demo_events", _killed)
        with pytest.raises(KeyboardInterrupt):
            build_demo(tmp_path / "demo", print)
    with Workspace.open(tmp_path / "demo") as workspace:
        assert len(workspace.catalog("movies")) == 1682
        assert workspace.events.count("movies") == 0
    assert build_demo(tmp_path / "demo", print)
    assert not build_demo(tmp_path / "demo", print)


def _killed() -> pl.DataFrame:
    raise KeyboardInterrupt


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


def test_missing_package_names_the_install_line_and_leaves_nothing_behind(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(demo.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(InputError, match=r"pip install --no-deps recbole==1\.2\.1"):
        build_demo(tmp_path / "demo", print)
    assert not (tmp_path / "demo").exists()
