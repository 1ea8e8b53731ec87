"""Adapter versions as plain values and as text: a row each for lists, or one in full."""

import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from shelftalker.adapters.gate.report import GateReport, interval_text
from shelftalker.adapters.registry import AdapterVersions
from shelftalker.data.catalog import Catalog
from shelftalker.errors import AdapterError
from shelftalker.ranking.pick import digest, scored_title
from shelftalker.ranking.pick_weights import PICK_FILE, weights_folder
from shelftalker.store.adapter_card import BASE_ONLY, AdapterCard
from shelftalker.store.adapter_parts import version_parts

NEVER_GATED = "never run"


def summaries(versions: AdapterVersions) -> list[dict[str, Any]]:
    """One row per version, oldest first. Why one cannot be in service stands in its `problem`."""
    rows = [
        _standing(versions, version)
        | {"problem": versions.problem(version)}
        | _row(versions.folder(version))
        for version in versions.names()
    ]
    serving = versions.workspace.current(versions.domain).adapter
    if serving and serving not in versions.names():
        gone = "its folder is gone; restore it, promote another version, or roll back"
        rows.append(_standing(versions, serving) | {"problem": gone})
    return rows


def details(versions: AdapterVersions, version: str) -> dict[str, Any]:
    """The card of a version, its pick weights, how many titles it has names for, and its gate
    report. Raises `AdapterError`."""
    workspace, domain, folder = versions.workspace, versions.domain, versions.folder(version)
    card, report = AdapterCard.read(folder), GateReport.read(folder)
    pick = _read(weights_folder(workspace, domain, version) / PICK_FILE)
    return _standing(versions, version) | {
        "card": card.model_dump(mode="json"),
        "pick": pick,
        "titles": _titles(pick, workspace.catalog(domain)),
        "gate": report.model_dump(mode="json") if report else None,
    }


def summary_line(row: dict[str, Any]) -> str:
    """A row of `summaries` as text."""
    parts = [row["problem"]] if row["problem"] else []
    if "method" in row:
        text = f"{row['method']} of rank {row['rank']}, {row['created']}, gate: {row['gate']}"
        parts.insert(0, ", ".join([text, *_partners(row["partners"])]))
    return f"{_name(row)}: {'; '.join(parts)}"


def details_table(details: dict[str, Any]) -> dict[str, str]:
    """The result of `details` as text: label → value."""
    card = AdapterCard.model_validate(details["card"])
    training = card.training
    trained = [card.method, f"rank {card.rank}", f"seed {training.seed}", card.created]
    if training.seconds is not None:
        trained.append(f"{training.seconds:.0f} s on {training.machine}")
    table = {
        "adapter": _name(details),
        "base model": f"{card.base.model} ({card.base.weights})",
        "tokenizer": card.base.tokenizer,
        "prompts": ", ".join(f"{name} ({digest})" for name, digest in card.prompts.items()),
        "trained": ", ".join(trained),
        "data": ", ".join([_window(card), f"licence {training.data.licence}"]),
        "examples": ", ".join(f"{name} {n}" for name, n in training.data.counts.items()),
        **{f"validation {name}": interval_text(one) for name, one in training.metrics.items()},
        "pick weights": _weights(details["pick"]),
        "titles known": _known_titles(details["titles"]),
        "partners": ", ".join(_partners(details["card"]["partners"])),
        "libraries": ", ".join(f"{name} {version}" for name, version in card.versions.items()),
        "commit": card.commit,
    }
    report = details["gate"]
    table |= gate_table(GateReport.model_validate(report)) if report else {"gate": NEVER_GATED}
    return {name: text for name, text in table.items() if text}


def added_table(details: dict[str, Any]) -> dict[str, str]:
    """What matters of a version just added: its name, its partners, which titles it can pick."""
    table = details_table(details)
    names = ("partners", "titles known")
    return {"adapter": details["adapter"]} | {name: table[name] for name in names if name in table}


def gate_table(report: GateReport) -> dict[str, str]:
    """A gate report as text: label → value."""
    table = {
        "gate": ("passed: " if report.passed else "not passed: ") + report.sentence,
        "gate pick": report.pick_sentence,
        **{f"gate NDCG@10, {name}": interval_text(one) for name, one in report.ndcg.items()},
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
    if report.off_policy:
        earned = interval_text(report.off_policy, signed=True)
        table["gate rewards, by what was shown"] = f"{earned} answers"
    elif report.no_off_policy:
        table["gate rewards, by what was shown"] = f"no verdict: {report.no_off_policy}"
    if report.flip_rate is not None:
        table["gate order flips"] = f"{report.flip_rate:.1%}"
    return table


def _standing(versions: AdapterVersions, version: str) -> dict[str, Any]:
    """A version's name, whether it is in service, and what it does if it is a partner of the one
    in service."""
    workspace, domain = versions.workspace, versions.domain
    name, serving = f"{domain}@{version}", workspace.current(domain).adapter
    try:
        parts = version_parts(workspace, domain, serving)
    except AdapterError:  # reported in the row of the version in service
        parts = BASE_ONLY
    uses = [use for use, adapter in parts._asdict().items() if adapter == name]
    return {"adapter": name, "serving": version == serving, "serves": uses}


def _name(row: Mapping[str, Any]) -> str:
    """A version's name and what it does now."""
    if row["serving"]:
        return (
            f"{row['adapter']} ({'should serve, but cannot' if row.get('problem') else 'serves'})"
        )
    uses = " and ".join({"pick": "picks", "describe": "writes"}[use] for use in row["serves"])
    return f"{row['adapter']} ({uses} for what serves)" if uses else str(row["adapter"])


def _row(folder: Path) -> dict[str, Any]:
    """What a list shows of a version's card and gate report; empty without a readable card."""
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
    return NEVER_GATED if report is None else f"{'' if report.passed else 'not '}passed"


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
    """How many titles the pick weights have names for, and how many of the catalogue's these are;
    None where the pick needs no names."""
    names = pick["weights"].get("names") if pick else None
    if not names:
        return None
    known = sum(digest(scored_title(item)) in names for item in catalog)
    return {"named": len(names), "catalogue": len(catalog), "met": known}


def _known_titles(titles: dict[str, int] | None) -> str:
    if titles is None:
        return ""
    known = f"{titles['met']} of the catalogue's {titles['catalogue']}"
    if titles["met"]:
        return known
    return f"{known}, so the scorer picks alone; it was trained on another catalogue"
