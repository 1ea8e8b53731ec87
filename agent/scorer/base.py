"""The interfaces `Encoder` and `Scorer`: fit, shortlist, logits, reasons, save, load."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol, Self

import numpy as np
import numpy.typing as npt

from shelftalker.data.catalog import Catalog
from shelftalker.data.events import Event
from shelftalker.data.progress import Progress
from shelftalker.types import Reason, Scored

Mask = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float32]


class Encoder(Protocol):
    """Turns texts into vectors."""

    dim: int
    name: str

    def encode(self, texts: Sequence[str], progress: Progress | None = None) -> Floats:
        """Unit-norm vectors, float32 [texts, dim]."""


class Scorer(Protocol):
    """Scores the items of one catalogue for users. Histories are ordered, oldest first."""

    @classmethod
    def fit(
        cls,
        catalog: Catalog,
        events: Sequence[Event],
        encoder: Encoder,
        *,
        seed: int = 0,
        progress: Progress | None = None,
    ) -> Self:
        """Train on a log. With an empty log, scores come from text alone."""

    def shortlist(
        self,
        history: Sequence[Event],
        *,
        text: str = "",
        n: int = 20,
        allowed: Mask | None = None,
        exclude_seen: bool = True,
    ) -> list[Scored]:
        """The n best items of those allowed (bool [items]), best first."""

    def logits(
        self,
        histories: Sequence[Sequence[Event]],
        texts: Sequence[str] = (),
        items: Sequence[str] | None = None,
    ) -> Floats:
        """float32 [users, items] without any mask; `items` are ids, by default all."""

    def reasons(
        self, history: Sequence[Event], item_id: str, *, text: str = "", n: int = 3
    ) -> list[Reason]:
        """The history items that raise the item's logit most, by leave-one-out, largest first;
        disliked ones are left out."""

    def reasons_of(
        self, history: Sequence[Event], item_ids: Sequence[str], *, text: str = "", n: int = 3
    ) -> list[list[Reason]]:
        """`reasons` of several items at once."""

    def popularity(self) -> Floats:
        """log(1 + number of training events) of each item, float32 [items]."""

    def with_catalog(self, catalog: Catalog) -> Self:
        """The same weights over another catalogue; new items are scored by their text."""

    def save(self, folder: Path) -> None:
        """Write safetensors and card.json into an existing empty folder."""

    @classmethod
    def load(cls, folder: Path, catalog: Catalog, encoder: Encoder) -> Self:
        """Read what `save` wrote."""
