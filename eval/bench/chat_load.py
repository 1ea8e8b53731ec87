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
    cards: int = 0
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
    client = Client(
        address, verbose=False, max_workers=2, analytics_enabled=False,
        httpx_kwargs={"timeout": TURN_TIMEOUT},
    )  # fmt: skip
    start.wait(300)
    messages = [f"{rng.choice(OPENINGS)} {visit.secret}", *rng.choices(CORRECTIONS, k=turns - 1)]
    for turn, message in enumerate(messages):
        visit.turns.append(_ask(client, visit, turn, message, user))
    visit.text += str(client.predict(api_name="/taste"))
    client.close()
    return visit


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
    return _completed(record, last, job.exception(), visit)


def _completed(
    record: TurnRecord, last: dict[str, Any], error: BaseException | None, visit: Visit
) -> TurnRecord:
    """The record, completed from the last state of the answer."""
    cards = last.get("cards", [])
    record.cards = len(cards)
    record.sources = tuple(card["source"] for card in cards)
    late = {notice("text_late", language) for language in ("en", "zh")}
    record.out_of_time = bool(late & set(last.get("notices", [])))
    if error is not None:
        record.problem = f"{type(error).__name__}: {error}"
    elif last.get("progress") != "done":
        record.problem = f"ended as {last.get('progress')}: {last.get('error')}"
    elif not (cards and all(card["description"] for card in cards)) and not last.get("reply"):
        record.problem = "no cards, no texts, no reply"
    elif record.turn == 0 and visit.secret not in str(last):
        record.problem = "its own words are not in the answer"
    return record
