"""The verifier's verdicts on every sentence that a system writes."""

from collections.abc import Sequence

import numpy as np

from shelftalker.adapters.data.pick import PickExample
from shelftalker.adapters.gate.report import TextQuality
from shelftalker.data.events import Event
from shelftalker.data.profile import Profile
from shelftalker.data.progress import Progress
from shelftalker.engine.concurrency import bounded_gather
from shelftalker.ranking.pick import Floats
from shelftalker.serving.domain import Domain
from shelftalker.types import Request
from shelftalker.writing.accepted_text import RefusedSentences
from shelftalker.writing.describe import Describer
from shelftalker.writing.evidence import choose_evidence
from shelftalker.writing.ready import beside_model
from shelftalker.writing.text_request import TextRequest
from shelftalker.writing.verifier.grounds import Grounds

MAX_CONCURRENT = 8
"""Texts that are written concurrently."""


async def sentence_counts(
    describer: Describer,
    domain: Domain,
    events: Sequence[Event],
    picks: Sequence[tuple[PickExample, str]],
    adapter: str | None,
    *,
    seed: int = 0,
    progress: Progress | None = None,
) -> Floats:
    """Write a card for each example and item id, by one adapter (None: the base model), with each
    user as of the example's moment, as in serving. Counts by card, [cards, 3]: sentences of the LLM
    that passed the check, those that were refused, and 1 where composed ones stand in place of its
    own. Cards of which nothing is left for an LLM to tell are not among them."""

    async def write(pick: tuple[PickExample, str]) -> tuple[int, int, int] | None:
        example, item_id = pick
        own = [e for e in events if e.user == example.user and e.time < example.moment]
        item, profile = domain.catalog[item_id], Profile.of(example.user, own)
        past = domain.past(profile)
        (reasons,) = domain.reasons(profile, Request(), [item])
        evidence = tuple(choose_evidence(item, reasons, past, Request()))
        request = TextRequest(item, evidence, past, adapter=adapter, seed=seed)
        if beside_model(request, Grounds(evidence, item, past)).whole:
            return None
        refused = RefusedSentences()
        composed = [one.source == "template" async for one in describer.astream(request, refused)]
        return composed.count(False), len(refused.pairs), int(all(composed))

    label = f"texts of {adapter or 'the base model'}"
    made = await bounded_gather(write, picks, MAX_CONCURRENT, progress, label)
    return np.array([row for row in made if row is not None], float).reshape(-1, 3)


def passed_shares(counts: Floats) -> Floats:
    """Share of the LLM's sentences that passed, float64 [cards]; 0 for a card without any."""
    shares: Floats = counts[:, 0] / np.maximum(counts[:, :2].sum(1), 1)
    return shares


def text_quality(counts: Floats) -> TextQuality:
    """All cards together."""
    passed, refused, _ = counts.sum(0).tolist()
    return TextQuality(
        cards=len(counts),
        sentences=int(passed + refused),
        passed=passed / max(passed + refused, 1),
        composed=float((counts[:, 2] > 0).mean()),
    )
