"""Describe examples: history and facts, and a true text about the item, to write as this domain's
cards are to sound.

The items are the scorer's best at a moment, the evidence is chosen as it is when serving, and the
targets come from the composer, which knows no more than the prompt tells, or from `sampling`; a
text of which any sentence fails the check is left out.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from shelftalker.adapters.data.pick import unfit_pick
from shelftalker.adapters.data.rejection_sampling import Draft
from shelftalker.adapters.data.text_example import TextExample
from shelftalker.adapters.data.time_split import Moment, TimeSplit, moments
from shelftalker.data.profile import Profile
from shelftalker.ranking.pick_weights import PickWeights
from shelftalker.ranking.shop_rules import Rules
from shelftalker.scorer.two_tower import TwoTowerScorer
from shelftalker.serving.domain import Domain
from shelftalker.types import Request
from shelftalker.understanding.rule_reader import RuleReader
from shelftalker.writing.compose.composer import compose
from shelftalker.writing.text_request import TextRequest, prompted
from shelftalker.writing.verifier.grounds import Grounds
from shelftalker.writing.verifier.tokenizer import names_of

Better = Callable[[Sequence[Draft]], list[TextExample]]
BEST = 3
"""Of how many best items one is described."""


@dataclass(frozen=True)
class TextData:
    """Examples, and their counts, drops by reason too."""

    train: list[TextExample] = field(default_factory=list)
    validation: list[TextExample] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)


def describe_examples(
    parted: TimeSplit,
    scorers: Sequence[TwoTowerScorer],
    train: int,
    validation: int,
    *,
    folders: Sequence[Path] = (),
    seed: int = 0,
    better: Better | None = None,
) -> TextData:
    """A random choice of moments, one text each. `better` finds better texts for those to train on;
    validation keeps the composed ones, so that its loss can be compared from round to round."""
    random = np.random.default_rng(seed)
    counts: Counter[str] = Counter()
    parts: list[list[TextExample]] = []
    for number, (stretch, scorer) in enumerate(zip(parted.stretches(), scorers, strict=True)):
        last = number == len(scorers) - 1
        most = validation if last else -(-train // (len(scorers) - 1))
        found = list(moments(parted.events, stretch, scorer.catalog, unfit_pick, counts))
        random.shuffle(found)
        writer = _Writer(scorer, folders, random)
        made = [writer.draft(moment) for moment in found[:most]]
        true = [one for one in made if one is not None]
        counts["dropped: fails the check"] += len(made) - len(true)
        composed = [one.example for one in true]
        parts.append(better(true) if better and not last else composed)
        counts["sampled"] += sum(a != b for a, b in zip(parts[-1], composed, strict=True))
    if better is None:
        del counts["sampled"]
    examples = [one for part in parts[:-1] for one in part]
    counts |= {"train": len(examples), "validation": len(parts[-1])}
    return TextData(examples, parts[-1], dict(counts))


def plain_domain(name: str, scorer: TwoTowerScorer) -> Domain:
    """What evidence is chosen with, where nothing is served."""
    reader = RuleReader(scorer.catalog)
    return Domain(name, scorer.catalog, scorer, "", None, PickWeights(), reader, Rules())


class _Writer:
    """Makes examples with one stretch's scorer."""

    def __init__(
        self, scorer: TwoTowerScorer, folders: Sequence[Path], random: np.random.Generator
    ) -> None:
        self._domain = plain_domain("", scorer)
        self._folders = folders
        self._random = random

    def draft(self, moment: Moment) -> Draft | None:
        """None where the text is not true in every sentence."""
        domain, event = self._domain, moment.target
        profile = Profile.of(event.user, moment.history)
        best = domain.scorer.shortlist(moment.history, n=BEST)
        item = domain.catalog[best[int(self._random.integers(len(best)))].item_id]
        past = domain.past(profile)
        (reasons,) = domain.reasons(profile, Request(), [item])
        evidence = domain.evidence(item, past, Request(), reasons)
        text = compose(
            item, prompted(evidence), seed=int(self._random.integers(2**31)), history=past
        )
        names = names_of(item, past)
        prompt = TextRequest(item, evidence, past).prompt(self._folders)
        messages = tuple((message["role"], message["content"]) for message in prompt)
        example = TextExample(event.user, event.time, item.id, messages, text)
        grounds = Grounds(evidence, item, past)
        history = " ".join(names[1:])
        draft = Draft(example, names[0], evidence, grounds, names, history)
        return draft if draft.true(text) else None
