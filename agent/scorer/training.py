"""Training of the towers: full-softmax next-item cross-entropy over windows of every history."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional

from shelftalker.scorer.item_item import Rows
from shelftalker.scorer.towers import Towers

Validate = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Training:
    """How the towers are trained. The values suit logs from ten thousand to a million events."""

    dim: int = 64
    window: int = 50
    dropout: float = 0.3
    id_dropout: float = 0.2
    epochs: int = 30
    patience: int = 4
    batch: int = 64
    lr: float = 3e-3
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
    optimizer = torch.optim.AdamW(
        towers.parameters(), lr=settings.lr, weight_decay=settings.weight_decay
    )
    best, best_epoch, kept = -1.0, total, None
    for epoch in range(1, total + 1):
        towers.train()
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


def padded(windows: Sequence[npt.NDArray[np.int64]]) -> Tensor:
    """Windows of item rows as one tensor [windows, longest], -1 behind the end of each."""
    return torch.nn.utils.rnn.pad_sequence(
        [torch.as_tensor(window) for window in windows], batch_first=True, padding_value=-1
    )


def _batches(users: Rows, settings: Training, generator: np.random.Generator) -> list[Tensor]:
    """Histories cut into windows at random offsets, shuffled, windows of like length together."""
    windows = []
    for rows in users:
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
    items = towers.items(text, torch.arange(1, len(text) + 1), settings.id_dropout)
    inputs, targets = batch[:, :-1], batch[:, 1:]
    states = towers.users(items[inputs.clamp(min=0)])
    real = targets >= 0
    return functional.cross_entropy(
        towers(states[real], items), targets[real], label_smoothing=settings.smoothing
    )
