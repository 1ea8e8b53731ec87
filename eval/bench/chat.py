"""The chat page under load, and how soon a card is seen.

python -m shelftalker.eval.bench.chat demo --engine vllm --out eval/results/chat-vllm.json

`shelftalker chat` runs as a process of its own on a copy of the workspace. So many users come at
once through gradio_client and say so many things each; every one says a word that must never reach
another. Then a real browser asks alone: from the Enter key to the frame that shows the first card.
With little time to write (`--describe-seconds`) the answers step down to composed texts, and the
result says how many did.
"""

import argparse
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

from shelftalker.errors import EvaluationError, MissingExtra
from shelftalker.eval.bench.chat_load import Heard, Visit, visit_all
from shelftalker.eval.result import Result, ResultRow, provenance
from shelftalker.store.atomic import replace_file
from shelftalker.store.settings import as_toml
from shelftalker.store.workspace import Workspace

VERSION = 1
STARTS_WITHIN = 300
SAID = (
    "a comedy from the 1990s", "something older", "a thriller", "less violent", "something else",
    "a drama under two hours", "newer", "surprise me", "an adventure", "no war",
)  # fmt: skip


class ChatProcess:
    """`shelftalker chat` on a workspace; `address` is where it serves."""

    def __init__(self, workspace: Path, engine: str, port: int) -> None:
        command = [sys.executable, "-m", "shelftalker.cli", "chat", str(workspace)]
        self.process = subprocess.Popen(
            [*command, "--engine", engine, "--port", str(port)], stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        ready, _, _ = select.select([self.process.stdout], [], [], STARTS_WITHIN)
        found = re.search(r"http://\S+", self.process.stdout.readline() if ready else "")
        if not found:
            self.close()
            raise EvaluationError(f"the page did not start within {STARTS_WITHIN} s")
        self.address = found[0]

    def memory_mb(self) -> float:
        """Resident memory of the page's process."""
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="utf-8")
        return int(re.findall(r"VmRSS:\s+(\d+)", status)[0]) / 1024

    def close(self) -> None:
        """End it."""
        self.process.terminate()
        self.process.wait(60)


def main() -> None:
    """Measure, print, write."""
    options = _options()
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        place = Path(shutil.copytree(options.workspace, Path(folder) / "ws"))
        known = _prepare(place, options.describe_seconds)
        chat = ChatProcess(place, options.engine, options.port)
        try:
            browser = seen_first(chat.address, options.browser) if options.browser else []
            before = chat.memory_mb()
            users = [known[n] if n % 2 else "" for n in range(options.users)]
            begun = time.perf_counter()
            visits = visit_all(chat.address, users, options.turns, options.seed)
            lasted = time.perf_counter() - begun
            grown = chat.memory_mb() - before
        finally:
            chat.close()
        rows = [*_load_rows(visits, lasted, grown), *_browser_rows(browser)]
        found = Result(
            task=f"chat-{options.engine}",
            version=VERSION,
            kind="chat",
            n=options.users * options.turns,
            provenance=provenance(_facts(place, options), time.perf_counter() - start),
            rows=rows,
            flags=_flags(visits),
        )
    text = found.model_dump_json(indent=1, exclude={"samples"})
    print(text)
    if options.out:
        replace_file(options.out, f"{text}\n".encode())


def _prepare(place: Path, describe_seconds: float) -> list[str]:
    """Set the time for writing in a copied workspace; its users."""
    with Workspace.open(place) as workspace:
        settings = workspace.settings
        budgets = settings.budgets.model_copy(update={"describe_seconds": describe_seconds})
        (place / "workspace.toml").write_text(
            as_toml(settings.model_copy(update={"budgets": budgets})), encoding="utf-8"
        )
        domain = settings.default_domain or workspace.domains()[0]
        return workspace.events.users(domain)


def _facts(place: Path, options: argparse.Namespace) -> dict[str, Any]:
    with Workspace.open(place) as workspace:
        settings, domain = workspace.settings, workspace.settings.default_domain
        return {
            "data": f"{domain or workspace.domains()[0]}",
            "split": f"{options.users} users at once, {options.turns} turns each, "
            f"{settings.budgets.describe_seconds:g} s to write",
            "seed": options.seed,
            "engine": options.engine,
            "model": settings.model,
        }


def _load_rows(visits: Sequence[Visit], lasted: float, grown: float) -> list[ResultRow]:
    """All turns, and each turn by its place in the conversation."""
    heard = [h for visit in visits for h in visit.heard]
    secrets = [visit.secret for visit in visits]
    sources = [source for h in heard for source in h.sources]
    values: dict[str, float] = {
        "turns": len(heard),
        "problems": sum(bool(h.problem) for h in heard),
        "leaks": sum(len(visit.leaked(secrets)) for visit in visits),
        "turns out of time": sum(h.out_of_time for h in heard),
        "cards": len(sources),
        "cards by the model": sum(source != "template" for source in sources),
        "turns a second": round(len(heard) / lasted, 2),
        "seconds": round(lasted, 1),
        "memory grown (MB)": round(grown, 1),
        **_times(heard),
    }
    turns = sorted({h.turn for h in heard})
    by_turn = [
        ResultRow(
            system="load", segment=f"turn {n + 1}", values=_times([h for h in heard if h.turn == n])
        )
        for n in turns
    ]
    return [ResultRow(system="load", values=values), *by_turn]


def _times(heard: Sequence[Heard]) -> dict[str, float]:
    cards = [h.first_card for h in heard if h.first_card is not None]
    whole = [h.whole for h in heard if h.whole is not None]
    return {
        f"{name} {at} (s)": round(float(np.percentile(values, percent)), 3)
        for name, values in (("first card", cards), ("whole answer", whole))
        for at, percent in (("p50", 50), ("p95", 95), ("max", 100))
        if values
    }


def _browser_rows(seen: Sequence[float]) -> list[ResultRow]:
    if not seen:
        return []
    values = {
        f"first visible card {at} (ms)": round(float(np.percentile(seen, percent)), 1)
        for at, percent in (("p50", 50), ("p95", 95), ("max", 100))
    }
    return [ResultRow(system="browser", values={"messages": len(seen), **values})]


def _flags(visits: Sequence[Visit]) -> list[str]:
    problems = [f"{v.secret}, turn {h.turn + 1}: {h.problem}" for v in visits for h in v.heard
                if h.problem]  # fmt: skip
    secrets = [visit.secret for visit in visits]
    return problems[:20] + [f"{v.secret} heard {v.leaked(secrets)}" for v in visits
                            if v.leaked(secrets)]  # fmt: skip


def seen_first(address: str, messages: int) -> list[float]:
    """Milliseconds from the Enter key to the frame that shows the new first card, by message; the
    first message, which warms everything up, is left out. Raises `MissingExtra`, and
    `EvaluationError` where there is no browser."""
    try:
        from playwright.sync_api import sync_playwright
    except ModuleNotFoundError:
        raise MissingExtra("playwright", "dev") from None
    with sync_playwright() as driver:
        program = shutil.which("chromium") or driver.chromium.executable_path
        if not Path(program).is_file():
            raise EvaluationError(
                "a browser's times need Chromium, and there is none: install the package chromium "
                "or run `playwright install chromium`; --browser 0 measures the load alone"
            )
        browser = driver.chromium.launch(
            executable_path=program, args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.goto(address)
        page.wait_for_selector(".st-example")
        page.evaluate(_WATCH)
        times = [_typed(page, SAID[n % len(SAID)]) for n in range(messages + 1)]
        browser.close()
    return times[1:]


def _typed(page: Any, message: str) -> float:
    """One message typed; once its card is seen the answer is stopped, so that the next finds the
    engine free."""
    box = page.locator("#st-box textarea, #st-box input").first
    before = page.evaluate("seen.length")
    box.fill(message)
    box.press("Enter")
    page.wait_for_function("n => seen.length > n", arg=before, timeout=60_000)
    if page.locator("#st-stop").is_visible():
        page.locator("#st-stop").click()
    page.wait_for_function(
        "[...document.querySelectorAll('.st-turn')].at(-1).dataset.state !== 'working'",
        timeout=180_000,
    )
    return float(page.evaluate("seen.at(-1)"))


_WATCH = """
window.seen = []; let pressed = 0, turns = 0;
addEventListener("keydown", e => { if (e.key === "Enter") {
  pressed = performance.now(); turns = document.querySelectorAll(".st-turn").length; } }, true);
new MutationObserver(() => {
  const all = document.querySelectorAll(".st-turn");
  const last = all[all.length - 1];
  if (pressed && all.length > turns && last.querySelector(".st-card:not(.st-skeleton)")) {
    const from = pressed; pressed = 0;
    requestAnimationFrame(() => seen.push(performance.now() - from));
  }
}).observe(document.body, { childList: true, subtree: true });
"""


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("workspace", type=Path)
    parser.add_argument("--engine", default="transformers", help="transformers, vllm, none")
    parser.add_argument("--users", type=int, default=50)
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--describe-seconds", type=float, default=20)
    parser.add_argument("--browser", type=int, default=20, help="messages there; 0 leaves it out")
    parser.add_argument("--port", type=int, default=7899)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, help="also write the result into this file")
    return parser.parse_args()


if __name__ == "__main__":
    main()
