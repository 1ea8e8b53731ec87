"""Effect of each round of rejection sampling: the base model, then each version.

python -m shelftalker.eval.bench.rounds demo --versions v1 v2 v3 \\
    --data ../shared/data --out eval/results

Log-likelihood per word of texts that no version was trained on: composed ones of users whose last
event is newer than all training data, and XRec's reasons. And, on ten fixed cards shown side by
side in `rounds.md`, the share of its own sentences that pass the verifier, and of texts that give
the user's history as a reason.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import numpy as np
import typer

from shelftalker.adapters.data.rejection_sampling import gives_reason
from shelftalker.adapters.gate.text_checks import SystemTexts, write_card
from shelftalker.adapters.registry import AdapterVersions
from shelftalker.data.catalog import Item
from shelftalker.data.values import display_title
from shelftalker.engine.base import Engine, Prompt
from shelftalker.errors import InputError
from shelftalker.eval.bench import harness
from shelftalker.eval.metrics.statistics import compare, estimate
from shelftalker.eval.runs.explanations import XREC_CASES, reason_prompt, xrec_cases
from shelftalker.eval.task_setup import TaskSetup, profile_of
from shelftalker.language.stems import stems_of
from shelftalker.serving.domain_store import DomainStore
from shelftalker.store.adapter_card import AdapterCard
from shelftalker.store.workspace import Workspace
from shelftalker.types import Evidence, Request
from shelftalker.writing.compose.composer import compose
from shelftalker.writing.describe import Describer
from shelftalker.writing.text_request import TextRequest, prompted
from shelftalker.writing.verifier.tokenizer import Past


class CardCase(NamedTuple):
    """One card to write, and the composed text from the same facts."""

    item: Item
    past: Sequence[Past]
    evidence: list[Evidence]
    composed: str


class RoundFigures(NamedTuple):
    """Log p per word by kind of text, and the fixed cards, of one system."""

    likely: dict[str, list[float]]
    cards: SystemTexts


async def measure(
    directory: Annotated[Path, typer.Argument(help="a workspace")],
    versions: Annotated[list[str], typer.Option(help="in the order of training")],
    data: Annotated[Path, typer.Option(help="folder above explain-xrec")],
    domain: str | None = None,
    cards: int = 10,
    held: Annotated[int, typer.Option(help="texts of each kind")] = 60,
    seed: int = 0,
) -> harness.Report:
    """Measure all versions with one engine."""
    with Workspace.open(directory) as workspace:
        name = DomainStore(workspace).name(domain)
        setup = TaskSetup(workspace, name, "transformers", data=data, progress=harness.show)
        registry = AdapterVersions(workspace, name)
        folders = {f"{name}@{version}": registry.folder(version) for version in versions}
        cases = _cases(setup, list(folders.values()), held)
        prompts = workspace.prompt_folders(name)
        texts: dict[str, list[tuple[Prompt, str]]] = {
            "composed texts": [
                (TextRequest(case.item, case.evidence, case.past).prompt(prompts), case.composed)
                for case in cases
            ],
            "reasons (XRec)": [
                (reason_prompt(case), str(case["explanation"]))
                for case in xrec_cases(setup.data_set("explain-xrec", XREC_CASES), held, seed)
            ],
        }
        setup.adapter = next(iter(folders))
        engine = await setup.engine()
        describer, shown = Describer(engine, folders=prompts, quotes=False), cases[:cards]
        rounds = {"base": await _round(engine, describer, texts, shown, None)}
        for adapter, folder in folders.items():
            await engine.add_adapter(adapter, folder)
            version = adapter.partition("@")[2]
            rounds[version] = await _round(engine, describer, texts, shown, adapter)
            harness.show(len(rounds), 1 + len(folders), version)
        await setup.close()
        facts = {"data": setup.data_name, "split": "users newer than the training data"}
        facts |= {"model": workspace.settings.model, "engine": "transformers"}
    figures, page = figures_of(rounds, shown), list(side_by_side(rounds, shown))
    return harness.Report("rounds", "rounds", figures, {**facts, "seed": seed}, page, True)


def _cases(setup: TaskSetup, folders: Sequence[Path], most: int) -> list[CardCase]:
    """The scorer's best item for users newer than all training data. Raises `InputError` if
    none."""
    cards = [AdapterCard.read(folder) for folder in folders]
    held = setup.split().after(max(card.training.data.until or 0.0 for card in cards))
    domain = setup.serving(setup.split())
    cases: list[CardCase] = []
    for history, user in list(zip(held.histories, held.users, strict=True))[:most]:
        profile = profile_of(history, user)
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


async def _round(
    engine: Engine,
    describer: Describer,
    texts: dict[str, list[tuple[Prompt, str]]],
    shown: Sequence[CardCase],
    adapter: str | None,
) -> RoundFigures:
    likely = {
        kind: [
            float((await engine.likelihood(prompt, [text], adapter))[0]) / len(stems_of(text))
            for prompt, text in pairs
        ]
        for kind, pairs in texts.items()
    }
    written = [
        await write_card(describer, one.item, one.evidence, one.past, adapter=adapter)
        for one in shown
    ]
    return RoundFigures(likely, SystemTexts(written))


def figures_of(rounds: dict[str, RoundFigures], shown: Sequence[CardCase]) -> dict[str, Any]:
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


def side_by_side(rounds: dict[str, RoundFigures], shown: Sequence[CardCase]) -> Iterator[str]:
    """The texts of each card in the order of rounds, as lines of Markdown."""
    yield "# The same cards after each round\n"
    for at, case in enumerate(shown):
        yield f"## {case.item.title}\n"
        yield from (f"- **{name}**: {one.cards.cards[at].text}" for name, one in rounds.items())
        yield ""


if __name__ == "__main__":
    harness.run(measure)
