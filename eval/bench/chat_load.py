"""Many visitors at once through gradio_client: what each of them receives, when, and by whom."""

import random
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from shelftalker.language.notices import notice

POLL_SECONDS = 0.02
TURN_TIMEOUT = 600.0
"""Seconds."""
OPENINGS = ("a drama", "a comedy", "a thriller", "something romantic", "an adventure", "a war film")
CORRECTIONS = (
    "something older", "something newer", "something else", "not the first one",
    "more like the second one", "less sad", "I've seen the last one", "surprise me", "shorter",
)  # fmt: skip


@dataclass
class TurnRecord:
    """One answer. Times are seconds from sending; `sources` say who wrote each card's text."""

    turn: int
    first_card: float | None = None
    whole: float | None = None
    sources: tuple[str, ...] = ()
    out_of_time: bool = False
    problem: str = ""


@dataclass
class Visit:
    """One visitor's session: a word that only they use, and all that they received."""

    secret: str
    turns: list[TurnRecord] = field(default_factory=list)
    text: str = ""

    def leaked(self, secrets: Sequence[str]) -> list[str]:
        """Words of other visitors in what this one received."""
        return [other for other in secrets if other != self.secret and other in self.text]


def visit_all(address: str, users: Sequence[str], turns: int, seed: int = 0) -> list[Visit]:
    """All users at once, each with its own client; they start together, and each sends its next
    message as soon as it has been answered. An empty user is a new visitor."""
    from gradio_client import Client

    start = threading.Barrier(len(users))

    def visit(number: int) -> Visit:
        own, rng = Visit(f"quux{number}zebra"), random.Random(seed + number)
        client = Client(
            address, verbose=False, max_workers=2, analytics_enabled=False,
            httpx_kwargs={"timeout": TURN_TIMEOUT},
        )  # fmt: skip
        start.wait(300)
        messages = [f"{rng.choice(OPENINGS)} {own.secret}", *rng.choices(CORRECTIONS, k=turns - 1)]
        for turn, message in enumerate(messages):
            own.turns.append(_ask(client, own, turn, message, users[number]))
        own.text += str(client.predict(api_name="/taste"))
        client.close()
        return own

    with ThreadPoolExecutor(len(users)) as pool:
        return list(pool.map(visit, range(len(users))))


def _ask(client: Any, visit: Visit, turn: int, message: str, user: str) -> TurnRecord:
    """Send one message and read its answer to the end."""
    record, seen, last = TurnRecord(turn), 0, {}
    start = time.perf_counter()
    job = client.submit(message, user, api_name="/stream")
    while True:
        over, outputs = job.done(), job.outputs()
        for last in outputs[seen:]:
            visit.text += str(last)
            if record.first_card is None and last.get("cards"):
                record.first_card = time.perf_counter() - start
        seen = len(outputs)
        if over:
            break
        if time.perf_counter() - start > TURN_TIMEOUT:
            record.problem = "no end"
            return record
        time.sleep(POLL_SECONDS)
    record.whole = time.perf_counter() - start
    record.sources = tuple(card["source"] for card in last.get("cards", []))
    late = {notice("text_late", language) for language in ("en", "zh")}
    record.out_of_time = bool(late & set(last.get("notices", [])))
    record.problem = _problem(last, job.exception())
    if turn == 0 and visit.secret not in str(last):
        record.problem = record.problem or "its own words are not in the answer"
    return record


def _problem(last: dict[str, Any], error: BaseException | None) -> str:
    """What is wrong with the last state of an answer, if anything."""
    cards = last.get("cards", [])
    if error is not None:
        return f"{type(error).__name__}: {error}"
    if last.get("progress") != "done":
        return f"ended as {last.get('progress')}: {last.get('error')}"
    if not (cards and all(card["description"] for card in cards)) and not last.get("reply"):
        return "no cards, no texts, no reply"
    return ""
