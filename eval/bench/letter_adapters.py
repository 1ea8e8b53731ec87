"""Letter adapters for swap tests: each makes the model output one letter, so that an answer
identifies its adapter.

They have a usual shape and need no training: the last layer's MLP adds the letter's output vector
at every position. The A of its LoRA is fitted by ridge regression so that A h is 1 for any
activation h; B is the letter's vector.
"""

import json
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor
from transformers import AutoModelForCausalLM

from shelftalker.engine import models
from shelftalker.engine.base import Message, Prompt
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
        self._last = len(self._model.model.layers) - 1
        self._always_one = _constant(self._activations())

    def write(self, folder: Path, letter: str, seed: int = 0) -> Path:
        """Write an adapter that outputs `letter`, as peft would save it; returns its folder."""
        random = torch.Generator().manual_seed(seed)
        tensors = self._noise(random)
        [token] = self._tokens.labels([letter])
        vector = self._model.get_output_embeddings().weight[token].detach()
        a = torch.zeros(RANK, len(self._always_one))
        b = torch.zeros(len(vector), RANK)
        a[0], b[:, 0] = self._always_one, _STRENGTH * vector
        name = f"model.layers.{self._last}.mlp.down_proj"
        _save(folder, tensors | _halves(name, a, b))
        return folder

    def _noise(self, random: torch.Generator) -> dict[str, Tensor]:
        """Random weights as small as trained ones, on the layers that recipes train."""
        tensors: dict[str, Tensor] = {}
        for name, module in self._model.named_modules():
            if name.endswith((".q_proj", ".v_proj")):
                a = 0.01 * torch.randn(RANK, module.in_features, generator=random)
                b = 0.01 * torch.randn(module.out_features, RANK, generator=random)
                tensors |= _halves(name, a, b)
        return tensors

    @torch.inference_mode()
    def _activations(self) -> Tensor:
        """Inputs of the last layer's down projection while letters are generated, [n, width]."""
        seen: list[Tensor] = []
        layer = self._model.model.layers[self._last].mlp.down_proj
        hook = layer.register_forward_hook(lambda _, inputs, __: seen.append(inputs[0][0]))
        for at, question in enumerate(_QUESTIONS):
            prompt = self._tokens.prompt(_ask(question), room=1)
            answer = self._tokens.after("".join(letter * 12 for letter in LETTERS[at::5]))
            self._model(input_ids=torch.tensor([prompt + answer]), logits_to_keep=1)
            seen[-1] = seen[-1][len(prompt) - 1 :]
        hook.remove()
        return torch.cat(seen)


def _save(folder: Path, tensors: dict[str, Tensor]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "adapter_model.safetensors"
    save_file(
        {key: tensor.contiguous() for key, tensor in tensors.items()},
        file,
        metadata={"format": "pt"},
    )
    layers = {key.removeprefix("base_model.model.").rsplit(".lora_", 1)[0] for key in tensors}
    config = {
        "peft_type": "LORA",
        "task_type": "CAUSAL_LM",
        "r": RANK,
        "lora_alpha": RANK,  # scale 1
        "target_modules": sorted(layers),
        "bias": "none",
        "inference_mode": True,
    }
    (folder / "adapter_config.json").write_text(json.dumps(config), encoding="utf-8")


def _constant(activations: Tensor) -> Tensor:
    """The direction whose product with every activation is about 1."""
    kernel = activations @ activations.T
    ridge = 0.1 * kernel.diagonal().mean() * torch.eye(len(kernel))
    direction: Tensor = activations.T @ torch.linalg.solve(kernel + ridge, torch.ones(len(kernel)))
    return direction


def _halves(name: str, a: Tensor, b: Tensor) -> dict[str, Tensor]:
    prefix = f"base_model.model.{name}"
    return {f"{prefix}.lora_A.weight": a, f"{prefix}.lora_B.weight": b}


def _ask(text: str) -> Prompt:
    return [Message(role="user", content=text)]
