"""transformers' Trainer with a sampler of ours and a loss that the model does not compute."""

from typing import Any

from torch.utils.data import Sampler
from transformers import Trainer


class HookedTrainer(Trainer):  # type: ignore[misc]
    """A subclass gives `compute_loss`, and may give `train_sampler`."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.model_accepts_loss_kwargs = False  # else Trainer does not divide the loss by steps

    def train_sampler(self, rows: Any) -> Sampler[int] | None:
        """The order of training rows; None takes Trainer's own."""
        return None

    def on_device(self, inputs: dict[str, Any]) -> Any:
        """The inputs, their tensors moved to where the model is."""
        return self._prepare_inputs(inputs)

    def _get_train_sampler(self, train_dataset: Any = None) -> Any:
        rows = self.train_dataset if train_dataset is None else train_dataset
        return self.train_sampler(rows) or super()._get_train_sampler(train_dataset)
