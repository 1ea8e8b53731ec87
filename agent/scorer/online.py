"""Online learning of a scorer: small gradient steps on f, W, the id vectors and the item-to-item
part, batch by batch, with progressive validation.

Every batch of events is ranked first: by the learner, by the version in service and by the version
before that. Only then is it trained on, with a replay sample of other users against catastrophic
forgetting. The paired differences in NDCG@10 decide when the learner may be published, when it
must start over, and when the version in service should be rolled back.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from shelftalker.data.events import Event
from shelftalker.scorer.history import read
from shelftalker.scorer.online_model import OnlineModel, SeededDropout
from shelftalker.scorer.parts import ItemSide, Mix
from shelftalker.scorer.progressive import Paired, first_takes
from shelftalker.scorer.two_tower import TwoTowerScorer

REPLAY = 2  # other users that are replayed for each user of a batch


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
