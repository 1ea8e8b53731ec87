"""The background learner of one domain: follows the event log, publishes a new scorer version when
it ranks significantly better, and rolls back a version that ranks significantly worse.

A version appears with its index in one rename and comes into service by another, so that a learner
killed at any moment leaves the last good version in service. `learn_online` runs in a process of
its own or in a thread of the `Recommender`. The learner starts over from the published version when
another version or catalogue comes into service, and reads the histories again after a user's
events were deleted.
"""

import logging
import shutil
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from shelftalker.data.events import Event
from shelftalker.scorer.base import Encoder
from shelftalker.scorer.loading import catalog_stamp, load_scorer
from shelftalker.scorer.online import OnlineLearner
from shelftalker.store.workspace import Workspace

BATCH = 256  # events learned at a time
PUBLISH_AFTER = 500  # events learned since the last version
POLL_SECONDS = 0.5

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class LearningState:
    """Progress of a learner. `ndcg` is its NDCG@10 over the last events, ranked before they were
    learned, `serving_ndcg` that of the version in service, `action` what it did with the result."""

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


def learn_online(
    workspace: Workspace,
    domain: str,
    stop: threading.Event,
    report: Callable[[LearningState], None] | None = None,
    *,
    until_idle: bool = False,
    publish_after: int = PUBLISH_AFTER,
) -> LearningState:
    """Learn from the log until `stop` is set, or with `until_idle` until no event is left.

    Raises `NotFitted` where the domain has no scorer yet.
    """
    learning = _Learning(workspace, domain, publish_after)
    state = learning.state()
    while not stop.is_set():
        learning.follow_workspace()
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
    """`learn_online` in a thread; `close` ends it after the batch under way.

    `error` is what ended the thread early, if anything did.
    """

    def __init__(self, workspace: Workspace, domain: str, publish_after: int) -> None:
        self.error: Exception | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(
            target=self._run, args=(workspace, domain, publish_after), name=f"learn {domain}"
        )
        self._thread.start()

    def close(self) -> None:
        """End the learner. Raises `error`, if there is one."""
        self._stop.set()
        self._thread.join()
        if self.error is not None:
            raise self.error

    def _run(self, workspace: Workspace, domain: str, publish_after: int) -> None:
        try:
            learn_online(workspace, domain, self._stop, publish_after=publish_after)
        except Exception as error:  # noqa: BLE001 - logged, and raised again by `close`
            self.error = error
            _LOG.error("domain %s: the online learner stopped", domain, exc_info=error)


class _Learning:
    """A learner with the version that it follows and its place in the log."""

    def __init__(self, workspace: Workspace, domain: str, publish_after: int) -> None:
        self.workspace, self.domain, self.publish_after = workspace, domain, publish_after
        self.start()

    def start(self, encoder: Encoder | None = None) -> None:
        """Begin from the version in service, and from where the log was when it was made."""
        workspace, domain = self.workspace, self.domain
        self.catalog = catalog_stamp(workspace, domain)
        self.forgotten = workspace.events.forgotten()
        version = workspace.current(domain).scorer
        serving = load_scorer(workspace, domain, encoder=encoder, version=version)
        card = serving.weights.card
        self.version, self.since = str(version), 0
        self.position = int(card.get("position", workspace.events.position(domain)))
        past, before = _past(workspace, domain, self.position), None
        self.previous: str | None = card.get("before")
        if self.previous not in workspace.versions(domain, "scorer"):
            self.previous = None
        if self.previous is not None:
            before = load_scorer(workspace, domain, serving.catalog, serving.encoder, self.previous)
        self.learner = OnlineLearner(serving, past, before=before)

    def follow_workspace(self) -> None:
        """Notice what others changed: the version in service, the catalogue, deleted users.

        Starting over loses nothing: the log is read again from where the published version ends.
        """
        current = self.workspace.current(self.domain).scorer or self.version
        changed = (current, catalog_stamp(self.workspace, self.domain))
        if changed != (self.version, self.catalog):
            _LOG.info(
                "domain %s: version or catalogue changed, learning from %s", self.domain, current
            )
            self.start(self.learner.serving.encoder)
        elif (forgotten := self.workspace.events.forgotten()) != self.forgotten:
            self.learner.remember_only(_past(self.workspace, self.domain, self.position))
            self.forgotten = forgotten

    def advance(self) -> bool:
        """Learn from the next events of the log; False where there are none."""
        batch = self.workspace.events.between(self.domain, self.position, limit=BATCH)
        if not batch:
            return False
        self.learner.learn([event for _, event in batch])
        self.position = batch[-1][0]
        self.since += len(batch)
        return True

    def settle(self) -> LearningState:
        """Roll back, start over or publish, as the rolling comparison decides."""
        state, action, detail = self.state(), "", ""
        if self.previous is not None and self.learner.serving_against_before.worse():
            action = f"{self.version} ranked worse, back to {self.previous}"
            self._serve(self.previous)
            assert self.learner.before is not None
            self.learner.take(self.learner.before)
        elif self.learner.against_serving.worse():
            action = f"ranked worse than {self.version}, started over from it"
            self.learner.take(self.learner.serving, self.learner.before)
        elif self.since >= self.publish_after and self.learner.against_serving.better():
            compared = "NDCG@10 {:+.4f} ± {:.4f}".format(*self.learner.against_serving.margin())
            self._publish()
            action = f"published {self.version}"
            detail = f", {compared} against {self.previous}"
        if action:
            _LOG.info("domain %s: %s after %d events%s", self.domain, action, state.events, detail)
        return LearningState(self.version, state.events, state.ndcg, state.serving_ndcg, action)

    def state(self) -> LearningState:
        means = self.learner.against_serving.means()
        return LearningState(self.version, self.learner.learned, *means)

    def _publish(self) -> None:
        """Write a new version with its index, then put it into service."""
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


def _past(workspace: Workspace, domain: str, position: int) -> list[Event]:
    """The events up to a position of the log, oldest first."""
    past = [event for _, event in workspace.events.between(domain, 0, position)]
    return sorted(past, key=lambda event: event.time)
