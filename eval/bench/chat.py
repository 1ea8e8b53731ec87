"""Load test of the chat page, and how soon a browser shows the first card.

python -m shelftalker.eval.bench.chat demo --engine vllm --out eval/results/chat-vllm.json

`shelftalker chat` runs as a process of its own on a copy of the workspace. A real browser asks
alone: from the Enter key to the frame that shows the first card. Then many users come at once
through gradio_client; each says a word that must never reach another. With little time to write
(`--describe-seconds`) answers fall back to composed texts, and the result counts them.
"""

import re
import select
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from shelftalker.errors import EvaluationError
from shelftalker.eval.bench import harness
from shelftalker.eval.bench.chat_browser import first_card_times
from shelftalker.eval.bench.chat_load import TurnRecord, Visit, visit_all
from shelftalker.eval.result import Figures, ResultRow
from shelftalker.store.settings import as_toml
from shelftalker.store.workspace import SETTINGS_FILE, Workspace

START_TIMEOUT = 300
"""Seconds until the page must be up."""
SPREAD = {"p50": 0.5, "p95": 0.95, "max": 1.0}


def measure(
    workspace: Path,
    engine: str = "auto",
    users: int = 50,
    turns: int = 5,
    describe_seconds: float = 20,
    browser: Annotated[int, typer.Option(help="messages there; 0 leaves it out")] = 20,
    port: int = 7899,
    seed: int = 0,
) -> harness.Report:
    """The chat page of a copy of the workspace, alone with a browser, then under load."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(shutil.copytree(workspace, Path(folder) / "ws"))
        with Workspace.open(place) as opened:
            settings, domain = opened.settings, opened.settings.default_domain
            budgets = settings.budgets.model_copy(update={"describe_seconds": describe_seconds})
            changed = as_toml(settings.model_copy(update={"budgets": budgets}))
            (place / SETTINGS_FILE).write_text(changed, encoding="utf-8")
            domain = domain or opened.domains()[0]
            known = opened.events.users(domain)
        with _chat(place, engine, port) as (address, page):
            alone = first_card_times(address, browser) if browser else []
            before = _memory_mb(page.pid)
            names = [known[n % len(known)] if n % 2 else "" for n in range(users)]
            start = time.perf_counter()
            visits = visit_all(address, names, turns, seed)
            seconds = time.perf_counter() - start
            grown = _memory_mb(page.pid) - before
    rows = _load_rows(visits, seconds, grown)
    if alone:
        times = {f"first visible card {at} (ms)": share for at, share in SPREAD.items()}
        values = {"messages": len(alone), **harness.quantiles(alone, times, digits=1)}
        rows.append(ResultRow(system="browser", values=values))
    facts = {
        "data": domain,
        "split": f"{users} users at once, {turns} turns each, {describe_seconds:g} s to write",
        "seed": seed,
        "engine": engine,
        "model": settings.model,
    }
    measured = Figures(n=users * turns, rows=rows, flags=_flags(visits))
    figures = {"version": 1, "kind": "chat", **measured.model_dump(exclude={"samples"})}
    return harness.Report(f"chat-{engine}", f"chat-{engine}", figures, facts)


@contextmanager
def _chat(workspace: Path, engine: str, port: int) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """`shelftalker chat` on a workspace: the page's address and its process. Raises
    `EvaluationError` if it does not start."""
    command = [sys.executable, "-m", "shelftalker.cli", "chat", str(workspace)]
    command += ["--engine", engine, "--port", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        ready, _, _ = select.select([process.stdout], [], [], START_TIMEOUT)
        address = re.search(r"http://\S+", process.stdout.readline() if ready else "")
        if not address:
            raise EvaluationError(
                f"the page did not start within {START_TIMEOUT} s; "
                f"run: shelftalker chat {workspace} --engine {engine}"
            )
        yield address[0], process
    finally:
        process.terminate()
        process.wait(60)


def _memory_mb(process: int) -> float:
    """Resident memory of a process."""
    status = Path(f"/proc/{process}/status").read_text(encoding="utf-8")
    return int(re.findall(r"VmRSS:\s+(\d+)", status)[0]) / 1024


def _load_rows(visits: Sequence[Visit], seconds: float, grown: float) -> list[ResultRow]:
    """All turns, and each turn by its place in the conversation."""
    turns = [turn for visit in visits for turn in visit.turns]
    secrets = [visit.secret for visit in visits]
    sources = [source for turn in turns for source in turn.sources]
    values: dict[str, float] = {
        "turns": len(turns),
        "problems": sum(bool(turn.problem) for turn in turns),
        "leaks": sum(len(visit.leaked(secrets)) for visit in visits),
        "turns out of time": sum(turn.out_of_time for turn in turns),
        "cards": len(sources),
        "cards by the model": sum(source != "template" for source in sources),
        "turns a second": round(len(turns) / seconds, 2),
        "seconds": round(seconds, 1),
        "memory grown (MB)": round(grown, 1),
        **_times(turns),
    }
    places: dict[int, list[TurnRecord]] = {}
    for turn in turns:
        places.setdefault(turn.turn, []).append(turn)
    return [ResultRow(system="load", values=values)] + [
        ResultRow(system="load", segment=f"turn {place + 1}", values=_times(own))
        for place, own in places.items()
    ]


def _times(turns: Sequence[TurnRecord]) -> dict[str, float]:
    cards = [turn.first_card for turn in turns if turn.first_card is not None]
    whole = [turn.whole for turn in turns if turn.whole is not None]
    return {
        name: value
        for what, values in (("first card", cards), ("whole answer", whole))
        for name, value in harness.quantiles(
            values, {f"{what} {at} (s)": share for at, share in SPREAD.items()}
        ).items()
    }


def _flags(visits: Sequence[Visit]) -> list[str]:
    problems = [f"{v.secret}, turn {turn.turn + 1}: {turn.problem}"
                for v in visits for turn in v.turns if turn.problem]  # fmt: skip
    secrets = [visit.secret for visit in visits]
    leaks = [(visit.secret, visit.leaked(secrets)) for visit in visits]
    return problems[:20] + [f"{secret} received {words}" for secret, words in leaks if words]


if __name__ == "__main__":
    harness.run(measure)
