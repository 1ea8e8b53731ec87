"""Effect of each round of rejection sampling: the base model, then each version.

python -m shelftalker.eval.bench.rounds demo --versions v1 v2 v3 \\
    --data ../shared/data --out eval/results

Log-likelihood per word of texts that no version was trained on: composed ones of users whose last
event is newer than all training data, and XRec's reasons. And, on ten fixed cards shown side by
side in `rounds.md`, the share of its own sentences that pass the verifier, and of texts that give
the user's history as a reason.
"""

import argparse
import asyncio
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from shelftalker.adapters.data.rejection_sampling import gives_reason
from shelftalker.adapters.gate.text_checks import SystemTexts, write_card
from shelftalker.adapters.registry import AdapterVersions
from shelftalker.data.catalog import Item
from shelftalker.data.values import display_title
from shelftalker.engine.base import Engine, Prompt
from shelftalker.errors import InputError, ShelftalkerError
from shelftalker.eval.bench.options import publish, script_parser, show
from shelftalker.eval.metrics.statistics import compare, estimate
from shelftalker.eval.runs.explanations import XREC_CASES, reason_prompt, xrec_cases
from shelftalker.eval.task_setup import TaskSetup, profile_of
from shelftalker.language.stems import stems_of
from shelftalker.serving.domain_store import DomainStore
from shelftalker.store.adapter_card import AdapterCard
from shelftalker.store.atomic import replace_file
from shelftalker.store.workspace import Workspace
from shelftalker.types import Evidence, Request
from shelftalker.writing.compose.composer import compose
from shelftalker.writing.describe import Describer
from shelftalker.writing.text_request import TextRequest, prompted
from shelftalker.writing.verifier.tokenizer import Past

BASE = "base"


@dataclass(frozen=True)
class CardCase:
    """One card to write, and the composed text from the same facts."""

    item: Item
    past: Sequence[Past]
    evidence: list[Evidence]
    composed: str


@dataclass(frozen=True)
class RoundFigures:
    """Log p per word by kind of text, and the fixed cards, of one system."""

    likely: dict[str, list[float]]
    cards: SystemTexts


def main() -> None:
    """Measure all versions with one engine and publish the figures."""
    options = _options()
    begun = time.perf_counter()
    try:
        with Workspace.open(options.directory) as workspace:
            domain = DomainStore(workspace).name(options.domain)
            setup = TaskSetup(workspace, domain, "transformers", data=options.data, progress=show)
            cases = _cases(setup, options)
            rounds = asyncio.run(_measured(setup, cases, options))
            facts: dict[str, Any] = {
                "data": setup.data_name,
                "split": "users newer than the training data",
            }
            facts |= {"model": workspace.settings.model, "engine": "transformers"}
            facts["seed"] = options.seed
    except ShelftalkerError as error:
        raise SystemExit(f"shelftalker: {error}") from None
    shown = cases[: options.cards]
    publish("rounds", _figures(rounds, shown), facts, time.perf_counter() - begun, options.out)
    page = _side_by_side(rounds, shown)
    print(page)
    if options.out:
        replace_file(options.out / "rounds.md", page.encode())


def _cases(setup: TaskSetup, options: argparse.Namespace) -> list[CardCase]:
    """The scorer's best item for users newer than all training data. Raises `InputError` if
    none."""
    versions = AdapterVersions(setup.workspace, setup.domain)
    folders = [versions.folder(version) for version in options.versions]
    newest = max(AdapterCard.read(folder).training.data.until or 0.0 for folder in folders)
    held = setup.split()
    domain = setup.serving(held)
    cases: list[CardCase] = []
    for history, targets in zip(held.histories, held.targets, strict=True):
        if len(cases) == options.held or targets[0].time <= newest:
            continue
        profile = profile_of(history, targets[0].user)
        item = domain.catalog[domain.shortlist(profile, Request(), 1)[0].item_id]
        past = domain.past(profile)
        (reasons,) = domain.reasons(profile, Request(), [item])
        evidence = list(domain.evidence(item, past, Request(), reasons))
        text = compose(item, prompted(evidence), seed=len(cases), history=past)
        cases.append(CardCase(item, past, evidence, text))
    if not cases:
        raise InputError(
            "no user's last event is newer than the data of these versions; "
            "train them with `end` below 1 in the recipe"
        )
    return cases


async def _measured(
    setup: TaskSetup, cases: Sequence[CardCase], options: argparse.Namespace
) -> dict[str, RoundFigures]:
    folders = setup.workspace.prompt_folders(setup.domain)
    setup.adapter = f"{setup.domain}@{options.versions[0]}"
    engine = await setup.engine()
    describer = Describer(engine, folders=folders)
    composed = [
        (TextRequest(one.item, one.evidence, one.past).prompt(folders), one.composed)
        for one in cases
    ]
    reasons = [
        (reason_prompt(case), str(case["explanation"]))
        for case in xrec_cases(
            setup.data_set("explain-xrec", XREC_CASES), options.held, options.seed
        )
    ]
    rounds = {}
    for version in (BASE, *options.versions):
        adapter = None if version == BASE else f"{setup.domain}@{version}"
        if adapter:
            await engine.add_adapter(
                adapter, AdapterVersions(setup.workspace, setup.domain).folder(version)
            )
        rounds[version] = await _round(
            engine, describer, composed, reasons, cases, adapter, options
        )
        show(len(rounds), 1 + len(options.versions), version)
    await setup.close()
    return rounds


async def _round(
    engine: Engine,
    describer: Describer,
    composed: Sequence[tuple[Prompt, str]],
    reasons: Sequence[tuple[Prompt, str]],
    cases: Sequence[CardCase],
    adapter: str | None,
    options: argparse.Namespace,
) -> RoundFigures:
    likely: dict[str, list[float]] = {}
    for kind, pairs in (("composed texts", composed), ("reasons (XRec)", reasons)):
        likely[kind] = [
            float((await engine.likelihood(prompt, [text], adapter))[0]) / len(stems_of(text))
            for prompt, text in pairs
        ]
    written = [
        await write_card(describer, one.item, one.evidence, one.past, adapter=adapter)
        for one in cases[: options.cards]
    ]
    return RoundFigures(likely, SystemTexts(written))


def _figures(rounds: dict[str, RoundFigures], shown: Sequence[CardCase]) -> dict[str, Any]:
    """By system: log p per word, its gain over the round before, and the texts of the cards."""
    figures: dict[str, Any] = {}
    before: RoundFigures | None = None
    for name, one in rounds.items():
        logs: dict[str, Any] = {}
        for kind, values in one.likely.items():
            logs[kind] = {"log p a word": asdict(estimate(np.array(values)))}
            if before:
                gain = compare(np.array(values), np.array(before.likely[kind]))
                logs[kind]["more than the round before"] = asdict(gain)
        texts = [card.text for card in one.cards.cards]
        reasoned = [
            gives_reason(text, display_title(case.item.title), case.evidence)
            for text, case in zip(texts, shown, strict=True)
        ]
        cards = one.cards.summary().model_dump() | {"give the reason": float(np.mean(reasoned))}
        figures[name] = {**logs, "cards": cards, "texts": texts}
        before = one
    return {"cards": [case.item.title for case in shown], "rounds": figures}


def _side_by_side(rounds: dict[str, RoundFigures], shown: Sequence[CardCase]) -> str:
    lines = ["# The same cards after each round", ""]
    for at, case in enumerate(shown):
        lines += [f"## {case.item.title}", ""]
        lines += [f"- **{name}**: {one.cards.cards[at].text}" for name, one in rounds.items()]
        lines.append("")
    return "\n".join(lines)


def _options() -> argparse.Namespace:
    parser = script_parser(__doc__)
    parser.add_argument("directory", type=Path, help="a workspace")
    parser.add_argument("--domain", help="default: the workspace's")
    parser.add_argument("--versions", nargs="+", required=True, help="in the order of training")
    parser.add_argument("--data", type=Path, required=True, help="folder above explain-xrec")
    parser.add_argument("--cards", type=int, default=10)
    parser.add_argument("--held", type=int, default=60, help="texts of each kind")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, help="write rounds.json and rounds.md into this folder")
    return parser.parse_args()


if __name__ == "__main__":
    main()
