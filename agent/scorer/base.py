"""The one call shape of every scorer: fit, shortlist, save, load."""

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
    """Texts to vectors."""

    dim: int
    name: str

    def encode(self, texts: Sequence[str], progress: Progress | None = None) -> Floats:
        """Unit-norm vectors, float32 [texts, dim]."""


class Scorer(Protocol):
    """What the loop asks of a scorer. Histories are ordered, oldest first."""

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
        """Train on a log. An empty log gives a scorer that goes by text alone."""

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
        """float32 [users, items], nothing masked: of these items, else of all."""

    def reasons(
        self, history: Sequence[Event], item_id: str, *, text: str = "", n: int = 3
    ) -> list[Reason]:
        """The history items that add most to the item's logit, by drop-one, largest first; none
        that the user dislikes."""

    def reasons_of(
        self, history: Sequence[Event], item_ids: Sequence[str], *, text: str = "", n: int = 3
    ) -> list[list[Reason]]:
        """`reasons` of several items at once."""

    def popularity(self) -> Floats:
        """log(1 + number of training events) of each item, float32 [items]."""

    def with_catalog(self, catalog: Catalog) -> Self:
        """The same weights over another catalogue: new items score by text, removed ones go."""

    def save(self, folder: Path) -> None:
        """Write safetensors and card.json into an existing empty folder."""

    @classmethod
    def load(cls, folder: Path, catalog: Catalog, encoder: Encoder) -> Self:
        """Read what `save` wrote."""
