"""Run a campaign: parts to workers, their files to the output; what is lost is given out again."""

import logging
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, field
from typing import Any

from shelftalker.campaign.part_writer import WrittenPart
from shelftalker.campaign.plan import CampaignPart, CampaignPlan
from shelftalker.campaign.workers import Worker, worker_lost
from shelftalker.data.progress import Progress
from shelftalker.errors import EngineError, ServiceError

_LOG = logging.getLogger(__name__)
SAMPLE = 8
"""Users that are written, and not kept, to estimate the cost."""
MAX_TRIES, MAX_STARTS = 4, 10
"""Of one part, and of starting workers while no part is written."""
FIRST_DELAY, MAX_DELAY = 1.0, 60.0
"""Seconds before a worker is started again; doubled after each failure in a row."""


@dataclass(frozen=True, slots=True)
class CampaignEstimate:
    """What is left to write, as measured on a sample of users: seconds with all workers, tokens
    that an LLM reads and writes (4 characters a token)."""

    users: int
    seconds: float
    prompt_tokens: int
    written_tokens: int


@dataclass
class CampaignReport:
    """`users` of the campaign, those that this run `wrote`, its seconds, and how often a worker was
    `lost`."""

    users: int
    wrote: int = 0
    seconds: float = 0.0
    lost: int = 0
    tries: Counter[str] = field(default_factory=Counter)


class Campaign:
    """Writes what is left of a plan with `size` workers. `rate`: users a second at most."""

    def __init__(
        self, plan: CampaignPlan, size: int, open_worker: Callable[[], Worker], rate: float = 0.0
    ) -> None:
        self.plan, self.rate = plan, rate
        self._open_worker, self._size = open_worker, min(size, max(len(plan.left), 1))
        self._left = list(reversed(plan.left))
        self._idle: list[Worker] = []
        self._busy: dict[Future[Any], tuple[Worker, CampaignPart | None]] = {}
        self._starts_at: list[float] = []  # `time.monotonic()` when lost workers are replaced
        self._given, self._begun = 0, 0.0
        self.report = CampaignReport(len(plan.users))

    def estimate(self) -> CampaignEstimate:
        """The cost of what is left. Starts one worker, which `run` uses too."""
        if not self._left:
            return CampaignEstimate(0, 0.0, 0, 0)
        worker = self._open_worker()
        worker.start().result()
        self._idle.append(worker)
        sample = CampaignPart("", self._left[-1].users[:SAMPLE])
        worker.write(sample).result()  # what is loaded on first use
        cost = worker.write(sample).result()
        users = sum(len(part.users) for part in self._left)
        each = users / cost.users
        return CampaignEstimate(
            users, each * cost.seconds / self._size, round(each * cost.prompt_tokens),
            round(each * cost.model_characters / 4),
        )  # fmt: skip

    def run(self, progress: Progress = lambda *_: None) -> CampaignReport:
        """Write all parts. Raises `EngineError` where the LLM stays away, `ServiceError` where a
        part has failed too often; what is written stays, and another run goes on."""
        self._begun, done = time.monotonic(), self.plan.done
        self._starts_at = [self._begun] * (self._size - len(self._idle))
        while self._left or any(part for _, part in self._busy.values()):
            for at in [at for at in self._starts_at if at <= time.monotonic()]:
                self._starts_at.remove(at)
                worker = self._open_worker()
                self._busy[worker.start()] = (worker, None)
            pause = self._give_out()
            if not self._busy:
                time.sleep(pause or 0.0)
            finished, _ = wait(self._busy, pause, FIRST_COMPLETED)
            for future in finished:
                self._take(future)
            wrote, self.report.seconds = self.report.wrote, time.monotonic() - self._begun
            speed = wrote / max(self.report.seconds, 1e-6)
            progress(done + wrote, len(self.plan.users), f"{speed:.0f} a second")
        return self.report

    def close(self) -> None:
        """End all workers."""
        for worker in [*self._idle, *(worker for worker, _ in self._busy.values())]:
            worker.close()

    def _give_out(self) -> float | None:
        """A part to each idle worker, as far as the rate allows. Returns the seconds until there is
        more to do, None: when a worker is done."""
        waits = [at - time.monotonic() for at in self._starts_at]
        while self._idle and self._left:
            pause = self._begun + self._given / self.rate - time.monotonic() if self.rate else 0.0
            if pause > 0:
                waits.append(pause)
                break
            worker, part = self._idle.pop(), self._left.pop()
            self._busy[worker.write(part)] = (worker, part)
            self._given += len(part.users)
        return max(min(waits), 0.0) if waits else None

    def _take(self, future: "Future[Any]") -> None:
        """A part that is written, or a worker that has started, or the failure of one."""
        worker, part = self._busy.pop(future)
        error = future.exception()
        if error is not None:
            self._replace(worker, part, error)
            return
        self._idle.append(worker)
        if part is not None:
            written: WrittenPart = future.result()
            self.plan.out.write(part.name, written.content)
            self.report.wrote += written.users
            self.report.tries.pop("", None)

    def _replace(self, worker: Worker, part: CampaignPart | None, error: BaseException) -> None:
        """Give the part of a lost worker to another, and start one in its place."""
        if not (worker_lost(error) or isinstance(error, EngineError)):
            raise error
        worker.close()
        self.report.lost += 1
        name = part.name if part else ""
        self.report.tries[name] += 1
        tries = self.report.tries[name]
        _LOG.warning("a worker is replaced", extra={"error": type(error).__name__, "try": tries})
        if part is not None:
            self._left.append(part)
            self._given -= len(part.users)
        if tries >= (MAX_TRIES if part else MAX_STARTS):
            kind = EngineError if isinstance(error, EngineError) else ServiceError
            raise kind(
                f"{name or 'a worker'} failed {tries} times ({error}); what is written stays, run "
                "the same command to go on"
            )
        delay = min(FIRST_DELAY * 2 ** (tries - 1), MAX_DELAY)
        self._starts_at.append(time.monotonic() + delay)
