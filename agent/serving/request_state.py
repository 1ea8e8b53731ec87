"""`RequestState`: one request with the results of its stages so far, and their times."""

import logging
import math
import time
from dataclasses import dataclass, field

from shelftalker.data.profile import Profile
from shelftalker.engine.base import Engine
from shelftalker.engine.models import is_small
from shelftalker.language.notices import notice
from shelftalker.ranking.pick import PickResult
from shelftalker.ranking.pick_weights import PickWeights
from shelftalker.serving.adapter_leases import AdapterLease
from shelftalker.serving.domain import Domain
from shelftalker.serving.options import GenerateCall
from shelftalker.store.settings import Budgets
from shelftalker.types import Answer, Card, Request, Scored
from shelftalker.writing.history import HistoryIndex
from shelftalker.writing.ready import text_over
from shelftalker.writing.style import Voice

_LOG = logging.getLogger(__name__)


class StageClock:
    """Milliseconds of each stage, in order, and the total; logged at DEBUG, and at WARNING over the
    budget. `budgets` has a field `<stage>_seconds` for each stage that calls the LLM; the others
    are slow at `pick_seconds` too."""

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


@dataclass
class RequestState:
    """One request: the call, and the results of the stages so far."""

    call: GenerateCall
    domain: Domain
    profile: Profile
    request: Request
    history: HistoryIndex = field(default_factory=HistoryIndex)
    shortlist: list[Scored] = field(default_factory=list)
    engine: Engine | None = None
    lease: AdapterLease = field(default_factory=lambda: AdapterLease(None, PickWeights()))
    result: PickResult | None = None
    cards: tuple[Card, ...] = ()
    text: str = ""
    notices: list[str] = field(default_factory=list)
    clock: StageClock = field(default_factory=StageClock)
    until: float = math.inf  # `time.monotonic()` when the caller's seconds are over

    def within(self, seconds: float) -> float:
        """Seconds that a stage may take: its own, or those that the caller has left."""
        return max(min(seconds, self.until - time.monotonic()), 0.0)

    def notify(self, name: str, **values: object) -> None:
        """Add a notice of `language.notices` in the request's language."""
        self.notices.append(notice(name, self.request.language, **values))

    def writer(self, voice: Voice) -> Engine | None:
        """The engine where it may write cards: a small model only with an adapter trained for that,
        as without one it reads rows aloud and mixes them up. None in an arm of composed texts."""
        if self.domain.composed:
            return None
        trained = self.lease.parts.describe is not None or voice.prompts != "small"
        return self.engine if self.engine and (trained or not is_small(self.engine.model)) else None

    def set_text(self) -> None:
        """Make the text over all cards, where the style has one."""
        if (wanted := self.call.style.format) in ("email", "intro"):
            self.text = text_over(self.cards, wanted, self.request.language)

    def answer(self) -> Answer:
        """The whole answer."""
        request = self.request
        return Answer(
            domain=self.domain.name,
            user=self.call.user,
            request=request.as_dict(),
            engine=self.engine.name if self.engine else "none",
            adapter=self.lease.name,
            scorer=self.domain.scorer_version,
            cards=self.cards,
            pick=self.result.source if self.result else "scorer",
            shortlist=tuple(self.shortlist),
            notices=tuple(self.notices),
            text=self.text,
            timings_ms=self.clock.timings(),
        )
