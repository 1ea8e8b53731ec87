"""The gate report of an adapter version: measurements, verdict and reasons, in `gate.json`."""

from pathlib import Path
from typing import Self

from pydantic import Field, ValidationError

from shelftalker.data.config_model import ConfigModel
from shelftalker.errors import AdapterError
from shelftalker.store.adapter_card import MeasuredMetric
from shelftalker.store.atomic import replace_file

GATE_FILE = "gate.json"
MAX_FLIP_RATE = 0.05
"""Share of first picks that may change when the order of the list is reversed."""


class PairedComparison(ConfigModel):
    """The candidate's NDCG@10 less that of another system, paired over the same users."""

    against: str
    difference: MeasuredMetric

    @property
    def won(self) -> bool:
        """Significantly better, at the 95% level."""
        return _above(self.difference)

    @property
    def lost(self) -> bool:
        """Significantly worse, at the 95% level."""
        return _below(self.difference)

    def __str__(self) -> str:
        return f"{interval_text(self.difference, signed=True)} against {self.against}"


class TextQuality(ConfigModel):
    """The texts of one system: number of cards, number of sentences by the LLM, the share of them
    that passed the check, and the share of cards that needed composed sentences."""

    cards: int
    sentences: int
    passed: float
    composed: float


class GateReport(ConfigModel):
    """A candidate compared with the version in service (`serving`) and with the scorer alone.

    `since`: Unix time; no data of either adapter is newer, all examples are. `ndcg`, `contests`:
    means over users, each user the mean of its examples. `llm_weight`: of the candidate's pick;
    `pick_seconds`: median of what asking its LLM for one pick takes, None where it is not asked;
    `same_pick`: the version in service picks the same way. `flip_rate`: share of first picks that
    change when the list is reversed. `popularity`: mean number of events of the first three picks.
    `texts_change`: share of true sentences per card, candidate less the version in service; None
    where the same adapter writes for both. `off_policy`: reward of an answer's first place by the
    log of what was shown, candidate less the version in service; None where both pick alike, or
    for the reason `no_off_policy`."""

    adapter: str
    serving: str | None
    since: float
    examples: int
    hits: int
    ndcg: dict[str, MeasuredMetric]
    contests: tuple[PairedComparison, ...]
    llm_weight: float
    pick_seconds: float | None = None
    same_pick: bool = False
    flip_rate: float | None = None
    popularity: dict[str, float] = Field(default_factory=dict)
    texts: dict[str, TextQuality] = Field(default_factory=dict)
    texts_change: MeasuredMetric | None = None
    off_policy: MeasuredMetric | None = None
    no_off_policy: str = ""
    engine: str
    seconds: float
    created: str

    @property
    def reorders(self) -> bool:
        """Whether the candidate's LLM changes the order, in another way than the one in service."""
        return self.llm_weight > 0 and not self.same_pick

    @property
    def objections(self) -> list[str]:
        """Why it may not be promoted; empty where it may.

        A candidate that reorders must rank significantly better and write no worse. One that does
        not must write significantly better and rank no worse. What was shown may speak against
        either.
        """
        change = self.texts_change
        earned = []
        if self.off_policy is not None and _below(self.off_policy):
            text = interval_text(self.off_policy, signed=True)
            earned = [f"by what was shown it would earn less: {text} answers"]
        if not self.reorders:
            reasons = [f"surely worse: {c}" for c in self.contests if c.lost] + earned
            return reasons if _above(change) else [*reasons, self._no_better]
        reasons = [*earned, *(f"not surely better: {c}" for c in self.contests if not c.won)]
        if self.flip_rate is not None and self.flip_rate > MAX_FLIP_RATE:
            reasons.append(f"its first pick changes with the list's order in {self.flip_rate:.1%}")
        if change is not None and _below(change):
            reasons.append(
                f"its sentences pass the check less often: {interval_text(change, True)}"
            )
        return reasons

    @property
    def _no_better(self) -> str:
        text = "it picks as what serves does, and "
        if not self.llm_weight:
            text = "its weight in the pick is 0, so it changes no order, and "
        if self.texts_change is None:
            return text + "no texts were compared"
        change = interval_text(self.texts_change, signed=True)
        return f"{text}its sentences do not surely pass the check more often: {change} cards"

    @property
    def passed(self) -> bool:
        """Whether it may be promoted without force."""
        return not self.objections

    @property
    def sentence(self) -> str:
        """The verdict and the figures it rests on."""
        on = f"on {self.examples} examples newer than its data"
        if self.passed and not self.reorders and self.texts_change:
            change = interval_text(self.texts_change, signed=True)
            return f"{self.adapter} writes more true sentences, share a card: {change} cards"
        if self.passed:
            return f"{self.adapter} is better {on}: {'; '.join(map(str, self.contests))}"
        return f"{self.adapter} did not pass {on}: {'; '.join(self.objections)}"

    @property
    def pick_sentence(self) -> str:
        """What the pick by the LLM earns a visitor, and what it costs a request."""
        if not self.llm_weight:
            return "the LLM has no part in the pick: it earns nothing and costs nothing"
        gain = self.contests[0].difference  # from the scorer's order
        sure = "" if _above(gain) else ", which is no sure gain,"
        cost = "an unknown time" if self.pick_seconds is None else f"{self.pick_seconds:.2g} s"
        return (
            f"the LLM's pick earns a visitor NDCG@10 {interval_text(gain, signed=True)} beside the "
            f"scorer's order{sure} and costs a request {cost}"
        )

    def write(self, folder: Path) -> None:
        """Replace the report in a version's folder, which may be in service."""
        replace_file(folder / GATE_FILE, (self.model_dump_json(indent=2) + "\n").encode())

    @classmethod
    def read(cls, folder: Path) -> Self | None:
        """None where the version was never gated. Raises `AdapterError` for a damaged file."""
        file = folder / GATE_FILE
        if not file.is_file():
            return None
        try:
            return cls.model_validate_json(file.read_text(encoding="utf-8"))
        except (ValidationError, ValueError) as error:
            reason = " ".join(str(error).split())
            raise AdapterError(f"{file} is damaged ({reason}); delete it and gate again") from None


def _above(metric: MeasuredMetric | None) -> bool:
    """Significantly above zero, at the 95% level."""
    return metric is not None and metric.low is not None and metric.low > 0


def _below(metric: MeasuredMetric | None) -> bool:
    """Significantly below zero, at the 95% level."""
    return metric is not None and metric.high is not None and metric.high < 0


def interval_text(metric: MeasuredMetric, signed: bool = False) -> str:
    """Value, 95% interval and number of cases, as text."""
    text = f"{metric.value:{'+' if signed else ''}.4f}"
    if metric.low is not None and metric.high is not None:
        text += f" [{metric.low:.4f}, {metric.high:.4f}]"
    return text + (f" on {metric.n}" if metric.n is not None else "")
