"""All examples of one training run: made once from the log, stored in the run's folder."""

from dataclasses import dataclass, field
from pathlib import Path

from pydantic import TypeAdapter

from shelftalker.adapters.data.corpus_texts import hook_examples
from shelftalker.adapters.data.example_set import TextData
from shelftalker.adapters.data.judge import JudgeData, judge_examples
from shelftalker.adapters.data.pick import PickData, pick_examples, pick_warnings
from shelftalker.adapters.data.sequence import SequenceData, sequence_examples, sequence_warnings
from shelftalker.adapters.data.text import describe_examples
from shelftalker.adapters.data.time_split import TimeSplit
from shelftalker.adapters.recipe import DataMix
from shelftalker.data.progress import Progress
from shelftalker.engine import models
from shelftalker.engine.tokens import Tokens
from shelftalker.scorer.encoder import open_encoder
from shelftalker.store.atomic import replace_file
from shelftalker.store.workspace import Workspace

MAX_VALIDATION_TEXTS = 100
"""Most validation texts: scoring one takes two cores over half a second."""


@dataclass
class Examples:
    """By kind, with the time window of the log that they come from, in Unix seconds; None where
    nothing is learned from a log."""

    pick: PickData = field(default_factory=PickData)
    sequence: SequenceData = field(default_factory=SequenceData)
    judge: JudgeData = field(default_factory=JudgeData)
    describe: TextData = field(default_factory=TextData)
    corpus: TextData = field(default_factory=TextData)
    events: int = 0
    newer: int = 0
    since: float | None = None
    until: float | None = None

    def counts(self) -> dict[str, int]:
        """For the card: events, and examples made and dropped of each kind."""
        totals = {"events": self.events, "newer": self.newer}
        for kind in ("pick", "sequence", "judge", "describe", "corpus"):
            counts = getattr(self, kind).counts
            totals |= {f"{kind} {name}": count for name, count in sorted(counts.items())}
        return totals

    def report(self) -> list[str]:
        """Sizes, drops and warnings, one per line, to be read before training starts."""
        lines = [", ".join(f"{name} {count}" for name, count in self.counts().items())]
        lines += pick_warnings(self.pick) if self.pick.validation else []
        return lines + (sequence_warnings(self.sequence) if self.sequence.train else [])

    def save(self, file: Path) -> None:
        """Write as JSON, for other processes and for a run that is resumed."""
        replace_file(file, _ADAPTER.dump_json(self))

    @classmethod
    def load(cls, file: Path) -> "Examples":
        """Read what `save` wrote."""
        return _ADAPTER.validate_json(file.read_bytes())


_ADAPTER = TypeAdapter(Examples)


def make_examples(
    workspace: Workspace,
    domain: str,
    mix: DataMix,
    seed: int,
    progress: Progress | None = None,
    *,
    base_model: str | None = None,
) -> Examples:
    """Examples of a domain's log, of each kind at most as many as the mix states. `base_model`
    (None: the workspace's) has the words that can be names.

    Raises `DataError` if the log gives too few examples of a kind.
    """
    catalog, folders = workspace.catalog(domain), workspace.prompt_folders(domain)
    made, few = Examples(), min(mix.validation, MAX_VALIDATION_TEXTS)
    if mix.corpus:
        made.corpus = hook_examples(catalog, mix.corpus, few, folders=folders, seed=seed)
    if not (mix.pick or mix.sequence or mix.judge or mix.describe):
        return made
    split = TimeSplit.of(workspace.events.all(domain), mix.cuts, mix.end)
    made.events, made.newer = len(split.events), split.newer
    made.since, made.until = split.events[0].time, split.until
    scorers = []
    if mix.pick or mix.sequence or mix.describe:
        encoder = open_encoder(workspace.settings.encoder, workspace.path / "cache")
        scorers = split.scorers(catalog, encoder, seed=seed, progress=progress)
    if mix.pick or mix.sequence:
        size = workspace.settings.shortlist_size
        made.pick = pick_examples(split, scorers, size, mix.pick, mix.validation, seed=seed)
    if mix.sequence:
        older = [event for event in split.events if event.time < split.edges[-2]]
        tokens = Tokens(models.resolve(base_model or workspace.settings.model))
        made.sequence = sequence_examples(older, catalog, tokens, mix.sequence, seed=seed)
    if mix.judge:
        made.judge = judge_examples(catalog, split, mix.judge, mix.validation, seed=seed)
    if mix.describe:
        made.describe = describe_examples(
            split, scorers, mix.describe, few, folders=folders, seed=seed
        )
    return made
