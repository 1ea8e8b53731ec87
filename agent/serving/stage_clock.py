"""Times of the stages of one request, logged: each at DEBUG, one over its budget at WARNING."""

import logging
import time

from shelftalker.store.settings import Budgets

_LOG = logging.getLogger(__name__)


class StageClock:
    """Milliseconds of each stage, in order, and the total. `budgets` has a field `<stage>_seconds`
    for each stage that calls the LLM; the others are slow at `pick_seconds` too."""

    def __init__(self, budgets: Budgets | None = None) -> None:
        self._budgets = budgets or Budgets()
        self._start = self._last = time.perf_counter()
        self._marks: dict[str, float] = {}

    def mark(self, stage: str) -> None:
        """End a stage."""
        now = time.perf_counter()
        seconds, self._last = now - self._last, now
        self._marks[stage] = seconds * 1000
        budget = getattr(self._budgets, f"{stage}_seconds", self._budgets.pick_seconds)
        if seconds > budget:
            _LOG.warning("slow stage: %s took %.1f s, its budget is %g s", stage, seconds, budget)
        else:
            _LOG.debug("%s took %.0f ms", stage, seconds * 1000)

    def first(self, event: str) -> None:
        """Keep the time from the start to the first call."""
        self._marks.setdefault(event, (time.perf_counter() - self._start) * 1000)

    def timings(self) -> dict[str, float]:
        """Milliseconds by stage."""
        return {**self._marks, "total": (time.perf_counter() - self._start) * 1000}
