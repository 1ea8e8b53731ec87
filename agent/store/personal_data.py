"""All that a workspace holds of one person: exported, or erased."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shelftalker.store.atomic import replace_file

if TYPE_CHECKING:
    from shelftalker.store.workspace import Workspace


def exported(workspace: "Workspace", user: str) -> dict[str, list[dict[str, Any]]]:
    """The events of a user by domain, oldest first."""
    return {
        domain: [asdict(event) for event in workspace.events.of_user(domain, user)]
        for domain in workspace.domains()
    }


def shown_to(workspace: "Workspace", user: str) -> list[dict[str, Any]]:
    """What a user was shown, where a domain logs that."""
    if not workspace.has("shown.db"):
        return []
    ids = [user, *workspace.events.aliases(user)]
    frames = [workspace.impressions.frame(d, one) for d in workspace.domains() for one in ids]
    return [row for frame in frames for row in frame.to_dicts()]


def traces(workspace: "Workspace", user: str) -> list[str]:
    """The trained versions that may have learned from a user's events: adapters whose log window
    holds one, scorers that are newer than one. To be asked before the events are deleted; training
    anew afterwards leaves no trace."""
    from shelftalker.store.adapter_card import CARD_FILE, AdapterCard  # loads the tokenizers

    seen: list[str] = []
    for domain in workspace.domains():
        times = [event.time for event in workspace.events.of_user(domain, user)]
        folder = workspace.domain_path(domain)
        for name in workspace.versions(domain, "scorer") if times else ():
            if (folder / "scorer" / name / CARD_FILE).stat().st_mtime >= min(times):
                seen.append(f"{domain} scorer {name}")
        for name in workspace.versions(domain, "adapters") if times else ():
            data = AdapterCard.read(folder / "adapters" / name).training.data
            since, until = data.since or 0.0, data.until or 0.0
            if any(since <= when <= until for when in times):
                seen.append(f"{domain} adapter {name}")
    return seen


def erase(workspace: "Workspace", user: str) -> int:
    """Delete a user's events in all domains, impressions, conversations, and refused rows that name
    the user, also under the anonymous ids that were merged; returns the number of events. Imports
    leave the user's rows out from then on."""
    from shelftalker.store.service_db import SERVICE_FILE, ServiceDb

    ids = [user, *workspace.events.aliases(user)]
    deleted = workspace.events.forget(user)  # first: what still waits to be stored goes by it
    for one in ids:
        if workspace.has("shown.db"):
            workspace.impressions.forget(one)
        if workspace.has(SERVICE_FILE):
            with ServiceDb.of(workspace.path) as service:
                service.drop_conversations(of=one)
        for file in workspace.path.glob("domains/*/rejects.jsonl"):
            _without_lines(file, one.encode())
    return deleted


def merge(workspace: "Workspace", alias: str, user: str) -> int:
    """What is stored of an anonymous id becomes the user's, as do its later events; returns the
    number of events. Raises `InputError` where both are one id."""
    from shelftalker.store.service_db import SERVICE_FILE, ServiceDb

    moved = workspace.events.merge(alias, user)
    if workspace.has("shown.db"):
        workspace.impressions.merge(alias, user)
    if workspace.has(SERVICE_FILE):
        with ServiceDb.of(workspace.path) as service:
            service.merge_conversations(alias, user)
    return moved


def _without_lines(file: Path, named: bytes) -> None:
    lines = file.read_bytes().splitlines(keepends=True)
    kept = [line for line in lines if named not in line]
    if len(kept) < len(lines):
        replace_file(file, b"".join(kept))
