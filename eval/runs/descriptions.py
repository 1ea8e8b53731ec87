"""Descriptions: are the texts on the cards grounded, personal, varied and readable.

Groundedness is measured with the verifier that the writer uses, and with an independent audit of
numbers; an LLM judge adds its opinion if one is given. The verifier itself should accept the
composer's sentences, which are true by construction. A text is personal if it identifies its user:
among some users' histories, the one nearest to the text by the packaged encoder is the right one.
"""

import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from shelftalker.data.catalog import Item
from shelftalker.data.profile import Profile
from shelftalker.engine.concurrency import bounded_gather
from shelftalker.eval import text_judge
from shelftalker.eval.blind_pairs import write_pairs
from shelftalker.eval.metrics.classification import Floats
from shelftalker.eval.metrics.statistics import estimate, estimates
from shelftalker.eval.result import Figures, PerUser, ResultRow, Sample
from shelftalker.eval.splits import HeldOut
from shelftalker.eval.task import DescriptionsTask
from shelftalker.eval.task_setup import TaskSetup
from shelftalker.eval.text_figures import (
    audit,
    copied,
    distinct,
    reading_ease,
    repeated_openings,
)  # fmt: skip
from shelftalker.eval.text_judge import TextJudge, read_verdicts
from shelftalker.language.sentences import sentences_of
from shelftalker.language.stems import stems_of
from shelftalker.prompts import PromptSet
from shelftalker.serving.cards import picked_cards
from shelftalker.serving.domain import Domain
from shelftalker.types import Request
from shelftalker.writing.compose.composer import sentences
from shelftalker.writing.describe import Describer, Description
from shelftalker.writing.history import Past, names_of
from shelftalker.writing.hooks import HookStore, best_hook
from shelftalker.writing.text_request import TextRequest
from shelftalker.writing.verifier.grounds import Grounds

HISTORY_IN_PROFILE = 20
OURS, COMPOSED = "shelftalker", "composed from facts"


class _DescribedCard(NamedTuple):
    """One card's text, and the history that it may refer to."""

    user: str
    item: Item
    score: float
    past: Sequence[Past]
    text: Description


async def run(task: DescriptionsTask, setup: TaskSetup) -> Figures:
    """Describe the scorer's first k for some users, and measure the texts."""
    judge = _judge(setup, task)
    held = setup.split().sample(task.users, task.seed)
    domain = setup.serving(setup.split())
    engine = await setup.engine()
    folders = setup.workspace.prompt_folders(setup.domain)
    systems = {OURS: Describer(engine, folders=folders), COMPOSED: Describer(None)}
    rows, flags, per_user = [], [], []
    written: dict[str, list[_DescribedCard]] = {}
    for name, describer in systems.items():
        began = time.perf_counter()
        cards = written[name] = await _cards(describer, domain, held, task, setup)
        seconds = time.perf_counter() - began
        faults = [
            audit(c.text.text, c.item, c.text.evidence, c.past, composed=_composed(c, task.seed))
            for c in cards
        ]
        flags += [
            f"{name}, user {card.user}, {card.item.title}: {fault}"
            for card, own in zip(cards, faults, strict=True)
            for fault in own
        ]
        row = await _row(name, cards, faults, setup, task)
        row.values[f"texts a second, {task.at_once} users at once"] = len(cards) / seconds
        cases = [(card.item, card.text.text, card.past) for card in cards]
        rows.append(await judge.added_to(row, cases) if judge else row)
        users, grounded = [card.user for card in cards], [not own for own in faults]
        per_user.append(PerUser.of(name, "groundedness", users, grounded))
        if name == OURS:
            rows.append(_check(cards, task.seed))
    if task.pairs:
        pairs = [
            (one.item.title, _history(one), one.text.text, other.text.text)
            for one, other in zip(*written.values(), strict=True)
        ]
        write_pairs(Path(task.pairs), (OURS, COMPOSED), pairs, task.seed)
    if judge:
        rows.append(judge.row())
        flags += judge.flags
    return Figures(
        n=len(held.targets),
        facts={
            "split": f"leave-one-out, the scorer's first {task.k}",
            "scorer": "fitted on the training part",
            **await setup.engine_facts(),
        },
        rows=rows,
        samples=[_sample(card) for card in written[OURS][: task.samples]],
        per_user=per_user,
        flags=flags,
    )


def _judge(setup: TaskSetup, task: DescriptionsTask) -> TextJudge | None:
    """The LLM judge, if one is given, with the hand verdicts on this domain's texts."""
    if setup.judge is None:
        return None
    verdicts = read_verdicts(text_judge.VERDICTS_FOLDER / f"verdicts-{setup.domain}.jsonl")
    return TextJudge(setup.judge, verdicts, task.at_once, task.seed)


async def _cards(
    describer: Describer, domain: Domain, held: HeldOut, task: DescriptionsTask, setup: TaskSetup
) -> list[_DescribedCard]:
    """The cards of the scorer's first `k` items for all tested users, as requests write them."""
    adapter = setup.adapter_for("describe")
    hooks = HookStore(setup.workspace.domain_path(setup.domain) / "hooks")

    async def write(profile: Profile) -> list[_DescribedCard]:
        shortlist = domain.shortlist(profile, Request(), task.k)
        past, shares = domain.past(profile), domain.shares(shortlist)
        cards = []
        for card in picked_cards(
            domain, profile, past, Request(), shortlist, range(len(shortlist)), shares
        ):
            hook = best_hook(hooks.of(card.item), "", [], approval=False)
            text = await describer.describe(
                TextRequest(card.item, card.evidence, past, adapter=adapter, seed=task.seed,
                            hook=hook if describer.engine else None)
            )  # fmt: skip
            cards.append(_DescribedCard(profile.user, card.item, card.score, past, text))
        return cards

    both = zip(held.users, held.histories, strict=True)
    profiles = [Profile(user, tuple(history)) for user, history in both]
    cards = await bounded_gather(write, profiles, task.at_once, setup.progress, "descriptions")
    return [card for own in cards for card in own]


async def _row(
    name: str,
    cards: list[_DescribedCard],
    faults: list[list[str]],
    setup: TaskSetup,
    task: DescriptionsTask,
) -> ResultRow:
    texts = [card.text.text for card in cards]
    sources = Counter(card.text.source for card in cards)
    surprise = await _surprise(cards, setup)
    return ResultRow(
        system=name,
        metrics=estimates(
            {
                "groundedness": np.array([not own for own in faults], np.float64),
                "composed": np.array([c.text.source == "template" for c in cards], np.float64),
                "picks the user": _picks_the_user(cards, setup, task),
                "words": np.array([len(stems_of(text)) for text in texts], np.float64),
                "reading ease": np.array([reading_ease(text) for text in texts]),
                "nats a word": surprise,
            },
            task.seed,
        ),
        values={
            "chance of picking the user": 1 / min(task.rivals, len({card.user for card in cards})),
            "distinct-1": distinct(texts, 1),
            "distinct-2": distinct(texts, 2),
            "by the model": sources["model"] / len(cards),
            "by its retry": sources["retry"] / len(cards),
            "with a prepared text": (sources["prepared"] + sources["human"]) / len(cards),
            "repeated openings in 100 cards": repeated_openings(texts),
            "words copied from the item's text": float(
                np.mean([copied(card.text.text, card.item.text) for card in cards])
            ),
            "perplexity a word": float(np.exp(surprise.mean())),
        },
    )


def _check(cards: list[_DescribedCard], seed: int) -> ResultRow:
    """The verifier's share of true sentences refused, by composed ones; the task `prose` measures
    which falsehoods it lets pass."""
    refused: list[bool] = []
    for card in cards:
        grounds = Grounds(card.text.evidence, card.item, card.past)
        true = sentences(card.item, card.text.evidence, seed=seed, history=card.past)
        refused += [not grounds.check(sentence) for sentence in true]
    share = estimate(np.array(refused, np.float64), seed)
    return ResultRow(system="the check", metrics={"true sentences refused": share})


def _picks_the_user(
    cards: list[_DescribedCard], setup: TaskSetup, task: DescriptionsTask
) -> Floats:
    """1 if the text is nearer to its own user's history than to any rival's, float64 [cards]."""
    histories = {
        card.user: " ".join(past.item.title for past in card.past[:HISTORY_IN_PROFILE])
        for card in cards
    }
    users = list(histories)
    vectors = dict(zip(users, setup.encoder.encode(list(histories.values())), strict=True))
    texts = setup.encoder.encode([card.text.text for card in cards])
    draw = np.random.default_rng(task.seed)
    right = []
    for card, text in zip(cards, texts, strict=True):
        others = [user for user in users if user != card.user]
        rivals = draw.permutation(len(others))[: task.rivals - 1]
        best = max((float(text @ vectors[others[at]]) for at in rivals), default=-1.0)
        right.append(float(text @ vectors[card.user]) > best)
    return np.array(right, np.float64)


async def _surprise(cards: list[_DescribedCard], setup: TaskSetup) -> Floats:
    """-log p per word under the base model, after a plain question about the item."""
    engine, about = await setup.engine(), PromptSet().template("about")
    nats = []
    for card in cards:
        prefix = about.render(title=card.item.title)
        log_p = (await engine.likelihood(prefix, [card.text.text]))[0]
        nats.append(-log_p / max(len(stems_of(card.text.text)), 1))
    return np.array(nats)


def _composed(card: _DescribedCard, seed: int) -> set[str]:
    """The sentences that the composer makes for a card, as `names_of` parts a text."""
    names = names_of(card.item, card.past)
    made = sentences(card.item, card.text.evidence, seed=seed, history=card.past)
    return {part for text in made for part in sentences_of(text, names)}


def _history(card: _DescribedCard) -> str:
    return "; ".join(f"{p.event.kind} {p.event.value or ''} {p.item.title}" for p in card.past[:5])


def _sample(card: _DescribedCard) -> Sample:
    return Sample(
        user=card.user,
        title=card.item.title,
        description=card.text.text,
        source=card.text.source,
        score=round(card.score, 4),
        evidence=[f"{e.source}: {e.field}: {e.value}" for e in card.text.evidence],
        history=[past.item.title for past in card.past[:5]],
    )
