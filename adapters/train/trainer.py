"""RowTrainer: transformers' Trainer on packed rows, with the softmax over branches as its loss.

Evaluation computes the tasks' own metrics, see `validation`.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch
from accelerate.utils import gather_object
from torch import Tensor
from torch.utils.data import Sampler
from transformers import TrainerCallback

from shelftalker.adapters.data.packing import TrainingRow, loss, pack, packs, scores
from shelftalker.adapters.train.validation import metrics_of
from shelftalker.engine.compat.peft import one_precision
from shelftalker.engine.compat.trainer import HookedTrainer
from shelftalker.errors import InputError

_POOL_BATCHES = 20
"""How many batches are sorted by length together."""


class RowTrainer(HookedTrainer):
    """Takes rows as its data sets; evaluates them with `metrics_of`."""

    control: Any

    def __init__(self, **options: Any) -> None:
        super().__init__(data_collator=packs, **options)
        if self.is_fsdp_enabled and any(row.kind == "names" for row in self.train_dataset):
            raise InputError(
                "this recipe learns whole histories (data.sequence), for which the output head "
                "must lie on one device; train it without FSDP, or without sequences"
            )

    def compute_loss(
        self, model: Any, inputs: dict[str, Any], return_outputs: bool = False, **_: Any
    ) -> Tensor:
        """Mean over the rows."""
        losses: list[Tensor] = []
        for packed in inputs["packs"]:
            with one_precision(self.accelerator.unwrap_model(model)):
                scored = scores(model, packed)
            losses += [loss(row, own) for row, own in zip(packed["rows"], scored, strict=True)]
        return torch.stack(losses).mean() + _orthogonality(self.accelerator.unwrap_model(model))

    def train_sampler(self, rows: Sequence[TrainingRow]) -> Sampler[int] | None:
        """Batches of similar length where there are rows of names: padding costs time too."""
        if not any(row.kind == "names" for row in rows):
            return None
        lengths = [len(row.prefix) + sum(map(len, row.branches)) for row in rows]
        batch = self.args.train_batch_size * self.args.gradient_accumulation_steps
        return ByLength(lengths, batch, self.args.seed)

    def evaluate(
        self,
        eval_dataset: Sequence[TrainingRow] | None = None,
        ignore_keys: Any = None,
        metric_key_prefix: str = "eval",
    ) -> dict[str, float]:
        """Every process scores its share of the rows; all get the same metrics."""
        rows = self.eval_dataset if eval_dataset is None else eval_dataset
        metrics = metrics_of(rows, self.score(rows))
        metrics = {f"{metric_key_prefix}_{name}": value for name, value in metrics.items()}
        self.log(metrics)
        self.control = self.callback_handler.on_evaluate(
            self.args, self.state, self.control, metrics
        )
        return metrics

    def score_hits(self, rows: Sequence[TrainingRow]) -> dict[int, Tensor]:
        """Index of each row that has a target → log-likelihoods of its branches."""
        places = [at for at, one in enumerate(rows) if one.target >= 0]
        return dict(zip(places, self.score([rows[at] for at in places]), strict=True))

    def score(self, rows: Sequence[TrainingRow]) -> list[Tensor]:
        """Log-likelihoods of each row's branches, on all processes. Each process makes the same
        number of passes: where weights are sharded, a pass gathers them from all processes."""
        rank, world = self.accelerator.process_index, self.accelerator.num_processes
        passes = -(-len(rows) // world)
        model = self.accelerator.unwrap_model(self.model)
        model.eval()
        with torch.no_grad():
            own = [
                (at, scores(model, self.on_device(pack([rows[at % len(rows)]])))[0].cpu())
                for at in range(rank, passes * world, world)
            ]
        model.train()
        gathered = sorted(gather_object(own), key=lambda pair: pair[0])
        return [scored for _, scored in gathered[: len(rows)]]


class ByLength(Sampler[int]):
    """Batches of similar length in random order, different ones in each epoch."""

    def __init__(self, lengths: Sequence[int], batch: int, seed: int) -> None:
        self.lengths, self.batch, self.seed, self.epoch = lengths, batch, seed, 0

    def __len__(self) -> int:
        return len(self.lengths)

    def set_epoch(self, epoch: int) -> None:
        """Called by the data loader, also where a run is resumed."""
        self.epoch = epoch

    def __iter__(self) -> Iterator[int]:
        random = np.random.default_rng((self.seed, self.epoch))
        order = random.permutation(len(self.lengths))
        pool = _POOL_BATCHES * self.batch
        batches = []
        for start in range(0, len(order), pool):
            part = sorted(order[start : start + pool], key=lambda at: self.lengths[at])
            batches += [part[at : at + self.batch] for at in range(0, len(part), self.batch)]
        for at in random.permutation(len(batches)):
            yield from map(int, batches[at])


class Reallocate(TrainerCallback):  # type: ignore[misc]
    """Lets AdaLoRA move its ranks after each optimizer step, before gradients are cleared."""

    def on_optimizer_step(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """`global_step` counts the optimizer steps before this one."""
        kwargs["model"].base_model.update_and_allocate(state.global_step)


def _orthogonality(model: Any) -> Tensor | float:
    """AdaLoRA's regulariser of P and Q, which peft adds only to losses that the model computes."""
    config = model.peft_config[model.active_adapter]
    if config.peft_type != "ADALORA" or not model.training:
        return 0.0
    gaps = []
    for name, weight in model.named_parameters():
        if "lora_A" in name or "lora_B" in name:
            gram = weight @ weight.T if "lora_A" in name else weight.T @ weight
            gaps.append(torch.linalg.matrix_norm(gram - torch.eye(len(gram), device=gram.device)))
    regulariser: Tensor = config.orth_reg_weight * torch.stack(gaps).mean()
    return regulariser
