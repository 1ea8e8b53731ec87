"""Train the two towers: next-item softmax cross-entropy over windows of every history.

The softmax of a small catalogue runs over all items. That of a larger one runs over the items of
the batch and a uniform sample of the others, with the log-q correction (Bengio and Senécal, 2008),
so that on average its normaliser is that of all items. A GPU is used where there is one; validation
runs on the CPU.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from shelftalker.scorer.base import Rows
from shelftalker.scorer.checkpoints import Checkpoints
from shelftalker.scorer.settings import Epoch, Training, Watch
from shelftalker.scorer.towers import Towers

FULL_SOFTMAX = 4_000  # items; a larger catalogue is sampled at each step
SAMPLED = 2_000  # sampled items that are not in the batch


def train(
    towers: Towers,
    users: Sequence[Rows],
    text: Tensor,
    settings: Training,
    seed: int,
    *,
    stage: str = "final",
    epochs: int | None = None,
    validate: Callable[[], float] | None = None,
    watch: Watch | None = None,
    checkpoints: Checkpoints | None = None,
) -> int:
    """Train in place; with `validate`, keep the weights of the best epoch and return its number.

    With `checkpoints`, every epoch is stored, and a killed run resumes from the last one with the
    same result.
    """
    torch.manual_seed(seed)
    run = _TrainingState(towers, settings, seed)
    if checkpoints and (state := checkpoints.load(stage)):
        run.restore(state)
    text = text.to(run.device)
    total = epochs or settings.epochs
    while run.epoch < total and (not validate or run.epoch - run.best_epoch < settings.patience):
        loss = run.advance(users, text, _rate(settings, run.epoch + 1))
        value = validate() if validate else None
        run.note(value)
        if checkpoints:
            checkpoints.save(stage, run.state())
        if watch:
            watch(Epoch(stage, run.epoch, loss, value))
    if run.kept is not None:
        towers.load_state_dict(run.kept)
    towers.eval()
    return run.best_epoch if validate else total


class _TrainingState:
    """The full state of a training run."""

    def __init__(self, towers: Towers, settings: Training, seed: int) -> None:
        self.towers, self.settings = towers, settings
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.generator = np.random.default_rng(seed)
        self.optimizer = torch.optim.AdamW(
            towers.parameters(), lr=settings.lr, weight_decay=settings.weight_decay, fused=True
        )
        self.epoch = self.best_epoch = 0
        self.best = -1.0
        self.kept: dict[str, Tensor] | None = None

    def advance(self, users: Sequence[Rows], text: Tensor, lr: float) -> float:
        """Train one epoch; returns its mean loss. `text` is on the device."""
        self.towers.to(self.device).train()
        self.optimizer.param_groups[0]["lr"] = lr
        losses = []
        for batch in _batches(users, self.settings, self.generator):
            self.optimizer.zero_grad(set_to_none=True)
            loss = _loss(self.towers, batch, text, self.settings)
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(self.towers.parameters(), 1.0)
            self.optimizer.step()
            losses.append(loss.detach())
        self.towers.cpu().eval()
        self.epoch += 1
        return torch.stack(losses).mean().item() if losses else 0.0

    def note(self, value: float | None) -> None:
        """Keep the weights where this is the best epoch so far."""
        if value is not None and value > self.best:
            self.best, self.best_epoch = value, self.epoch
            self.kept = {name: w.clone() for name, w in self.towers.state_dict().items()}

    def state(self) -> dict[str, Any]:
        return {
            "towers": self.towers.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "generator": self.generator.bit_generator.state,
            "torch": torch.get_rng_state(),
            "cuda": torch.cuda.get_rng_state_all(),
            "progress": (self.epoch, self.best_epoch, self.best),
            "kept": self.kept,
        }

    def restore(self, state: dict[str, Any]) -> None:
        self.towers.load_state_dict(state["towers"])
        self.towers.to(self.device)  # the optimizer moves its state to the device of the weights
        self.optimizer.load_state_dict(state["optimizer"])
        self.towers.cpu()
        self.generator.bit_generator.state = state["generator"]
        torch.set_rng_state(state["torch"])
        if len(state["cuda"]) == torch.cuda.device_count():
            torch.cuda.set_rng_state_all(state["cuda"])
        self.epoch, self.best_epoch, self.best = state["progress"]
        self.kept = state["kept"]


def _rate(settings: Training, epoch: int) -> float:
    """Learning rate by epoch: one warm-up epoch, then a cosine decay to a twentieth."""
    if epoch == 1:
        return settings.lr / 2
    done = (epoch - 2) / max(settings.epochs - 2, 1)
    return settings.lr * (0.05 + 0.95 * (1 + math.cos(math.pi * done)) / 2)


def padded(windows: Sequence[Rows]) -> Tensor:
    """Windows of item rows as one tensor [windows, longest], padded with -1."""
    return torch.nn.utils.rnn.pad_sequence(
        [torch.as_tensor(window) for window in windows], batch_first=True, padding_value=-1
    )


def _batches(
    users: Sequence[Rows], settings: Training, generator: np.random.Generator
) -> Iterator[Tensor]:
    """Histories cut into windows at random offsets, shuffled, batched by similar length."""
    windows = []
    for rows in users:
        offset = int(generator.integers(settings.window)) if len(rows) > settings.window else 0
        cuts = [0, *range(offset or settings.window, len(rows), settings.window), len(rows)]
        parts = [rows[start : end + 1] for start, end in pairwise(cuts)]
        windows += [part for part in parts if len(part) > 1]
    generator.shuffle(windows)
    windows.sort(key=lambda window: len(window) // 8)
    firsts = np.arange(0, len(windows), settings.batch)
    for start in generator.permutation(firsts):
        yield padded(windows[start : start + settings.batch])


def _loss(towers: Towers, batch: Tensor, text: Tensor, settings: Training) -> Tensor:
    rows, correction = (tensor.to(text.device) for tensor in candidates(batch, len(text)))
    batch = batch.to(text.device)
    items = towers.items(text[rows], rows + 1, settings.id_dropout)
    places = torch.searchsorted(rows, batch.clamp(min=int(rows[0])))
    real = batch[:, 1:] >= 0
    states, targets = towers.users(items[places[:, :-1]])[real], places[:, 1:][real]
    return functional.cross_entropy(
        towers(states, items) + correction, targets, label_smoothing=settings.smoothing
    )


def candidates(batch: Tensor, items: int) -> tuple[Tensor, Tensor]:
    """Sorted rows of the softmax, int64 [rows], and what is added to their logits, float [rows]."""
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
