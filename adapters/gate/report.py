"""What the gate found on one version, and whether it may serve: `gate.json` beside its card."""

from pathlib import Path
from typing import Self

from pydantic import Field, ValidationError

from shelftalker.data.config_model import ConfigModel
from shelftalker.errors import AdapterError
from shelftalker.store.adapter_card import MeasuredMetric

GATE_FILE = "gate.json"
MOST_FLIPS = 0.05
"""Share of first picks that may change when the list is turned around."""


class Contest(ConfigModel):
    """The candidate less another, paired over the same users: NDCG@10."""

    against: str
    difference: MeasuredMetric

    @property
    def won(self) -> bool:
        """With 95% confidence."""
        return _above(self.difference)

    @property
    def lost(self) -> bool:
        """With 95% confidence."""
        return self.difference.high is not None and self.difference.high < 0

    def __str__(self) -> str:
        return f"{interval(self.difference, signed=True)} against {self.against}"


class Texts(ConfigModel):
    """What a system wrote: cards, the model's sentences, the share of them that passed the check,
    and the share of cards that composed sentences had to fill."""

    cards: int
    sentences: int
    passed: float
    composed: float


class GateReport(ConfigModel):
    """All that was measured. `since`: what candidate and serving version rest on is not newer.
    `ndcg`, `contests`: users are the units, each with the mean of its examples. `llm_weight`: in
    the candidate's pick; `same_pick`: whether that is the pick of what serves too. `popularity`:
    mean events of the first three picks. `texts_change`: the share of true sentences a card,
    candidate less what serves; None where the same adapter writes for both."""

    adapter: str
    serving: str | None
    since: float
    examples: int
    hits: int
    ndcg: dict[str, MeasuredMetric]
    contests: tuple[Contest, ...]
    llm_weight: float
    same_pick: bool = False
    flip_rate: float | None = None
    popularity: dict[str, float] = Field(default_factory=dict)
    texts: dict[str, Texts] = Field(default_factory=dict)
    texts_change: MeasuredMetric | None = None
    engine: str
    seconds: float
    created: str

    @property
    def reorders(self) -> bool:
        """Whether the candidate's LLM has a say in the order that it does not have yet."""
        return self.llm_weight > 0 and not self.same_pick

    @property
    def objections(self) -> list[str]:
        """Why it may not serve; empty where it may.

        One that reorders must order better and write no worse. One that keeps the scorer's order,
        or that of what serves, must write better, and that order be no worse.
        """
        change = self.texts_change
        if not self.reorders:
            found = [f"surely worse: {c}" for c in self.contests if c.lost]
            return found if _above(change) else [*found, self._no_better]
        found = [f"not surely better: {c}" for c in self.contests if not c.won]
        if self.flip_rate is not None and self.flip_rate > MOST_FLIPS:
            found.append(f"its first pick changes with the list's order in {self.flip_rate:.1%}")
        if change is not None and change.high is not None and change.high < 0:
            found.append(f"its sentences pass the check less often: {interval(change, True)}")
        return found

    @property
    def _no_better(self) -> str:
        said = "it picks as what serves does, and "
        if not self.llm_weight:
            said = "its weight in the pick is 0, so it changes no order, and "
        if self.texts_change is None:
            return said + "no texts were compared"
        change = interval(self.texts_change, signed=True)
        return f"{said}its sentences do not surely pass the check more often: {change} cards"

    @property
    def passed(self) -> bool:
        """Whether it may serve without force."""
        return not self.objections

    @property
    def sentence(self) -> str:
        """The verdict and the figures it rests on."""
        on = f"on {self.examples} examples newer than its data"
        if self.passed and not self.reorders and self.texts_change:
            change = interval(self.texts_change, signed=True)
            return f"{self.adapter} writes more true sentences, share a card: {change} cards"
        if self.passed:
            return f"{self.adapter} is better {on}: {'; '.join(map(str, self.contests))}"
        return f"{self.adapter} did not pass {on}: {'; '.join(self.objections)}"

    def write(self, folder: Path) -> None:
        """Keep it beside the version's card."""
        text = self.model_dump_json(indent=2)
        (folder / GATE_FILE).write_text(text + "\n", encoding="utf-8")

    @classmethod
    def read(cls, folder: Path) -> Self | None:
        """None where the version was never gated. Raises `AdapterError` for a damaged file."""
        file = folder / GATE_FILE
        if not file.is_file():
            return None
        try:
            return cls.model_validate_json(file.read_text(encoding="utf-8"))
        except (ValidationError, ValueError) as error:
            said = " ".join(str(error).split())
            raise AdapterError(f"{file} is damaged ({said}); delete it and gate again") from None


def _above(metric: MeasuredMetric | None) -> bool:
    """Above zero with 95% confidence."""
    return metric is not None and metric.low is not None and metric.low > 0


def interval(metric: MeasuredMetric, signed: bool = False) -> str:
    """Value, 95% interval and number of cases."""
    said = f"{metric.value:{'+' if signed else ''}.4f}"
    if metric.low is not None and metric.high is not None:
        said += f" [{metric.low:.4f}, {metric.high:.4f}]"
    return said + (f" on {metric.n}" if metric.n is not None else "")
