"""The settings of a scorer's training, and what its observers see of it."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Training:
    """Hyper-parameters of the towers. The defaults suit ten thousand to a million events."""

    dim: int = 64
    window: int = 50
    dropout: float = 0.3
    id_dropout: float = 0.2
    epochs: int = 12
    patience: int = 4
    batch: int = 32
    lr: float = 4e-3
    weight_decay: float = 0.05
    smoothing: float = 0.05


@dataclass(frozen=True, slots=True)
class Epoch:
    """The mean loss of an epoch, and NDCG@10 on validation where there is one.

    `stage` is `choose` while events are held out, `final` on the whole log.
    """

    stage: str
    number: int
    loss: float
    ndcg: float | None


Watch = Callable[[Epoch], None]
