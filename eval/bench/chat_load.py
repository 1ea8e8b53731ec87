"""Many visitors at once through gradio_client: what each of them gets, when, and whose words."""

import random
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

LOOK = 0.02
"""Seconds between two looks at what has come."""
LAST_TURN = 600.0
OPENINGS = ("a drama", "a comedy", "a thriller", "something romantic", "an adventure", "a war film")
CORRECTIONS = (
    "something older", "something newer", "something else", "not the first one",
    "more like the second one", "less sad", "I've seen the last one", "surprise me", "shorter",
)  # fmt: skip


@dataclass
class Heard:
    """One answer as it came. Seconds from sending; `sources` say who wrote each card's text."""

    turn: int
    first_card: float | None = None
    whole: float | None = None
    cards: int = 0
    sources: tuple[str, ...] = ()
    out_of_time: bool = False
    problem: str = ""


@dataclass
class Visit:
    """One visitor's session: a word that only they say, and all they heard."""

    secret: str
    heard: list[Heard] = field(default_factory=list)
    text: str = ""

    def leaked(self, secrets: Sequence[str]) -> list[str]:
        """Words of other visitors in what this one was told."""
        return [other for other in secrets if other != self.secret and other in self.text]


def visit_all(address: str, users: Sequence[str], turns: int, seed: int = 0) -> list[Visit]:
    """All users at once, each with a client of its own; they begin together, and each goes on as
    soon as it has been answered. An empty user is a new visitor."""
    start = threading.Barrier(len(users))

    def one(number: int) -> Visit:
        return _visit(address, number, users[number], turns, start, random.Random(seed + number))

    with ThreadPoolExecutor(len(users)) as pool:
        return list(pool.map(one, range(len(users))))


def _visit(
    address: str, number: int, user: str, turns: int, start: threading.Barrier, rng: random.Random
) -> Visit:
    from gradio_client import Client

    visit = Visit(f"quux{number}zebra")
    client = Client(address, verbose=False, max_workers=2, analytics_enabled=False)
    start.wait(300)
    said = [f"{rng.choice(OPENINGS)} {visit.secret}", *rng.choices(CORRECTIONS, k=turns - 1)]
    for turn, message in enumerate(said):
        visit.heard.append(_ask(client, visit, turn, message, user))
    visit.text += str(client.predict(api_name="/taste"))
    client.close()
    return visit


def _ask(client: Any, visit: Visit, turn: int, message: str, user: str) -> Heard:
    """Say one thing and listen until its answer has ended."""
    heard, seen, last = Heard(turn), 0, {}
    begun = time.perf_counter()
    job = client.submit(message, user, api_name="/stream")
    while True:
        over, outputs = job.done(), job.outputs()
        for last in outputs[seen:]:
            visit.text += str(last)
            if heard.first_card is None and last.get("cards"):
                heard.first_card = time.perf_counter() - begun
        seen = len(outputs)
        if over:
            break
        if time.perf_counter() - begun > LAST_TURN:
            heard.problem = "no end"
            return heard
        time.sleep(LOOK)
    heard.whole = time.perf_counter() - begun
    return _judged(heard, last, job.exception(), visit)


def _judged(heard: Heard, last: dict[str, Any], error: BaseException | None, visit: Visit) -> Heard:
    """What the last state of an answer says."""
    cards = last.get("cards", [])
    heard.cards = len(cards)
    heard.sources = tuple(card["source"] for card in cards)
    heard.out_of_time = any("time budget" in notice for notice in last.get("notices", []))
    if error is not None:
        heard.problem = f"{type(error).__name__}: {error}"
    elif last.get("progress") != "done":
        heard.problem = f"ended as {last.get('progress')}: {last.get('error')}"
    elif not (cards and all(card["description"] for card in cards)) and not last.get("reply"):
        heard.problem = "no cards, no texts, no reply"
    elif heard.turn == 0 and visit.secret not in str(last):
        heard.problem = "its own words are not in the answer"
    return heard
