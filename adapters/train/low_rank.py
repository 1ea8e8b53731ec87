"""MiniLM with low-rank changes in its upper layers and a head: how the small models are trained
that `engine/minilm.py` serves.

The layers that do not change are computed once, for all epochs.
"""

import json
import random
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Generic, NamedTuple, TypeVar

import numpy as np
import torch
from peft import LoraConfig, inject_adapter_in_model
from safetensors.torch import save_file
from torch.nn.functional import binary_cross_entropy_with_logits
from torch.nn.utils.rnn import pad_sequence
from transformers import AutoModel, AutoTokenizer

from shelftalker.engine.minilm import DIM, LAYERS, packaged

Example = TypeVar("Example")
RANK, ALPHA, RATE, BATCH = 16, 32, 1e-3, 32
STEPS_PER_LINE = 50
_TARGETS = ["query", "key", "value", "attention.output.dense", "intermediate.dense", "output.dense"]


@dataclass(frozen=True, slots=True)
class Halfway(Generic[Example]):
    """An example after the layers that are not changed: `states`, float16 [tokens, dim]; `spans`:
    by token, its span in the text."""

    states: Any
    spans: list[tuple[int, int]]
    example: Example


class LowRankModel(ABC, Generic[Example]):
    """The layers from `frozen` on are trained, and `parts`, by name: the head among them."""

    def __init__(self, frozen: int, max_tokens: int, seed: int) -> None:
        torch.manual_seed(seed)
        self.frozen, self.max_tokens, self.seed = frozen, max_tokens, seed
        config = LoraConfig(
            r=RANK, lora_alpha=ALPHA, lora_dropout=0.05, target_modules=_TARGETS,
            layers_to_transform=list(range(frozen, LAYERS)),
        )  # fmt: skip
        self.encoder = inject_adapter_in_model(config, AutoModel.from_pretrained(packaged())).eval()
        self.tokenizer = AutoTokenizer.from_pretrained(packaged())
        self.parts: dict[str, Any] = {"head": torch.nn.Linear(DIM, 1)}

    @abstractmethod
    def texts(self, example: Example) -> tuple[str, ...]:
        """The text, or the pair of texts, that is read of an example."""

    @abstractmethod
    def loss(self, batch: list[Halfway[Example]]) -> Any:
        """The mean loss of a batch, a scalar."""

    def halfway(self, examples: Sequence[Example]) -> list[Halfway[Example]]:
        """All examples before the first layer that is trained, in the order of their lengths."""
        order, done = sorted(examples, key=lambda one: len(self.texts(one)[-1])), []
        with torch.inference_mode():
            for at in range(0, len(order), BATCH):
                batch = order[at : at + BATCH]
                read = self.tokenizer(
                    *map(list, zip(*map(self.texts, batch), strict=True)), truncation=True,
                    max_length=self.max_tokens, padding=True, return_tensors="pt",
                    return_offsets_mapping=True,
                )  # fmt: skip
                states = self.encoder.embeddings(input_ids=read["input_ids"])  # all of one type
                mask = read["attention_mask"].float()
                states = self._through(states, mask, 0, self.frozen)
                sizes, spans = mask.sum(1).int().tolist(), read["offset_mapping"].tolist()
                for row, own, size, one in zip(states, spans, sizes, batch, strict=True):
                    done.append(Halfway(row[:size].half(), [(a, b) for a, b in own[:size]], one))
        return done

    def upper(self, batch: Sequence[Halfway[Example]], added: Any = 0.0) -> tuple[Any, Any]:
        """The last states, float32 [examples, tokens, dim], and their mask. `added`: to the states
        before the first layer that is trained."""
        states = pad_sequence([one.states.float() for one in batch], batch_first=True)
        mask = pad_sequence([torch.ones(len(one.states)) for one in batch], batch_first=True)
        return self._through(states + added, mask, self.frozen, None), mask

    def train(self, examples: Sequence[Example], epochs: int) -> None:
        """Change the upper layers and the parts."""
        rng, start = random.Random(self.seed), time.monotonic()
        ready = self.halfway(examples)
        trained = (self.encoder, *self.parts.values())
        parameters = [p for part in trained for p in part.parameters() if p.requires_grad]
        optimizer = torch.optim.AdamW(parameters, lr=RATE, weight_decay=0.01)
        total = epochs * (len(ready) // BATCH + 1) + 1
        schedule = torch.optim.lr_scheduler.OneCycleLR(
            optimizer, RATE, total_steps=total, pct_start=0.1
        )
        self.encoder.train()
        losses: list[float] = []
        for batch in (one for _ in range(epochs) for one in _batches(ready, rng)):
            loss = self.loss(batch)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(parameters, 1.0)
            optimizer.step()
            schedule.step()
            optimizer.zero_grad()
            losses.append(loss.item())
            if len(losses) % STEPS_PER_LINE == 0:
                mean, spent = np.mean(losses[-STEPS_PER_LINE:]), time.monotonic() - start
                print(f"step {len(losses)} of {total}, loss {mean:.4f}, {spent:.0f} s", flush=True)
        self.encoder.eval()

    def save(self, file: Path) -> None:
        """Write the parts and the factors of the changes in half precision; these are named as
        `minilm.low_rank_changes` reads them."""
        weights = {
            f"{part}.{name}": value.half()
            for part, module in self.parts.items()
            for name, value in module.state_dict().items()
        }
        for name, value in self.encoder.state_dict().items():
            for part, short in (("lora_A", "a"), ("lora_B", "b")):
                if f".{part}." in name:
                    layer = name.split(f".{part}.")[0]
                    weights[f"{layer}.{short}"] = value.half().contiguous()
        file.parent.mkdir(parents=True, exist_ok=True)
        save_file(weights, file)

    def _through(self, states: Any, mask: Any, first: int, end: int | None) -> Any:
        """States [texts, tokens, dim] after the layers from `first` to before `end`; `mask` float32
        [texts, tokens]: 0 where a text is padded."""
        bias = (1.0 - mask[:, None, None, :]) * -1e9
        for layer in self.encoder.encoder.layer[first:end]:
            states = layer(states, bias)
        return states


class LabelledPair(NamedTuple):
    """A pair of texts, and what a model shall answer, 0 to 1."""

    texts: tuple[str, str]
    target: float


class PairTrainer(LowRankModel[LabelledPair]):
    """Trains what `minilm.PairModel` serves: the head reads the mean of the last states."""

    def texts(self, example: LabelledPair) -> tuple[str, str]:
        return example.texts

    def logits(self, batch: Sequence[Halfway[LabelledPair]]) -> Any:
        """Float32 [examples]."""
        last, mask = self.upper(batch)
        means = (last * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)
        return self.parts["head"](means)[:, 0]

    def loss(self, batch: list[Halfway[LabelledPair]]) -> Any:
        targets = torch.tensor([one.example.target for one in batch])
        return binary_cross_entropy_with_logits(self.logits(batch), targets)


def _batches(ready: Sequence[Halfway[Example]], rng: random.Random) -> list[list[Halfway[Example]]]:
    """Batches of about equal length, in random order."""
    order = sorted(ready, key=lambda one: len(one.states) + 8 * rng.random())
    batches = [order[at : at + BATCH] for at in range(0, len(order), BATCH)]
    rng.shuffle(batches)
    return batches


def new_card(what: str, trained_on: str, **facts: Any) -> dict[str, Any]:
    """The card of a model that is trained now."""
    own = {"base": "all-MiniLM-L6-v2", "rank": RANK, "scale": ALPHA / RANK, **facts}
    day = datetime.now(UTC).date().isoformat()
    return {"what": what, **own, "date": day, "licence": f"CC0: trained on {trained_on}"}


def write_card(card: dict[str, Any], file: Path) -> None:
    """Write a card as JSON."""
    file.write_text(json.dumps(card, indent=1) + "\n", encoding="utf-8")


def write_measured(card: dict[str, Any], file: Path, measure: Callable[[], dict[str, Any]]) -> None:
    """Write a card, by which the model can be opened; then measure it, and write that too."""
    write_card(card, file)
    write_card(card | measure(), file)
    print(file.read_text(encoding="utf-8"))
