"""The background learner of one domain: follows the event log, publishes what ranks no worse, and
takes back what does.

A version appears with its index in one rename, and serves by one more, so that a learner killed at
any moment leaves the last good version serving. `learn_online` runs in a process of its own or in
a thread of the `Recommender`.
"""

import shutil
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

from shelftalker.scorer.loading import load_scorer
from shelftalker.scorer.online import OnlineLearner, OnlineSettings
from shelftalker.store.workspace import Workspace

BATCH = 256  # events learned from at a time
PUBLISH_AFTER = 500  # events learned since the last version
POLL_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class LearningState:
    """Where a learner stands. NDCG@10 is over the last events, ranked before they were learned."""

    version: str
    events: int
    ndcg: float
    serving_ndcg: float
    action: str = ""

    def __str__(self) -> str:
        text = (
            f"{self.events} events, NDCG@10 {self.ndcg:.4f}, {self.version} {self.serving_ndcg:.4f}"
        )
        return f"{text}: {self.action}" if self.action else text


Report = Callable[[LearningState], None]


def learn_online(
    workspace: Workspace,
    domain: str,
    stop: threading.Event,
    report: Report | None = None,
    *,
    settings: OnlineSettings | None = None,
    until_idle: bool = False,
    publish_after: int = PUBLISH_AFTER,
) -> LearningState:
    """Learn from the log until `stop` is set, or with `until_idle` until all of it is learned.

    Raises `NotFitted` where the domain has no scorer yet.
    """
    learning = _Learning.start(workspace, domain, settings, publish_after)
    state = learning.state()
    while not stop.is_set():
        learning.follow_current()
        if learning.advance():
            state = learning.settle()
            if report:
                report(state)
        elif until_idle:
            break
        else:
            stop.wait(POLL_SECONDS)
    return state


class LearningThread:
    """`learn_online` in a thread; `close` ends it after the batch under way."""

    def __init__(self, workspace: Workspace, domain: str, publish_after: int) -> None:
        self._stop = threading.Event()
        self._failure: BaseException | None = None
        self._thread = threading.Thread(
            target=self._run, args=(workspace, domain, publish_after), name=f"learn {domain}"
        )
        self._thread.start()

    def close(self) -> None:
        """End the learner. Raises what it failed with, if it did."""
        self._stop.set()
        self._thread.join()
        if self._failure is not None:
            raise self._failure

    def _run(self, workspace: Workspace, domain: str, publish_after: int) -> None:
        try:
            learn_online(workspace, domain, self._stop, publish_after=publish_after)
        except Exception as error:  # noqa: BLE001 - handed to whoever closes the thread
            self._failure = error


@dataclass
class _Learning:
    workspace: Workspace
    domain: str
    settings: OnlineSettings | None
    publish_after: int
    learner: OnlineLearner
    version: str
    previous: str | None
    position: int
    since: int = 0

    @classmethod
    def start(
        cls,
        workspace: Workspace,
        domain: str,
        settings: OnlineSettings | None,
        publish_after: int,
    ) -> Self:
        serving = load_scorer(workspace, domain)
        version = str(workspace.current(domain).scorer)
        position = int(serving.weights.card.get("position", workspace.events.position(domain)))
        past = [event for _, event in workspace.events.between(domain, 0, position)]
        past.sort(key=lambda event: event.time)
        previous: str | None = serving.weights.card.get("before")
        before, standby = None, None
        if previous is not None and previous in workspace.versions(domain, "scorer"):
            standby = previous
            before = load_scorer(workspace, domain, serving.catalog, serving.encoder, previous)
        learner = OnlineLearner(serving, past, before=before, settings=settings)
        return cls(
            workspace,
            domain,
            settings,
            publish_after,
            learner,
            version,
            standby,
            position,
        )

    def follow_current(self) -> None:
        """Start over where somebody else put another version or catalogue in service."""
        current = self.workspace.current(self.domain).scorer
        if current is not None and current != self.version:
            fresh = self.start(self.workspace, self.domain, self.settings, self.publish_after)
            self.__dict__.update(fresh.__dict__)

    def advance(self) -> bool:
        """Learn from the next events of the log; False where there are none."""
        found = self.workspace.events.between(self.domain, self.position, limit=BATCH)
        if not found:
            return False
        self.learner.learn([event for _, event in found])
        self.position = found[-1][0]
        self.since += len(found)
        return True

    def settle(self) -> LearningState:
        """Take back, start over or publish, as the rolling figures say."""
        state, action = self.state(), ""
        if self.previous is not None and self.learner.served_was_worse():
            action = f"{self.version} ranked worse, back to {self.previous}"
            self._serve(self.previous)
            assert self.learner.before is not None
            self.learner.take(self.learner.before)
        elif self.learner.gone_astray():
            action = "ranked worse than what serves, started over from it"
            self.learner.take(self.learner.serving, self.learner.before)
        elif self.since >= self.publish_after and self.learner.better():
            self._publish()
            action = f"published {self.version}"
        return LearningState(self.version, state.events, state.ndcg, state.serving_ndcg, action)

    def state(self) -> LearningState:
        paired = self.learner.against_serving
        count = max(len(paired.own), 1)
        own, serving = sum(paired.own) / count, sum(paired.rival) / count
        return LearningState(self.version, self.learner.learned, own, serving)

    def _publish(self) -> None:
        """A new version with its index, then the one switch that lets it serve."""
        card: dict[str, Any] = {"position": self.position, "before": self.version}
        scorer, before = self.learner.scorer(card), self.learner.serving
        old = self.workspace.scorer_path(self.domain)
        with self.workspace.new_version(self.domain, "scorer") as version:
            folder = version.folder
            for name in ("index.npz", "projection.npy"):
                if old is not None and (old / name).is_file():
                    shutil.copyfile(old / name, folder / name)
            scorer.save(folder)
            scorer.use_index(folder, self.workspace.settings.index)
        self.previous = self.version
        self._serve(version.name)
        self.learner.take(scorer, before)

    def _serve(self, version: str) -> None:
        self.workspace.set_current(self.domain, scorer=version)
        self.version, self.since = version, 0
        if version == self.previous:
            self.previous = None
