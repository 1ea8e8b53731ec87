"""Training of the towers: next-item cross-entropy over windows of every history.

The softmax runs over all items of a small catalogue. Of a larger one it runs over the batch's own
items and a uniform sample of the others, these weighed by how rarely they are drawn (the log-q
correction of Bengio and Senécal, 2008), so that its normaliser is that of all items on average.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional

from shelftalker.scorer.item_item import Rows
from shelftalker.scorer.towers import Towers

FULL_SOFTMAX = 4_000  # items; a larger catalogue is sampled at each step
SAMPLED = 2_000  # of the items that are not in the batch

Validate = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Training:
    """How the towers are trained. The values suit logs from ten thousand to a million events."""

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


def train(
    towers: Towers,
    users: Rows,
    text: Tensor,
    settings: Training,
    seed: int,
    *,
    epochs: int | None = None,
    validate: Validate | None = None,
    report: Callable[[int, float], None] | None = None,
) -> int:
    """Train in place; with `validate`, keep the best epoch's weights and return its number."""
    generator = np.random.default_rng(seed)
    torch.manual_seed(seed)
    total = epochs or settings.epochs
    rate = _schedule(settings)
    optimizer = torch.optim.AdamW(
        towers.parameters(), lr=settings.lr, weight_decay=settings.weight_decay
    )
    best, best_epoch, kept = -1.0, total, None
    for epoch in range(1, total + 1):
        towers.train()
        optimizer.param_groups[0]["lr"] = rate(epoch)
        for batch in _batches(users, settings, generator):
            optimizer.zero_grad(set_to_none=True)
            _loss(towers, batch, text, settings).backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(towers.parameters(), 1.0)
            optimizer.step()
        towers.eval()
        if validate is None:
            continue
        value = validate()
        if report:
            report(epoch, value)
        if value > best:
            best, best_epoch = value, epoch
            kept = {name: weight.clone() for name, weight in towers.state_dict().items()}
        elif epoch - best_epoch >= settings.patience:
            break
    if kept is not None:
        towers.load_state_dict(kept)
    towers.eval()
    return best_epoch


def _schedule(settings: Training) -> Callable[[int], float]:
    """Learning rate by epoch: one warm epoch, then a cosine to a twentieth at the last."""

    def rate(epoch: int) -> float:
        if epoch == 1:
            return settings.lr / 2
        done = (epoch - 2) / max(settings.epochs - 2, 1)
        return settings.lr * (0.05 + 0.95 * (1 + math.cos(math.pi * done)) / 2)

    return rate


def padded(windows: Sequence[npt.NDArray[np.int64]]) -> Tensor:
    """Windows of item rows as one tensor [windows, longest], -1 behind the end of each."""
    return torch.nn.utils.rnn.pad_sequence(
        [torch.as_tensor(window) for window in windows], batch_first=True, padding_value=-1
    )


def _batches(users: Rows, settings: Training, generator: np.random.Generator) -> list[Tensor]:
    """Histories cut into windows at random offsets, shuffled, windows of like length together."""
    windows = []
    for rows in users:
        if len(rows) < 2:
            continue
        offset = int(generator.integers(settings.window)) if len(rows) > settings.window else 0
        cuts = [0, *range(offset, len(rows), settings.window)] if offset else None
        starts = cuts or list(range(0, len(rows), settings.window))
        for start, end in zip(starts, [*starts[1:], len(rows)], strict=True):
            window = rows[start : end + 1]
            if len(window) > 1:
                windows.append(window)
    generator.shuffle(windows)
    windows.sort(key=lambda window: len(window) // 8)
    order = range(0, len(windows), settings.batch)
    batches = [padded(windows[start : start + settings.batch]) for start in order]
    return [batches[index] for index in generator.permutation(len(batches))]


def _loss(towers: Towers, batch: Tensor, text: Tensor, settings: Training) -> Tensor:
    rows, correction = candidates(batch, len(text))
    items = towers.items(text[rows], rows + 1, settings.id_dropout)
    places = torch.searchsorted(rows, batch.clamp(min=int(rows[0])))
    real = batch[:, 1:] >= 0
    states = towers.users(items[places[:, :-1]])
    return functional.cross_entropy(
        towers(states[real], items) + correction,
        places[:, 1:][real],
        label_smoothing=settings.smoothing,
    )


def candidates(batch: Tensor, items: int) -> tuple[Tensor, Tensor]:
    """Sorted rows the softmax runs over, and what is added to the logit of each, float [rows]."""
    if items <= FULL_SOFTMAX:
        return torch.arange(items), torch.zeros(items)
    own = torch.unique(batch[batch >= 0])
    others = torch.ones(items, dtype=torch.bool)
    others[own] = False
    pool = others.nonzero()[:, 0]
    drawn = pool[torch.randperm(len(pool))[:SAMPLED]]
    log_q = math.log(max(len(drawn), 1) / max(len(pool), 1))
    rows, order = torch.cat([own, drawn]).sort()
    added = torch.cat([torch.zeros(len(own)), torch.full((len(drawn),), -log_q)])
    return rows, added[order]
