"""Online learning of a scorer: small gradient steps on f, W, the id vectors and the item-to-item
part, batch by batch, with progressive validation.

Every batch of events is ranked first: by the learner, by the version in service and by the version
before that. Only then is it trained on, with a replay sample of other users against catastrophic
forgetting. The paired differences in NDCG@10 decide when the learner may be published, when it
must start over, and when the version in service should be rolled back.
"""

from collections import Counter, deque
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from shelftalker.data.catalog import Catalog
from shelftalker.data.events import Event
from shelftalker.scorer.history import read
from shelftalker.scorer.mixing import Held
from shelftalker.scorer.online_model import OnlineModel, SeededDropout
from shelftalker.scorer.parts import ItemSide, Mix
from shelftalker.scorer.two_tower import TwoTowerScorer

REPLAY = 2  # other users that are replayed for each user of a batch
ROLLING = 2000  # events that a comparison keeps
LEAST = 200  # events that it needs
NOISE = 2.0  # standard errors that a difference must exceed


class OnlineLearner:
    """Learns from the events after a scorer was fitted; the scorer itself is not changed."""

    def __init__(
        self,
        serving: TwoTowerScorer,
        past: Sequence[Event],
        *,
        before: TwoTowerScorer | None = None,
        seed: int = 0,
    ) -> None:
        """`past`: the events that `serving` was trained on, oldest first; `before`: the version in
        service before `serving`."""
        self.catalog = serving.catalog
        self._random = np.random.default_rng(seed)
        self._dropout = SeededDropout(serving.weights.settings.dropout, seed)
        self.remember_only(past)
        self.learned = 0
        self.take(serving, before)

    def remember_only(self, past: Iterable[Event]) -> None:
        """Replace all histories in memory, as after the events of a user were deleted."""
        self._histories: dict[str, list[Event]] = {}
        for event in past:
            self._remember(event)

    def take(self, serving: TwoTowerScorer, before: TwoTowerScorer | None = None) -> None:
        """Start over from a scorer, and compare with it from now on."""
        self.serving, self.before = serving, before
        self._model = OnlineModel(serving, self._dropout)
        self.against_serving, self.serving_against_before = Paired(), Paired()

    def learn(self, events: Sequence[Event]) -> None:
        """Rank the events with what was known before them, then train on them and remember them.

        Events of items that the catalogue does not hold are left out.
        """
        known = [event for event in events if event.item in self.catalog]
        self._validate(known)
        for event in known:
            self._remember(event)
        self._model.count([self.catalog.row(event.item) for event in known])
        users = list(dict.fromkeys(event.user for event in known))
        others = self._random.permutation(list(self._histories))[: REPLAY * len(users)]
        new = Counter(event.user for event in known)
        readings = [read(self._histories[user], self.catalog) for user in users]
        self._model.relate([(r, new[user]) for r, user in zip(readings, users, strict=True)])
        replayed = [read(self._histories[user], self.catalog) for user in others]
        self._model.step([*readings, *replayed], self._random)
        self.learned += len(known)

    def scorer(self, card: dict[str, Any] | None = None) -> TwoTowerScorer:
        """The learned weights as a scorer over the same catalogue; `card` is added to its card."""
        return self.serving.rebound(self.catalog, self._model.weights(card or {}))

    def _remember(self, event: Event) -> None:
        if event.item in self.catalog:
            self._histories.setdefault(event.user, []).append(event)

    def _validate(self, events: Sequence[Event]) -> None:
        """Record NDCG@10 of the items that users took to for the first time."""
        held = first_takes(events, self._histories, self.catalog)
        if not len(held.targets):
            return

        def gains(side: ItemSide, mix: Mix) -> npt.NDArray[np.float64]:
            return held.ndcg(side.logits(held.readings, mix))

        serving = gains(self.serving.side, self.serving.weights.mix)
        self.against_serving.add(gains(self._model.side, self._model.base.mix), serving)
        if self.before is not None:
            before = gains(self.before.side, self.before.weights.mix)
            self.serving_against_before.add(serving, before)


class Paired:
    """NDCG@10 of a model and of a rival on the same events, the latest of them."""

    def __init__(self) -> None:
        self.pairs: deque[tuple[float, float]] = deque(maxlen=ROLLING)

    def add(self, own: npt.NDArray[np.float64], rival: npt.NDArray[np.float64]) -> None:
        self.pairs.extend(zip(own.tolist(), rival.tolist(), strict=True))

    def means(self) -> tuple[float, float]:
        """Of the model and of its rival; 0 without events."""
        count = max(len(self.pairs), 1)
        own, rival = sum(own for own, _ in self.pairs), sum(rival for _, rival in self.pairs)
        return own / count, rival / count

    def margin(self) -> tuple[float, float]:
        """Mean difference, own less rival's, and its standard error."""
        difference = np.array([own - rival for own, rival in self.pairs])
        if len(difference) < 2:
            return 0.0, np.inf
        return float(difference.mean()), float(difference.std(ddof=1) / len(difference) ** 0.5)

    def better(self) -> bool:
        """Whether the model ranks significantly better than its rival."""
        mean, error = self.margin()
        return len(self.pairs) >= LEAST and mean > NOISE * error

    def worse(self) -> bool:
        """Whether it ranks significantly worse."""
        mean, error = self.margin()
        return len(self.pairs) >= LEAST and mean < -NOISE * error


def first_takes(
    events: Sequence[Event], histories: Mapping[str, Sequence[Event]], catalog: Catalog
) -> Held:
    """Each user's first non-negative event on an item, and the history before it."""
    pending: dict[str, list[Event]] = {}
    readings, targets = [], []
    for event in events:
        history = [*histories.get(event.user, []), *pending.get(event.user, [])]
        pending.setdefault(event.user, []).append(event)
        if event.sign >= 0 and all(event.item != old.item for old in history):
            readings.append(read(history, catalog))
            targets.append(catalog.row(event.item))
    return Held(readings, np.array(targets, np.int64))
