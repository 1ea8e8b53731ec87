"""Many visitors of the HTTP service at once: when each of them has cards and texts, and whose words
reach whom.

python -m shelftalker.eval.bench.visitors demo --engine openvino --out eval/results

The service runs in `workers` processes of its own on a copy of the workspace, without the page.
`at_once` visitors (all, unless it is given) talk at the same time; each sends its next message as
soon as it has been answered, over server-sent events, and says a word that must never reach another
visitor.
Run `shelftalker prepare DIR` before it, so that texts written ahead are there.
"""

import asyncio
import json
import os
import random
import re
import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from shelftalker.eval.bench import harness
from shelftalker.eval.bench.service import pss, served
from shelftalker.language.notices import notice
from shelftalker.service.running import WORKER
from shelftalker.store.workspace import Workspace

TURN_SECONDS, LONGEST_LINE = 600.0, 2**20
OPENINGS = ("a drama", "a comedy", "a thriller", "something romantic", "an adventure", "a war film")
CORRECTIONS = (
    "something older", "something newer", "something else", "not the first one",
    "more like the second one", "less sad", "I've seen the last one", "surprise me", "shorter",
)  # fmt: skip
_SECRET = re.compile(r"quux\d+zebra")
SPREAD = {"p50": 0.5, "p95": 0.95, "max": 1.0}


@dataclass
class Visit:
    """What one visitor received. `secret`: a word that only this visitor says; `secrets`: all such
    words that came; `first_cards`, `wholes`: seconds from a message to its first card and to its
    whole answer; `sources`: who wrote each card's text; `notices`: of all answers."""

    secret: str
    first_cards: list[float] = field(default_factory=list)
    wholes: list[float] = field(default_factory=list)
    sources: list[str] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    secrets: set[str] = field(default_factory=set)


async def measure(
    workspace: Path,
    engine: str = "auto",
    users: int = 50,
    turns: int = 5,
    at_once: int | None = None,
    workers: int = 1,
    port: int = 8974,
    seed: int = 0,
) -> harness.Report:
    """Half of the visitors are known users, half are new."""
    with tempfile.TemporaryDirectory() as folder:
        keyless = shutil.ignore_patterns("service.db*")  # with keys, each request would need one
        place = Path(shutil.copytree(workspace, Path(folder) / "ws", ignore=keyless))
        with Workspace.open(place) as opened:
            settings = opened.settings
            domain = settings.default_domain or opened.domains()[0]
            known = opened.events.users(domain)
        with served(place, port, workers, WORKER, engine) as (address, process):
            before, start = pss(process.pid), time.perf_counter()
            names = [known[n % len(known)] if n % 2 else None for n in range(users)]
            visits = await _visits(address, names, turns, at_once or users, seed)
            seconds, grown = time.perf_counter() - start, pss(process.pid) - before
    split = f"{users} visitors, {at_once or users} at once, {turns} turns each"
    facts = {"data": domain, "split": split, "seed": seed, "engine": engine}
    figures: dict[str, Any] = {"version": 2, "workers": workers, "turns": users * turns}
    figures |= {"seconds": round(seconds, 1), "load average": round(os.getloadavg()[0], 1)}
    figures |= {"memory grown (MB)": round(grown, 1), **figures_of(visits)}
    facts |= {"model": settings.model}
    return harness.Report(f"visitors-{users}-{engine}", "visitors of the service", figures, facts)


async def _visits(
    address: str, names: Sequence[str | None], turns: int, at_once: int, seed: int
) -> list[Visit]:
    # aiohttp takes a third of the time that httpx does, on cores that the service needs.
    pool = aiohttp.TCPConnector(limit=at_once, keepalive_timeout=1)  # before the service ends it
    time_out, places = aiohttp.ClientTimeout(TURN_SECONDS), asyncio.Semaphore(at_once)
    async with aiohttp.ClientSession(
        address, connector=pool, timeout=time_out, read_bufsize=LONGEST_LINE, raise_for_status=True
    ) as client:

        async def one(number: int, name: str | None) -> Visit:
            async with places:
                return await _visit(client, number, name, turns, seed)

        return await asyncio.gather(*(one(number, name) for number, name in enumerate(names)))


def figures_of(visits: Sequence[Visit]) -> dict[str, Any]:
    """Times, who wrote the texts, problems, and the words that reached another visitor."""
    sources = [source for visit in visits for source in visit.sources]
    late = {notice("text_late", language) for language in ("en", "zh")}
    leaks = [
        f"{visit.secret} received {word}"
        for visit in visits
        for word in sorted(visit.secrets - {visit.secret})
    ]
    return {
        "first card (s)": harness.quantiles([s for v in visits for s in v.first_cards], SPREAD),
        "whole answer (s)": harness.quantiles([s for v in visits for s in v.wholes], SPREAD),
        "cards": len(sources),
        "cards composed": sources.count("template"),
        "turns out of time": sum(one in late for visit in visits for one in visit.notices),
        "problems": [f"{v.secret}: {problem}" for v in visits for problem in v.problems],
        "leaks": leaks,
    }


async def _visit(
    client: aiohttp.ClientSession, number: int, user: str | None, turns: int, seed: int
) -> Visit:
    visit, draw = Visit(f"quux{number}zebra"), random.Random(seed + number)
    async with client.post("/v1/conversations", json={"user": user}) as answer:
        path = f"/v1/conversations/{(await answer.json())['id']}/turns"
    messages = [f"{draw.choice(OPENINGS)} {visit.secret}", *draw.choices(CORRECTIONS, k=turns - 1)]
    for message in messages:
        start, last = time.perf_counter(), dict[str, Any]()
        before = len(visit.first_cards)
        async for sent in _turn(client, path, message):
            visit.secrets |= set(_SECRET.findall(sent))
            last = json.loads(sent)
            if last.get("cards") and len(visit.first_cards) == before:
                visit.first_cards.append(time.perf_counter() - start)
        visit.wholes.append(time.perf_counter() - start)
        visit.sources += [card["source"] for card in last.get("cards", [])]
        visit.notices += last.get("notices", [])
        visit.problems += filter(None, [_problem(last)])
    if visit.secret not in visit.secrets:
        visit.problems.append("its own words are in no answer")
    return visit


async def _turn(client: aiohttp.ClientSession, path: str, message: str) -> AsyncIterator[str]:
    """The answer to a message as JSON, again each time it has grown."""
    accept = {"Accept": "text/event-stream"}
    async with client.post(path, json={"message": message}, headers=accept) as answer:
        async for line in answer.content:
            if line.startswith(b"data:"):
                yield line.removeprefix(b"data:").decode()


def _problem(last: dict[str, Any]) -> str:
    """What is wrong with the last state of an answer; empty if nothing is."""
    cards = last.get("cards", [])
    if last.get("progress") != "done":
        return f"ended as {last.get('progress')}: {last.get('error') or last.get('detail')}"
    texts = cards and all(card["description"] for card in cards)
    return "" if texts or last.get("reply") else "no cards, no texts, no reply"


if __name__ == "__main__":
    harness.run(measure)
