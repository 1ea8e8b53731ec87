"""Descriptions: is every text true, does it speak to this user, is it varied and readable.

Groundedness is judged twice: by the checker that the writer uses, on what was shown, and by an
audit of numbers that knows nothing of it; where an LLM judge is named, it gives its opinion too.
The checker itself is measured on the same cards: falsehoods made from the shown sentences, which it
has to stop, and the composer's sentences, true by construction, which it should let through.
Personal is a text by which its user can be told from others: of some users' histories, the nearest
to the text by the packaged encoder is the right one.
"""

import time
from collections import Counter
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from shelftalker.data.catalog import Item
from shelftalker.data.profile import Profile
from shelftalker.engine.concurrency import gathered
from shelftalker.eval import text_judge
from shelftalker.eval.falsehoods import WAYS, falsehoods
from shelftalker.eval.metrics.statistics import estimate, estimates
from shelftalker.eval.result import PerUser, Result, ResultRow, Sample
from shelftalker.eval.splits import HeldOut
from shelftalker.eval.task import DescriptionsTask
from shelftalker.eval.task_setup import TaskSetup, profile_of
from shelftalker.eval.text_figures import audit, distinct, reading_ease, self_bleu
from shelftalker.eval.text_judge import Judged, read_verdicts
from shelftalker.language.sentences import sentences_of
from shelftalker.language.stems import words_of
from shelftalker.prompts import PromptSet
from shelftalker.serving.domain import Domain
from shelftalker.types import Request
from shelftalker.writing.compose.composer import sentences
from shelftalker.writing.describe import Describer, Description
from shelftalker.writing.text_request import TextRequest
from shelftalker.writing.verifier.grounds import Grounds
from shelftalker.writing.verifier.tokenizer import Past, names_of

Floats = npt.NDArray[np.float64]
HISTORY_IN_PROFILE = 20


class _DescribedCard:
    """One card's text with all it may rest on."""

    def __init__(
        self, user: str, item: Item, score: float, past: Sequence[Past], text: Description
    ) -> None:
        self.user, self.item, self.score, self.past, self.text = user, item, score, past, text


async def run(task: DescriptionsTask, bench: TaskSetup) -> Result:
    """Describe the scorer's first k for some users, and measure the texts."""
    start = time.perf_counter()
    judged = _judged(bench, task)
    held = bench.split().sample(task.users, task.seed)
    domain = bench.serving(bench.split())
    engine = await bench.engine()
    systems = {
        "shelftalker": Describer(engine, folders=bench.workspace.prompt_folders(bench.domain)),
        "composed from facts": Describer(None),
    }
    rows, flags, samples, per_user = [], [], [], []
    for name, describer in systems.items():
        began = time.perf_counter()
        told = await _told(describer, domain, held, task, bench)
        seconds = time.perf_counter() - began
        faults = [audit(t.text.text, t.item, t.text.evidence, t.past) for t in told]
        flags += [
            f"{name}, user {t.user}, {t.item.title}: {fault}"
            for t, found in zip(told, faults, strict=True)
            for fault in found
        ]
        row = await _row(name, told, faults, seconds, bench, task)
        cases = [(t.item, t.text.text, t.past) for t in told]
        rows.append(await judged.added_to(row, cases) if judged else row)
        per_user.append(
            PerUser.of(name, "groundedness", [t.user for t in told], [not f for f in faults])
        )
        if name == "shelftalker":
            samples = [_sample(t) for t in told[: task.samples]]
        if name == "shelftalker":
            rows.append(_check(told, domain, task.seed))
    if judged:
        rows.append(judged.row())
        flags += judged.flags
    return Result.of(
        task,
        len(held.targets),
        time.perf_counter() - start,
        {
            "data": bench.data_name,
            "split": f"leave-one-out, the scorer's first {task.k}",
            "scorer": "fitted on the training part",
            **await bench.engine_facts(),
        },
        rows=rows,
        samples=samples,
        per_user=per_user,
        flags=flags,
    )


def _judged(bench: TaskSetup, task: DescriptionsTask) -> Judged | None:
    """Who judges the texts, with the hand verdicts on this domain's."""
    if bench.judge is None:
        return None
    verdicts = read_verdicts(text_judge.FOLDER / f"verdicts-{bench.domain}.jsonl")
    return Judged(bench.judge, verdicts, task.at_once, task.seed)


async def _told(
    describer: Describer, domain: Domain, held: HeldOut, task: DescriptionsTask, bench: TaskSetup
) -> list[_DescribedCard]:
    """The texts of all tested users, `at_once` users' beside each other."""

    async def tell(profile: Profile) -> list[_DescribedCard]:
        return await _describe(describer, domain, profile, task, bench.adapter_for("describe"))

    profiles = [profile_of(*one) for one in zip(held.histories, held.users, strict=True)]
    found = await gathered(tell, profiles, task.at_once, bench.progress, "descriptions")
    return [one for own in found for one in own]


async def _describe(
    describer: Describer,
    domain: Domain,
    profile: Profile,
    task: DescriptionsTask,
    adapter: str | None,
) -> list[_DescribedCard]:
    shortlist, past = domain.shortlist(profile, Request(), task.k), domain.past(profile)
    items = [domain.catalog[scored.item_id] for scored in shortlist]
    found = []
    for scored, item, reasons in zip(
        shortlist, items, domain.reasons(profile, Request(), items), strict=True
    ):
        evidence = domain.evidence(item, past, Request(), reasons)
        text = await describer.describe(
            TextRequest(item, evidence, past, adapter=adapter, seed=task.seed)
        )
        found.append(_DescribedCard(profile.user, item, scored.probability, past, text))
    return found


async def _row(
    name: str,
    told: list[_DescribedCard],
    faults: list[list[str]],
    seconds: float,
    bench: TaskSetup,
    task: DescriptionsTask,
) -> ResultRow:
    texts = [t.text.text for t in told]
    sources = Counter(t.text.source for t in told)
    surprise = await _surprise(told, bench)
    return ResultRow(
        system=name,
        metrics=estimates(
            {
                "groundedness": np.array([not found for found in faults], np.float64),
                "composed": np.array([t.text.source == "template" for t in told], np.float64),
                "picks the user": _picks_the_user(told, bench, task),
                "words": np.array([len(words_of(text)) for text in texts], np.float64),
                "reading ease": np.array([reading_ease(text) for text in texts]),
                "nats a word": surprise,
            },
            task.seed,
        ),
        values={
            "chance of picking the user": 1 / min(task.rivals, len({t.user for t in told})),
            "distinct-1": distinct(texts, 1),
            "distinct-2": distinct(texts, 2),
            "self-BLEU": self_bleu(texts),
            "by the model": sources["model"] / len(told),
            "by its retry": sources["retry"] / len(told),
            "perplexity a word": float(np.exp(surprise.mean())),
            f"texts a second, {task.at_once} users at once": len(told) / seconds,
        },
    )


def _check(told: list[_DescribedCard], domain: Domain, seed: int) -> ResultRow:
    """What the check stops of falsehoods, by the way they were made, and of true sentences."""
    random = np.random.default_rng(seed)
    stopped: dict[str, list[bool]] = {way: [] for way in WAYS}
    refused: list[bool] = []
    for t in told:
        grounds = Grounds(t.text.evidence, t.item, t.past)
        met = {t.item.id, *(past.item.id for past in t.past)}
        others = [one for one in domain.catalog if one.id not in met]
        names = names_of(t.item, t.past)
        for sentence in sentences_of(t.text.text, names):
            for false in falsehoods(sentence, t.item, t.past, others, random):
                stopped[false.way].append(not grounds.check(false.text))
        true = sentences(t.item, t.text.evidence, seed=seed, history=t.past)
        refused += [not grounds.check(sentence) for sentence in true]
    every = [one for found in stopped.values() for one in found]
    shares = {"falsehoods stopped": every, "true sentences refused": refused}
    return ResultRow(
        system="the check",
        metrics={k: estimate(np.array(v, np.float64), seed) for k, v in shares.items() if v},
        values={f"stopped: {way}": float(np.mean(v)) for way, v in stopped.items() if v},
    )


def _picks_the_user(told: list[_DescribedCard], bench: TaskSetup, task: DescriptionsTask) -> Floats:
    """1 where the text is nearer to its own user's history than to those of the rivals."""
    histories = {
        t.user: " ".join(past.item.title for past in t.past[:HISTORY_IN_PROFILE]) for t in told
    }
    users = list(histories)
    vectors = dict(zip(users, bench.encoder.encode(list(histories.values())), strict=True))
    texts = bench.encoder.encode([t.text.text for t in told])
    draw = np.random.default_rng(task.seed)
    right = []
    for t, text in zip(told, texts, strict=True):
        others = [user for user in users if user != t.user]
        rivals = draw.permutation(len(others))[: task.rivals - 1]
        best = max((float(text @ vectors[others[at]]) for at in rivals), default=-1.0)
        right.append(float(text @ vectors[t.user]) > best)
    return np.array(right, np.float64)


async def _surprise(told: list[_DescribedCard], bench: TaskSetup) -> Floats:
    """-log p a word under the base model, after a plain question about the item."""
    engine, about = await bench.engine(), PromptSet().template("about")
    found = []
    for t in told:
        prefix = about.render(title=t.item.title)
        log_p = (await engine.likelihood(prefix, [t.text.text]))[0]
        found.append(-log_p / max(len(words_of(t.text.text)), 1))
    return np.array(found)


def _sample(t: _DescribedCard) -> Sample:
    return Sample(
        user=t.user,
        title=t.item.title,
        description=t.text.text,
        source=t.text.source,
        score=round(t.score, 4),
        evidence=[f"{e.source}: {e.field}: {e.value}" for e in t.text.evidence],
        history=[past.item.title for past in t.past[:5]],
    )
