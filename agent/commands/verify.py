"""The command `verify`: the verdicts on sentences in a file."""

import json
from pathlib import Path
from typing import Annotated

import typer

from shelftalker.commands.terminal import Json, bar, check_files, report

commands = typer.Typer()


@commands.command()
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
