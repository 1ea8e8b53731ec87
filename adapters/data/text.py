"""Describe examples: a prompt with history and facts, and a true text about the item.

The items are the scorer's best at a moment, the evidence is chosen as in serving, and the targets
come from the composer, without facts outside the prompt and without sentences that the verifier
refuses. Of an item that its own text tells of, only the tie to the history is learned, as only that
is left to the model in serving.
"""

from collections import Counter
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

import numpy as np

from shelftalker.adapters.data.example_set import TextData, TextExample
from shelftalker.adapters.data.pick import pick_drop_reason
from shelftalker.adapters.data.time_split import Moment, TimeSplit, moments
from shelftalker.data.profile import Profile
from shelftalker.ranking.pick_weights import PickWeights
from shelftalker.ranking.shop_rules import Rules
from shelftalker.ranking.text_search import TextSearch
from shelftalker.scorer.two_tower import TwoTowerScorer
from shelftalker.serving.domain import Domain
from shelftalker.types import Request
from shelftalker.understanding.rule_reader import RuleReader
from shelftalker.writing.compose.composer import sentences
from shelftalker.writing.evidence import choose_evidence
from shelftalker.writing.ready import beside_model
from shelftalker.writing.text_request import TextRequest, prompted
from shelftalker.writing.verifier.grounds import Grounds

TOP_ITEMS = 3
"""One of so many best items is drawn to be described."""


def describe_examples(
    split: TimeSplit,
    scorers: Sequence[TwoTowerScorer],
    train: int,
    validation: int,
    *,
    folders: Sequence[Path] = (),
    seed: int = 0,
) -> TextData:
    """One text for each of some moments, drawn at random."""
    random = np.random.default_rng(seed)
    counts: Counter[str] = Counter()
    parts: list[list[TextExample]] = []
    for number, (stretch, scorer) in enumerate(zip(split.stretches(), scorers, strict=True)):
        last = number == len(scorers) - 1
        most = validation if last else -(-train // (len(scorers) - 1))
        usable = moments(split.events, stretch, scorer.catalog, pick_drop_reason, counts, random)
        writer = _Writer(scorer, folders, random)
        made = (writer.example(moment, counts) for moment in usable)
        parts.append(list(islice(filter(None, made), most)))
    examples = [one for part in parts[:-1] for one in part]
    counts |= {"train": len(examples), "validation": len(parts[-1])}
    return TextData(examples, parts[-1], dict(counts))


def plain_domain(name: str, scorer: TwoTowerScorer) -> Domain:
    """A domain to choose evidence with, without serving it."""
    reader = RuleReader(scorer.catalog)
    search = TextSearch.of(scorer.catalog)
    return Domain(name, scorer.catalog, scorer, "", None, PickWeights(), reader, Rules(), search)


class _Writer:
    """Makes examples with the scorer of one stretch of the log."""

    def __init__(
        self, scorer: TwoTowerScorer, folders: Sequence[Path], random: np.random.Generator
    ) -> None:
        self._domain = plain_domain("", scorer)
        self._folders = folders
        self._random = random

    def example(self, moment: Moment, counts: Counter[str]) -> TextExample | None:
        """None, and counted, if nothing is left for the model to tell or the verifier lets no
        sentence with a fact through."""
        domain, event = self._domain, moment.target
        profile = Profile.of(event.user, moment.history)
        best = domain.scorer.shortlist(moment.history, n=TOP_ITEMS)
        item = domain.catalog[best[int(self._random.integers(len(best)))].item_id]
        past = domain.past(profile)
        (reasons,) = domain.reasons(profile, Request(), [item])
        evidence = tuple(choose_evidence(item, reasons, past, Request()))
        seed = int(self._random.integers(2**31))
        wanted = TextRequest(item, evidence, past, seed=seed)
        grounds = Grounds(evidence, item, past)
        beside = beside_model(wanted, grounds)
        if beside.whole:
            counts["dropped: nothing left to tell"] += 1
            return None
        wanted = beside.left_of(wanted)
        stated = prompted(wanted.evidence)
        made = sentences(item, stated, seed=seed, history=past)
        made = made[-1:] if beside.told else made
        verdicts = [(line, grounds.check(line)) for line in made if line not in item.text]
        kept = [(line, verdict) for line, verdict in verdicts if verdict]
        if not any(verdict.states for _, verdict in kept):
            counts["dropped: fails the check"] += 1
            return None
        prompt = wanted.prompt(self._folders)
        messages = tuple((message["role"], message["content"]) for message in prompt)
        text = " ".join(line for line, _ in kept)
        return TextExample(event.user, event.time, item.id, messages, text)
