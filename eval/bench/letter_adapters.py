"""Letter adapters for swap tests: each makes the model output one letter, so that an answer
identifies its adapter.

They have a usual shape and need no training: the last layer's MLP adds the letter's output vector
at every position. The A of its LoRA is fitted by ridge regression so that A h is 1 for any
activation h; B is the letter's vector.
"""

from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, get_peft_model
from torch import Tensor
from transformers import AutoModelForCausalLM

from shelftalker.engine import models
from shelftalker.engine.base import Message
from shelftalker.engine.models import DEFAULT_MODEL
from shelftalker.engine.tokens import Tokens

LETTERS = "ABCDEFGHIJKLMNOPRSTUVWXYZ"
"""Without Q, whose token the default model rarely uses."""
RANK = 8
_STRENGTH = 200.0
_QUESTIONS = (
    "I like tense films about trains and the sea. Name one film.",
    "Which is a city? Answer with one letter.",
    "Tell a long story.",
    "Recommend a thriller from the eighties, not violent. I watched Heat, Alien and Casablanca.",
    "Someone liked these: a garden hose; a red kettle; a book on birds. What would they buy next?",
)


class LetterAdapterWriter:
    """Writes letter adapters for one base model. The constructor runs a few forward passes."""

    def __init__(self, model: str = DEFAULT_MODEL) -> None:
        folder = models.resolve(model)
        self._tokens = Tokens(folder)
        self._model: Any = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
        self._down = f"model.layers.{len(self._model.model.layers) - 1}.mlp.down_proj"
        self._always_one = _constant(self._activations())

    def write(self, folder: Path, letter: str, seed: int = 0) -> Path:
        """Write an adapter that outputs `letter`, as peft saves it; returns its folder. The layers
        that recipes train get random weights as small as trained ones."""
        random = torch.Generator().manual_seed(seed)
        [token] = self._tokens.labels([letter])
        vector = self._model.get_output_embeddings().weight[token].detach()
        trained = [name for name, _ in self._model.named_modules()
                   if name.endswith((".q_proj", ".v_proj"))]  # fmt: skip
        config = LoraConfig(
            r=RANK, lora_alpha=RANK, target_modules=[*trained, self._down], task_type="CAUSAL_LM"
        )
        adapted = get_peft_model(self._model, config)
        for name, weight in adapted.named_parameters():
            if "lora_" in name and self._down not in name:
                weight.data = 0.01 * torch.randn(weight.shape, generator=random)
            elif "lora_" in name:
                weight.data.zero_()
                if "lora_A" in name:
                    weight.data[0] = self._always_one
                else:
                    weight.data[:, 0] = _STRENGTH * vector
        adapted.save_pretrained(folder)
        self._model = adapted.unload()
        return folder

    @torch.inference_mode()
    def _activations(self) -> Tensor:
        """Inputs of the last layer's down projection while letters are generated, [n, width]."""
        seen: list[Tensor] = []
        layer = self._model.get_submodule(self._down)
        hook = layer.register_forward_hook(lambda _, inputs, __: seen.append(inputs[0][0]))
        for at, question in enumerate(_QUESTIONS):
            prompt = self._tokens.prompt([Message(role="user", content=question)], room=1)
            answer = self._tokens.after("".join(letter * 12 for letter in LETTERS[at::5]))
            self._model(input_ids=torch.tensor([prompt + answer]), logits_to_keep=1)
            seen[-1] = seen[-1][len(prompt) - 1 :]
        hook.remove()
        return torch.cat(seen)


def _constant(activations: Tensor) -> Tensor:
    """The direction whose product with every activation is about 1."""
    kernel = activations @ activations.T
    ridge = 0.1 * kernel.diagonal().mean() * torch.eye(len(kernel))
    direction: Tensor = activations.T @ torch.linalg.solve(kernel + ridge, torch.ones(len(kernel)))
    return direction
