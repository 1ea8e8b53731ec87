"""What is known of adapter versions, as plain values: for lists, and for one version in full."""

import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from shelftalker.adapters.gate.report import GateReport, interval
from shelftalker.adapters.registry import problem, version_folder
from shelftalker.data.catalog import Catalog
from shelftalker.errors import AdapterError
from shelftalker.ranking.pick import digest, scored_title
from shelftalker.ranking.pick_weights import PICK_FILE, weights_folder
from shelftalker.store.adapter_card import BASE_ONLY, AdapterCard
from shelftalker.store.adapter_parts import parts_of
from shelftalker.store.workspace import Workspace

NEVER = "never run"


def listed(workspace: Workspace, domain: str) -> list[dict[str, Any]]:
    """A row a version, oldest first. Why it cannot serve is told in the row's `problem`."""
    known = workspace.versions(domain, "adapters")
    rows = [
        _standing(workspace, domain, version)
        | {"problem": problem(workspace, domain, version)}
        | _row(version_folder(workspace, domain, version))
        for version in known
    ]
    serving = workspace.current(domain).adapter
    if serving and serving not in known:
        gone = "its folder is gone; restore it, promote another version, or roll back"
        rows.append(_standing(workspace, domain, serving) | {"problem": gone})
    return rows


def shown(workspace: Workspace, domain: str, version: str) -> dict[str, Any]:
    """The card of a version, its pick weights, the titles that it has names for, and its gate
    report. Raises `AdapterError`."""
    folder = version_folder(workspace, domain, version)
    card, report = AdapterCard.read(folder), GateReport.read(folder)
    pick = _read(weights_folder(workspace, domain, version) / PICK_FILE)
    return _standing(workspace, domain, version) | {
        "card": card.model_dump(mode="json"),
        "pick": pick,
        "titles": _titles(pick, workspace.catalog(domain)),
        "gate": report.model_dump(mode="json") if report else None,
    }


def line(row: dict[str, Any]) -> str:
    """A row of `listed` in words."""
    said = [row["problem"]] if row["problem"] else []
    if "method" in row:
        told = f"{row['method']} of rank {row['rank']}, {row['created']}, gate: {row['gate']}"
        said.insert(0, ", ".join([told, *_partners(row["partners"])]))
    return f"{_name(row)}: {'; '.join(said)}"


def lines(found: dict[str, Any]) -> dict[str, str]:
    """What `shown` found, in words, a line each."""
    card = AdapterCard.model_validate(found["card"])
    training = card.training
    trained = [card.method, f"rank {card.rank}", f"seed {training.seed}", card.created]
    if training.seconds is not None:
        trained.append(f"{training.seconds:.0f} s on {training.machine}")
    told = {
        "adapter": _name(found),
        "base model": f"{card.base.model} ({card.base.weights})",
        "tokenizer": card.base.tokenizer,
        "prompts": ", ".join(f"{name} ({digest})" for name, digest in card.prompts.items()),
        "trained": ", ".join(trained),
        "data": ", ".join([_window(card), f"licence {training.data.licence}"]),
        "examples": ", ".join(f"{name} {n}" for name, n in training.data.counts.items()),
        **{f"validation {name}": interval(one) for name, one in training.metrics.items()},
        "pick weights": _weights(found["pick"]),
        "titles known": _known(found["titles"]),
        "partners": ", ".join(_partners(found["card"]["partners"])),
        "libraries": ", ".join(f"{name} {version}" for name, version in card.versions.items()),
        "commit": card.commit,
    }
    report = found["gate"]
    told |= gate_lines(GateReport.model_validate(report)) if report else {"gate": NEVER}
    return {name: text for name, text in told.items() if text}


def added(found: dict[str, Any]) -> dict[str, str]:
    """What to know of a version from outside at once: who serves beside it, what it can pick."""
    told = lines(found)
    names = ("partners", "titles known")
    return {"adapter": found["adapter"]} | {name: told[name] for name in names if name in told}


def gate_lines(report: GateReport) -> dict[str, str]:
    """What the gate found, in words, a line each."""
    told = {
        "gate": ("passed: " if report.passed else "not passed: ") + report.sentence,
        **{f"gate NDCG@10, {name}": interval(one) for name, one in report.ndcg.items()},
        "gate popularity of the first picks": ", ".join(
            f"{name} {value:.1f} events" for name, value in report.popularity.items()
        ),
        **{
            f"gate texts, {name}": f"{one.passed:.1%} of {one.sentences} sentences are true, "
            f"{one.composed:.1%} of {one.cards} cards needed composed ones"
            for name, one in report.texts.items()
        },
        "gate engine": f"{report.engine}, {report.seconds:.0f} s, {report.created}",
    }
    if report.flip_rate is not None:
        told["gate order flips"] = f"{report.flip_rate:.1%}"
    return told


def _standing(workspace: Workspace, domain: str, version: str) -> dict[str, Any]:
    """A version's name, whether it serves, and else what it does as a partner of what serves."""
    name, serving = f"{domain}@{version}", workspace.current(domain).adapter
    try:
        parts = parts_of(workspace, domain, serving)
    except AdapterError:  # the row of what serves tells
        parts = BASE_ONLY
    uses = [use for use, does in parts._asdict().items() if does == name]
    return {"adapter": name, "serving": version == serving, "serves": uses}


def _name(row: Mapping[str, Any]) -> str:
    """A version's name, with what it does now."""
    if row["serving"]:
        return (
            f"{row['adapter']} ({'should serve, but cannot' if row.get('problem') else 'serves'})"
        )
    does = " and ".join({"pick": "picks", "describe": "writes"}[use] for use in row["serves"])
    return f"{row['adapter']} ({does} for what serves)" if does else str(row["adapter"])


def _row(folder: Path) -> dict[str, Any]:
    """What a version's card and gate say; nothing, where there is no card to read."""
    try:
        card = AdapterCard.read(folder)
    except AdapterError:
        return {}
    return {
        "method": card.method,
        "rank": card.rank,
        "partners": card.partners,
        "created": card.created,
        "gate": _gate(folder),
    }


def _gate(folder: Path) -> str:
    try:
        report = GateReport.read(folder)
    except AdapterError as error:
        return str(error)
    return NEVER if report is None else f"{'' if report.passed else 'not '}passed"


def _partners(partners: Mapping[str, str]) -> list[str]:
    return [f"{use} by {partner}" for use, partner in partners.items()]


def _read(file: Path) -> dict[str, Any] | None:
    if not file.is_file():
        return None
    try:
        values: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise AdapterError(f"{file} is damaged: {error}") from None
    return values


def _window(card: AdapterCard) -> str:
    data = card.training.data
    if data.since is None or data.until is None:
        return "window not stated"
    days = [time.strftime("%Y-%m-%d", time.gmtime(moment)) for moment in (data.since, data.until)]
    return " to ".join(days)


def _weights(pick: dict[str, Any] | None) -> str:
    if pick is None:
        return "none: the scorer's order stands"
    weights = {name: value for name, value in pick["weights"].items() if name != "names"}
    return ", ".join(f"{name} {value}" for name, value in weights.items())


def _titles(pick: dict[str, Any] | None, catalog: Catalog) -> dict[str, int] | None:
    """How many titles a pick has names for, and how many of the catalogue's are among them; None
    for a pick that needs no names."""
    names = pick["weights"].get("names") if pick else None
    if not names:
        return None
    met = sum(digest(scored_title(item)) in names for item in catalog)
    return {"named": len(names), "catalogue": len(catalog), "met": met}


def _known(titles: dict[str, int] | None) -> str:
    if titles is None:
        return ""
    known = f"{titles['met']} of the catalogue's {titles['catalogue']}"
    if titles["met"]:
        return known
    return f"{known}, so the scorer picks alone; it was trained on another catalogue"
