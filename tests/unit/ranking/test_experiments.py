"""Experiments: who is in which arm, and what an arm changes.

Run: pytest tests/unit/ranking/test_experiments.py
"""

import json
import math
from collections import Counter
from pathlib import Path

import pytest
from typer.testing import CliRunner

from shelftalker import Recommender
from shelftalker.cli import app
from shelftalker.errors import WorkspaceError
from shelftalker.eval.metrics.off_policy import ESTIMATORS
from shelftalker.learning.fit import fit
from shelftalker.ranking.experiments import Arm, Experiment, read_experiment
from shelftalker.store.workspace import Workspace

TEXT = """
name = "exploring"
[arms.control]
share = 0.25
[arms.exploring]
share = 0.75
rules = { explore = 1.0 }
"""


def test_visitors_are_dealt_by_share_and_for_ever() -> None:
    experiment = Experiment(name="e", arms={"a": Arm(share=0.25), "b": Arm(share=0.75)})
    dealt = [experiment.arm_of(f"u{n}") for n in range(20_000)]
    assert dealt == [experiment.arm_of(f"u{n}") for n in range(20_000)]
    assert abs(Counter(dealt)["a"] / 20_000 - 0.25) < 0.01  # three standard errors
    other = experiment.model_copy(update={"name": "f"})
    both = Counter((one, other.arm_of(f"u{n}")) for n, one in enumerate(dealt))
    assert abs(both["a", "a"] / 20_000 - 0.0625) < 0.006  # independent of the first


def test_what_is_wrong_is_named(tmp_path: Path) -> None:
    file = tmp_path / "experiment.toml"
    assert read_experiment(tmp_path) is None
    for text, named in (
        (TEXT.replace("0.25", "0.5"), "add up to 1.25"),
        (TEXT.replace("explore =", "explores ="), "explores"),
        ("name = ", "not valid TOML"),
    ):
        file.write_text(text)
        with pytest.raises(WorkspaceError, match=named):
            read_experiment(tmp_path)


def test_an_arm_serves_its_visitors_and_is_logged(place: Path) -> None:
    (place / "domains" / "films" / "experiment.toml").write_text(TEXT)
    with Recommender.open(place, engine="none") as recommender:
        for n in range(40):
            recommender.generate(f"new{n}")
        shown = recommender.workspace.impressions.frame("films")
        experiment = read_experiment(place / "domains" / "films")
        assert experiment is not None
        assert set(shown["experiment"]) == {"exploring"}
        for row in shown.iter_rows(named=True):
            assert row["arm"] == experiment.arm_of(row["user"])
        sure = shown.filter(shown["arm"] == "control")["propensity"]
        drawn = shown.filter(shown["arm"] == "exploring")["propensity"]
        assert (sure == 1).all()
        assert (drawn < 1).any()
        liked = shown.row(0, named=True)
        recommender.feedback(liked["user"], liked["item"], "like")
    printed = CliRunner().invoke(app, ["experiment", str(place), "status", "--json"])
    found = json.loads(printed.stdout)
    assert found["experiment"] == "exploring"
    arms = found["arms"]
    assert sum(arm["visitors"] for arm in arms.values()) == 40
    assert arms[liked["arm"]]["reward"]["mean"] == pytest.approx(1 / arms[liked["arm"]]["visitors"])
    assert arms["exploring"]["against"] == "control"


def test_a_version_is_valued_from_what_was_shown(place: Path) -> None:
    """Visitors like three of the films, so the truth is the version's share of these; and of two
    places, it is that of the places drawn one after the other."""
    liked = ("f1", "f2", "f3")
    (place / "domains" / "films" / "rules.toml").write_text("sample = true\nlog_shown = true\n")
    with Recommender.open(place, engine="none") as recommender:
        for n in range(400):
            for card in recommender.generate(f"new{n}", k=2).cards:
                if card.item.id in liked:
                    recommender.feedback(f"new{n}", card.item.id, "like")
        recommender.generate("new0", "a thriller")  # no other version can answer this again
        first = recommender.shortlist("nobody", n=20)
    odds = {one.item_id: math.exp(one.logit) for one in first}
    total = sum(odds.values())
    truth = sum(odds.get(item, 0) for item in liked) / total
    second = sum(
        own / total * sum(odds.get(item, 0) for item in liked if item != above) / (total - own)
        for above, own in odds.items()
    )
    printed = CliRunner().invoke(app, ["experiment", str(place), "off-policy", "--json"])
    found = json.loads(printed.stdout)
    assert found["rows"] == 400
    for name in ESTIMATORS:
        width = found[name]["high"] - found[name]["low"]
        assert width < (0.3 if name == "cascade" else 0.2)
        expected = truth + second if name == "cascade" else truth
        # four standard errors, of which an exact model of the rewards leaves hardly any
        assert abs(found[name]["mean"] - expected) < max(width, 0.02)
        assert found[name]["effective"] > 100
    assert abs(found["more_than_what_was_shown"]["mean"]) < 0.02  # it is what was shown
    with Workspace.open(place) as workspace:
        fit(workspace, "films")  # on what they liked
    printed = CliRunner().invoke(app, ["experiment", str(place), "off-policy", "--json"])
    newer = json.loads(printed.stdout)
    assert newer["scorer"] == "v2"
    assert newer["more_than_what_was_shown"]["low"] > 0
    asked = ["experiment", str(place), "off-policy", "--scorer", "v1", "--json"]
    assert json.loads(CliRunner().invoke(app, asked).stdout) == found  # though v2 serves


def test_an_unknown_version_is_named(place: Path) -> None:
    asked = ["experiment", str(place), "off-policy", "--scorer", "v7"]
    assert "no scorer version 'v7'" in str(CliRunner().invoke(app, asked).exception)
