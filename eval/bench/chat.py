"""Load test of the chat page, and how soon a browser shows the first card.

python -m shelftalker.eval.bench.chat demo --engine vllm --out eval/results/chat-vllm.json
python -m shelftalker.eval.bench.chat demo --against ../other-checkout --rounds 2

`shelftalker chat` runs as a process of its own on a copy of the workspace. A real browser asks
alone: from the Enter key to the frame that shows the first card. Then many users come at once
through gradio_client; each says a word that must never reach another. With little time to write
(`--describe-seconds`) answers fall back to composed texts, and the result counts them.
`--against` measures other checkouts in the same run, each on a fresh copy of the workspace.
"""

import argparse
import os
import re
import select
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from shelftalker.errors import EvaluationError
from shelftalker.eval.bench.chat_browser import first_card_times
from shelftalker.eval.bench.chat_load import TurnRecord, Visit, visit_all
from shelftalker.eval.result import Result, ResultRow, provenance
from shelftalker.store.atomic import replace_file
from shelftalker.store.workspace import Workspace

VERSION = 1
CHECKOUT = Path(__file__).resolve().parents[2]
START_TIMEOUT = 300
"""Seconds until the page must be up."""


class ChatProcess:
    """`shelftalker chat` on a workspace, run from a checkout; `address` is its URL."""

    def __init__(self, checkout: Path, workspace: Path, engine: str, port: int) -> None:
        self._folder = tempfile.TemporaryDirectory()
        root = _import_root(checkout.resolve(), Path(self._folder.name))
        command = [sys.executable, "-m", "shelftalker.cli", "chat", str(workspace)]
        self.process = subprocess.Popen(
            [*command, "--engine", engine, "--port", str(port)],
            stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": str(root)},
        )  # fmt: skip
        assert self.process.stdout is not None
        ready, _, _ = select.select([self.process.stdout], [], [], START_TIMEOUT)
        address = re.search(r"http://\S+", self.process.stdout.readline() if ready else "")
        if not address:
            self.close()
            raise EvaluationError(
                f"the page of {checkout} did not start within {START_TIMEOUT} s; "
                f"run there: shelftalker chat {workspace} --engine {engine}"
            )
        self.address = address[0]

    def memory_mb(self) -> float:
        """Resident memory of the page's process."""
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="utf-8")
        return int(re.findall(r"VmRSS:\s+(\d+)", status)[0]) / 1024

    def close(self) -> None:
        """End it."""
        self.process.terminate()
        self.process.wait(60)
        self._folder.cleanup()


def main() -> None:
    """Measure, print, write."""
    options = _options()
    start = time.perf_counter()
    rows: list[ResultRow] = []
    flags: list[str] = []
    for number in range(options.rounds):
        checkouts = [CHECKOUT, *options.against]
        for checkout in checkouts[:: -1 if number % 2 else 1]:
            name = "" if checkout == CHECKOUT else f" of {_commit(checkout)}"
            name += f", round {number + 1}" if options.rounds > 1 else ""
            measured, flagged = _measured(checkout, name, options)
            rows += measured
            flags += [f"{flag}{name}" for flag in flagged]
    with Workspace.open(options.workspace) as workspace:
        facts = _facts(workspace, options)
    result = Result(
        task=f"chat-{options.engine}",
        version=VERSION,
        kind="chat",
        n=options.users * options.turns,
        provenance=provenance(facts, time.perf_counter() - start),
        rows=rows,
        flags=flags,
    )
    text = result.model_dump_json(indent=1, exclude={"samples"})
    print(text)
    if options.out:
        replace_file(options.out, f"{text}\n".encode())


def _measured(
    checkout: Path, name: str, options: argparse.Namespace
) -> tuple[list[ResultRow], list[str]]:
    """One run of a checkout's chat page on a fresh copy of the workspace: its rows and problems."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(shutil.copytree(options.workspace, Path(folder) / "ws"))
        known = _prepare(place, options.describe_seconds)
        chat = ChatProcess(checkout, place, options.engine, options.port)
        try:
            browser = first_card_times(chat.address, options.browser) if options.browser else []
            before = chat.memory_mb()
            users = [known[n % len(known)] if n % 2 else "" for n in range(options.users)]
            start = time.perf_counter()
            visits = visit_all(chat.address, users, options.turns, options.seed)
            seconds = time.perf_counter() - start
            grown = chat.memory_mb() - before
        finally:
            chat.close()
    rows = [*_load_rows(visits, seconds, grown, name), *_browser_rows(browser, name)]
    return rows, _flags(visits)


def _import_root(checkout: Path, folder: Path) -> Path:
    """A folder from which `import shelftalker` takes a checkout's code, whatever is installed."""
    package = folder / "shelftalker"
    package.mkdir()
    for part in (checkout / "agent").iterdir():
        (package / part.name).symlink_to(part)
    for name in ("adapters", "prompts", "eval"):
        if not (package / name).is_symlink():
            (package / name).symlink_to(checkout / name)
    return folder


def _commit(checkout: Path) -> str:
    """The commit of a checkout, shortened."""
    command = ["git", "-C", str(checkout), "rev-parse", "--short", "HEAD"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def _prepare(place: Path, describe_seconds: float) -> list[str]:
    """Set the time for writing in a copied workspace; returns its users. The settings file keeps
    the keys that it has: another checkout need not know others."""
    file = place / "workspace.toml"
    line, text = f"describe_seconds = {describe_seconds:g}", file.read_text(encoding="utf-8")
    text, replaced = re.subn(r"(?m)^describe_seconds\s*=.*$", line, text)
    if not replaced:
        text, replaced = re.subn(r"(?m)^\[budgets\].*$", rf"\g<0>\n{line}", text)
    if not replaced:
        text += f"\n[budgets]\n{line}\n"
    file.write_text(text, encoding="utf-8")
    with Workspace.open(place) as workspace:
        return workspace.events.users(workspace.settings.default_domain or workspace.domains()[0])


def _facts(workspace: Workspace, options: argparse.Namespace) -> dict[str, Any]:
    return {
        "data": workspace.settings.default_domain or workspace.domains()[0],
        "split": f"{options.users} users at once, {options.turns} turns each, "
        f"{options.describe_seconds:g} s to write",
        "seed": options.seed,
        "engine": options.engine,
        "model": workspace.settings.model,
    }


def _load_rows(visits: Sequence[Visit], seconds: float, grown: float, name: str) -> list[ResultRow]:
    """All turns, and each turn by its place in the conversation."""
    turns = [h for visit in visits for h in visit.turns]
    secrets = [visit.secret for visit in visits]
    sources = [source for h in turns for source in h.sources]
    values: dict[str, float] = {
        "turns": len(turns),
        "problems": sum(bool(h.problem) for h in turns),
        "leaks": sum(len(visit.leaked(secrets)) for visit in visits),
        "turns out of time": sum(h.out_of_time for h in turns),
        "cards": len(sources),
        "cards by the model": sum(source != "template" for source in sources),
        "turns a second": round(len(turns) / seconds, 2),
        "seconds": round(seconds, 1),
        "memory grown (MB)": round(grown, 1),
        **_times(turns),
    }
    by_turn = [
        ResultRow(
            system=f"load{name}",
            segment=f"turn {n + 1}",
            values=_times([h for h in turns if h.turn == n]),
        )
        for n in range(max((h.turn for h in turns), default=-1) + 1)
    ]
    return [ResultRow(system=f"load{name}", values=values), *by_turn]


def _times(turns: Sequence[TurnRecord]) -> dict[str, float]:
    cards = [h.first_card for h in turns if h.first_card is not None]
    whole = [h.whole for h in turns if h.whole is not None]
    return {
        f"{name} {at} (s)": round(float(np.percentile(values, percent)), 3)
        for name, values in (("first card", cards), ("whole answer", whole))
        for at, percent in (("p50", 50), ("p95", 95), ("max", 100))
        if values
    }


def _browser_rows(times: Sequence[float], name: str) -> list[ResultRow]:
    if not times:
        return []
    values = {
        f"first visible card {at} (ms)": round(float(np.percentile(times, percent)), 1)
        for at, percent in (("p50", 50), ("p95", 95), ("max", 100))
    }
    return [ResultRow(system=f"browser{name}", values={"messages": len(times), **values})]


def _flags(visits: Sequence[Visit]) -> list[str]:
    problems = [f"{v.secret}, turn {h.turn + 1}: {h.problem}" for v in visits for h in v.turns
                if h.problem]  # fmt: skip
    secrets = [visit.secret for visit in visits]
    return problems[:20] + [f"{v.secret} received {v.leaked(secrets)}" for v in visits
                            if v.leaked(secrets)]  # fmt: skip


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("workspace", type=Path)
    parser.add_argument("--engine", default="auto", help="auto, openvino, transformers, vllm, none")
    parser.add_argument("--users", type=int, default=50)
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--describe-seconds", type=float, default=20)
    parser.add_argument("--browser", type=int, default=20, help="messages there; 0 leaves it out")
    parser.add_argument("--port", type=int, default=7899)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--against", type=Path, nargs="*", default=[], metavar="CHECKOUT",
                        help="other checkouts to measure in the same run")  # fmt: skip
    parser.add_argument("--rounds", type=int, default=1, help="each in turns, order reversed")
    parser.add_argument("--out", type=Path, help="also write the result into this file")
    return parser.parse_args()


if __name__ == "__main__":
    main()
