"""What the arms of an experiment change: two visitors in two arms get what their arm says.

Run: pytest tests/unit/serving/test_arms.py
"""

import logging
import time
from pathlib import Path
from typing import Any

import pytest

from shelftalker import Recommender
from shelftalker.adapters.registry import AdapterVersions
from shelftalker.data.events import Event
from shelftalker.learning.fit import fit
from shelftalker.ranking.experiments import read_experiment
from shelftalker.store.workspace import Workspace
from shelftalker.types import Answer
from shelftalker.writing.hooks import Hook, HookStore, content_hash
from tests.conftest import frame
from tests.support.fakes import FakeEngine
from tests.unit.adapters.test_registry import trained  # noqa: F401  fixture

TRUE = "It is a film from Norway."


def experiment(place: Path, changed: str) -> None:
    """Half of the visitors get what the other half does not."""
    (place / "domains" / "films" / "experiment.toml").write_text(
        f'name = "e"\n[arms.control]\nshare = 0.5\n[arms.changed]\nshare = 0.5\n{changed}\n'
    )


def visitor(place: Path, arm: str, number: int = 0) -> str:
    """A new visitor in an arm."""
    own = read_experiment(place / "domains" / "films")
    assert own is not None
    return [user for n in range(99) if own.arm_of(user := f"new{n}") == arm][number]


def both(recommender: Recommender, **options: Any) -> tuple[Answer, Answer]:
    """The answers to a visitor of each arm, whose impressions name the arm."""
    place = recommender.workspace.path
    users = visitor(place, "control"), visitor(place, "changed")
    control, changed = (recommender.generate(user, **options) for user in users)
    shown = recommender.workspace.impressions.frame("films")
    arms = dict(shown.select("user", "arm").iter_rows())
    assert arms == dict(zip(users, ("control", "changed"), strict=True))
    assert all(0 < one <= 1 for one in shown["propensity"])
    return control, changed


def test_an_arm_has_its_scorer(place: Path) -> None:
    with Workspace.open(place) as workspace:
        workspace.events.extend(
            "films", frame([Event(f"x{n}", "f1", "like", time=2e6) for n in range(50)])
        )
        fit(workspace, "films")
        workspace.set_current("films", scorer="v1")
    experiment(place, 'scorer = "v2"')
    with Recommender.open(place, engine="none") as recommender:
        control, changed = both(recommender)
        assert (control.scorer, changed.scorer) == ("v1", "v2")
        logged = recommender.workspace.impressions.frame("films")
        assert dict(logged.select("arm", "scorer").iter_rows()) == {
            "control": "v1", "changed": "v2",
        }  # fmt: skip
        own = recommender.shortlist(changed.user)
        assert own == list(changed.shortlist)[: len(own)]
    with Recommender.open(place, engine="none") as recommender:
        recommender.workspace.set_current("films", scorer="v2")
        (place / "domains" / "films" / "experiment.toml").unlink()
        assert recommender.shortlist(changed.user) == own
        assert recommender.shortlist(control.user) != list(control.shortlist)


def test_an_experiment_begins_when_its_scorer_is_loaded_and_wrong_ones_are_named(
    place: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with Workspace.open(place) as workspace:
        fit(workspace, "films")
        workspace.set_current("films", scorer="v1")
    with Recommender.open(place, engine="none") as recommender:
        recommender.shortlist("new1")
        experiment(place, 'scorer = "v9"')
        with caplog.at_level(logging.ERROR):
            assert recommender.domain().experiment is None
        assert "has no scorer version 'v9'" in caplog.text
        experiment(place, 'scorer = "v2"')
        end = time.monotonic() + 30
        while recommender.domain().experiment is None and time.monotonic() < end:
            scorer = recommender.generate("new1").scorer  # nobody waits
            assert scorer == "v1" or recommender.domain().experiment is not None
            time.sleep(0.05)
        assert both(recommender)[1].scorer == "v2"


def test_an_arm_has_its_adapter_which_stays_loaded(place: Path, trained: Path) -> None:  # noqa: F811
    with Workspace.open(place) as workspace:
        for _ in range(2):
            AdapterVersions(workspace, "films").add(trained)
        AdapterVersions(workspace, "films").promote("v1", force=True)
    experiment(place, 'adapter = "v2"')
    engine = FakeEngine([TRUE])
    with Recommender.open(place, engine=engine) as recommender:
        control, changed = both(recommender)
        assert (control.adapter, changed.adapter) == ("films@v1", "films@v2")
        assert engine.adapters == {"films@v1", "films@v2"}  # not loaded anew for each request
        logged = recommender.workspace.impressions.frame("films")
        assert set(logged.select("arm", "adapter").iter_rows()) == {
            ("control", "films@v1"), ("changed", "films@v2"),
        }  # fmt: skip
        experiment(place, 'adapter = ""')
        assert both_adapters(recommender) == ("films@v1", None)
        assert engine.adapters == {"films@v1"}


def both_adapters(recommender: Recommender) -> tuple[str | None, ...]:
    place = recommender.workspace.path
    users = visitor(place, "control"), visitor(place, "changed")
    control, changed = (recommender.generate(user).adapter for user in users)
    return control, changed


def test_an_arm_has_its_writer(place: Path) -> None:
    experiment(place, 'writer = "composed"')
    engine = FakeEngine([TRUE])
    with Recommender.open(place, engine=engine) as recommender:
        control, changed = both(recommender, message="a film from Norway")
        asked = engine.calls.count("stream")
        assert asked >= len(control.cards)  # by the control alone: the next line asks no more
        again = recommender.generate(visitor(place, "changed", 1), "a film from Norway")
        assert engine.calls.count("stream") == asked
    for answer in (changed, again):
        assert {card.source for card in answer.cards} == {"template"}
        assert all(card.description for card in answer.cards)


def test_an_arm_has_hooks_or_none(place: Path) -> None:
    with Workspace.open(place) as workspace:
        HookStore(place / "domains" / "films" / "hooks").add(
            Hook(item.id, content_hash(item), f"A dark evening with {item.title}.")
            for item in workspace.catalog("films")
        )
    experiment(place, "hooks = false")
    with Recommender.open(place, engine="none") as recommender:
        control, changed = both(recommender, language="en")
    assert {card.source for card in control.cards} == {"prepared"}
    assert {card.source for card in changed.cards} == {"template"}
    assert not any("dark evening" in card.description for card in changed.cards)


def test_an_arm_has_its_rules_and_explores(place: Path) -> None:
    (place / "domains" / "films" / "rules.toml").write_text("explore = 0.5\n")
    block = '[[arms.changed.rules.block]]\nfield = "genres"\nvalue = "Thriller"'
    experiment(place, f"[arms.changed.rules]\nexplore = 0.0\n{block}")
    with Recommender.open(place, engine="none") as recommender:
        control, changed = both(recommender, k=11)
        assert "Thriller" in {card.item.attributes["genres"][0] for card in control.cards}
        assert "Thriller" not in {card.item.attributes["genres"][0] for card in changed.cards}
        logged = recommender.workspace.impressions.frame("films")
        assert max(logged.filter(logged["arm"] == "control")["propensity"][:-1]) < 1
        assert set(logged.filter(logged["arm"] == "changed")["propensity"]) == {1.0}
        experiment(place, "rules = { caps = { colour = 1 } }")
        assert recommender.domain().arm is None
