"""The gate's second opinion, on a log whose rewards are known.

Run: pytest tests/unit/adapters/test_second_opinion.py
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from shelftalker.adapters.gate.report import GateReport
from shelftalker.adapters.gate.second_opinion import NOTHING
from shelftalker.adapters.registry import AdapterVersions
from shelftalker.adapters.summary import gate_table
from shelftalker.data.events import Event
from shelftalker.data.impressions import Impression
from shelftalker.engine.base import Floats, Prompt
from shelftalker.errors import AdapterError
from shelftalker.learning.fit import fit
from shelftalker.recommender import Recommender
from shelftalker.store.workspace import Workspace
from tests.conftest import frame
from tests.unit.adapters import test_registry
from tests.unit.adapters.test_gate import QUICK, UNTIL, Oracle, version
from tests.unit.adapters.test_pick_data import shop_at

trained = test_registry.trained
LIKED = {f"i{n}" for n in range(0, 30, 2)}
"""What new visitors like."""
ALL = QUICK.model_copy(update={"examples": 600})


class Taste(Oracle):
    """Knows the next item of those with a history; for new visitors it has a taste of its own."""

    def __init__(self, *knowing: str, likes: set[str]) -> None:
        super().__init__(*knowing)
        self.likes = {f"Title {item[1:]}" for item in likes}

    async def likelihood(
        self, prefix: Prompt, continuations: Sequence[str], adapter: str | None = None
    ) -> Floats:
        whole = "\n".join(message["content"] for message in prefix)
        if "- Title" in whole or adapter not in self.knowing:
            return await super().likelihood(prefix, continuations, adapter)
        return np.array([0.0 if text.strip() in self.likes else -2.0 for text in continuations])


@pytest.fixture(scope="module")
def logged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A shop whose new visitors were shown one item each, drawn by its share of the shortlist."""
    path = tmp_path_factory.mktemp("logged") / "ws"
    shop_at(path).close()
    with Workspace.open(path) as shop:
        fit(shop, "shop")
        (shop.domain_path("shop") / "rules.toml").write_text("sample = true\nlog_shown = true\n")
        with Recommender(shop, engine="none") as recommender:
            shortlist = recommender.shortlist("nobody", n=shop.settings.shortlist_size)
            odds = np.exp([one.logit for one in shortlist])
            shares, random = odds / odds.sum(), np.random.default_rng(0)
            drawn = random.choice(len(shortlist), 600, p=shares)
            now = UNTIL + 90 * 86400
            shown = [
                Impression(now + n, "shop", f"new{n}", shortlist[at].item_id, 1,
                           float(shares[at]), float(shares[at]), "v1", None)
                for n, at in enumerate(drawn)
            ]  # fmt: skip
            shop.impressions.extend(shown)
            likes = [Event(one.user, one.item, "like", time=one.time + 9)
                     for one in shown if one.item in LIKED]  # fmt: skip
            shop.events.extend("shop", frame(likes))
    return path


def judged(path: Path, trained: Path, likes: set[str]) -> tuple[Workspace, str, GateReport]:
    shop = Workspace.open(path)
    name = version(shop, trained)
    engine = Taste(f"shop@{name}", likes=likes)
    return shop, name, AdapterVersions(shop, "shop").gate(name, ALL, engine=engine)


def test_a_clear_loss_by_what_was_shown_stops_promotion(logged: Path, trained: Path) -> None:
    others = {f"i{n}" for n in range(30)} - LIKED
    shop, name, report = judged(logged, trained, others)
    with shop:
        assert all(contest.won for contest in report.contests)  # by its own measure it passes
        assert report.off_policy is not None
        assert report.off_policy.n == ALL.examples
        assert report.off_policy.high is not None
        assert report.off_policy.high < 0
        assert not report.passed
        with pytest.raises(AdapterError, match="by what was shown it would earn less: -0"):
            AdapterVersions(shop, "shop").promote(name)


def test_a_gain_is_in_the_report_and_stops_nothing(logged: Path, trained: Path) -> None:
    shop, name, report = judged(logged, trained, LIKED)
    with shop:
        assert report.off_policy is not None
        assert report.off_policy.low is not None
        assert report.off_policy.low > 0
        assert report.passed
        assert GateReport.read(AdapterVersions(shop, "shop").folder(name)) == report
        assert gate_table(report)["gate rewards, by what was shown"].startswith("+0")


def test_without_a_log_the_gate_says_so_and_judges_as_before(tmp_path: Path, trained: Path) -> None:
    shop = shop_at(tmp_path / "ws")
    version(shop, trained)
    report = AdapterVersions(shop, "shop").gate("v1", QUICK, engine=Oracle("shop@v1"))
    assert (report.off_policy, report.no_off_policy) == (None, NOTHING)
    assert report.passed


def test_a_log_that_says_too_little_gives_no_verdict(logged: Path, trained: Path) -> None:
    with Workspace.open(logged) as shop:
        name = version(shop, trained)
        few = QUICK.model_copy(update={"examples": 60})
        report = AdapterVersions(shop, "shop").gate(
            name, few, engine=Taste(f"shop@{name}", likes=LIKED)
        )
    assert report.off_policy is None
    assert "effective sample size" in report.no_off_policy
