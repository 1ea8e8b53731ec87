"""RowTrainer: transformers' Trainer on packed rows, with the softmax over branches as its loss.
Evaluation gives the tasks' own metrics, see `row_metrics`.
"""

from collections.abc import Sequence
from typing import Any

import torch
from accelerate.utils import gather_object
from torch import Tensor
from transformers import Trainer, TrainerCallback

from shelftalker.adapters.row_metrics import metrics_of
from shelftalker.adapters.rows import Row, loss, pack, scores


class RowTrainer(Trainer):  # type: ignore[misc]
    """Takes rows as its data sets; evaluates them with `metrics_of`."""

    control: Any

    def __init__(self, **options: Any) -> None:
        super().__init__(data_collator=pack, **options)
        self.model_accepts_loss_kwargs = False

    def compute_loss(
        self, model: Any, inputs: dict[str, Any], return_outputs: bool = False, **_: Any
    ) -> Tensor:
        """Mean over the rows of a pack."""
        found = scores(model, inputs)
        losses = [loss(row, own) for row, own in zip(inputs["rows"], found, strict=True)]
        return torch.stack(losses).mean() + _orthogonality(self.accelerator.unwrap_model(model))

    def evaluate(
        self,
        eval_dataset: Sequence[Row] | None = None,
        ignore_keys: Any = None,
        metric_key_prefix: str = "eval",
    ) -> dict[str, float]:
        """Every process scores its share of the rows; all get the same metrics."""
        rows = self.eval_dataset if eval_dataset is None else eval_dataset
        found = self.score(rows)
        metrics = {f"{metric_key_prefix}_{k}": v for k, v in metrics_of(rows, found).items()}
        self.log(metrics)
        self.control = self.callback_handler.on_evaluate(
            self.args, self.state, self.control, metrics
        )
        return metrics

    def score(self, rows: Sequence[Row]) -> list[Tensor]:
        """Log-likelihoods of each row's branches, on all processes. Each makes as many passes, some
        of them once more: where weights are sharded, a pass gathers them from all processes."""
        rank, world = self.accelerator.process_index, self.accelerator.num_processes
        passes = -(-len(rows) // world)
        model = self.accelerator.unwrap_model(self.model)
        model.eval()
        with torch.no_grad():
            own = [
                (at, scores(model, self._prepare_inputs(pack([rows[at % len(rows)]])))[0].cpu())
                for at in range(rank, passes * world, world)
            ]
        model.train()
        all_of_them = sorted(gather_object(own), key=lambda pair: pair[0])
        return [found for _, found in all_of_them[: len(rows)]]


class Reallocate(TrainerCallback):  # type: ignore[misc]
    """Lets AdaLoRA move its ranks after each optimizer step, while gradients are still there."""

    def on_optimizer_step(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """`global_step` counts optimizer steps done before this one."""
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
