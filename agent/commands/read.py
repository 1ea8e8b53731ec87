"""Commands that answer a file with a row for each of its lines: read, verify."""

import asyncio
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from shelftalker.commands.terminal import (
    Dir,
    DomainOption,
    EngineOption,
    Json,
    bar,
    check_files,
    report,
    say,
)
from shelftalker.errors import InputError

if TYPE_CHECKING:
    from shelftalker.conversation.assistant import Assistant
    from shelftalker.conversation.state import Conversation, Turn


def read(
    directory: Dir,
    requests: Annotated[
        Path, typer.Option(help="JSONL: `messages` (a text or a list), optional `id` and `domain`.")
    ],
    out_file: Annotated[Path, typer.Option("--out", help="JSONL file to write.")],
    domain: DomainOption = None,
    k: Annotated[int, typer.Option(help="Cards a turn.", min=1, max=20)] = 3,
    engine: EngineOption = "none",
) -> None:
    """Read conversations and write one row a case: per turn the act, filters, wishes and cards."""
    from shelftalker.conversation.assistant import Assistant
    from shelftalker.recommender import Recommender

    check_files([requests])
    cases = list(_cases(requests))
    with (
        Recommender.open(directory, engine=engine) as recommender,
        bar("reading") as progress,
        out_file.open("w", encoding="utf-8") as written,
    ):
        assistant = Assistant(recommender, k)
        known = set(recommender.domains())
        for done, case in enumerate(cases, start=1):
            named = case.get("domain")
            conversation = assistant.begin(domain=domain or (named if named in known else None))
            turns = asyncio.run(_turns(assistant, conversation, case["messages"]))
            row = {"id": case.get("id", done), "domain": conversation.domain, "turns": turns}
            written.write(json.dumps(row, ensure_ascii=False) + "\n")
            progress(done, len(cases), "cases")
    say(f"{len(cases)} cases read, written to {out_file}")


def verify(
    contexts: Annotated[
        Path, typer.Option(help="JSONL, gzip too: an item, a history and a request by `cid`.")
    ],
    sentences: Annotated[Path, typer.Option(help="JSONL: id, cid, sentence.")],
    out: Annotated[Path, typer.Option(help="JSONL: id, passed, reason, claims.")],
    as_json: Json = False,
) -> None:
    """Check sentences against the rows that they are about, one verdict a sentence."""
    from shelftalker.store.atomic import replace_file
    from shelftalker.writing.verification import verify_files

    check_files([contexts, sentences])
    lines, passed = [], 0
    with bar("verifying") as progress:
        for row in verify_files(contexts, sentences):
            lines.append(json.dumps(row, ensure_ascii=False))
            passed += row["passed"]
            progress(len(lines), 0, "sentences")
    replace_file(out, "\n".join([*lines, ""]).encode())
    report({"sentences": len(lines), "passed": passed, "written": str(out)}, as_json)


def _cases(file: Path) -> Iterator[dict[str, Any]]:
    """The cases of a JSONL file, each with a list of messages. Raises `InputError`."""
    from shelftalker.writing.verification import rows_of

    for number, case in enumerate(rows_of(file, ("messages",)), start=1):
        messages = case["messages"]
        listed = [messages] if isinstance(messages, str) else messages
        if not isinstance(listed, list) or not all(isinstance(one, str) for one in listed):
            raise InputError(
                f"{file}, case {number}: messages is {messages!r}; allowed: a text or a list"
            )
        yield {**case, "messages": listed}


async def _turns(
    assistant: "Assistant", conversation: "Conversation", messages: Sequence[str]
) -> list[dict[str, Any]]:
    rows = []
    for message in messages:
        [*_, turn] = [turn async for turn in assistant.say(conversation, message)]
        rows.append({"message": message, **_row(turn, conversation)})
    return rows


def _row(turn: "Turn", conversation: "Conversation") -> dict[str, Any]:
    """What holds after a turn: the whole taste of the conversation, and the turn's cards."""
    taste = conversation.taste
    return {
        "act": turn.act,
        "filters": [str(c.condition) for c in taste.of("filter") if c.condition],
        "text": ", ".join(chip.value for chip in taste.of("wish")),
        "avoid": ", ".join(chip.value for chip in taste.of("avoid")),
        "like": [chip.label for chip in taste.of("example", "like")],
        "unlike": [chip.label for chip in taste.of("dislike")],
        "set_aside": list(turn.set_aside),
        "reply": turn.reply,
        "notices": list(turn.notices),
        "cards": [
            {"id": card.item.id, "title": card.item.title} for _, card in sorted(turn.cards.items())
        ],
    }
