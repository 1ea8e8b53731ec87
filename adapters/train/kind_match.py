"""Train the model of what products are called (`writing/kind_match.py`): low-rank changes of
MiniLM and a head.

    python -m shelftalker.adapters.train.kind_match [--out DIR] [--epochs 2] [--seed 0]

`adapters/style/product_names.csv` has made-up products, each with names that customers may give it,
with things that it is only like or belongs to, and with others. Those marked `validation` are kept
apart: they choose the thresholds, at which the share `--mistakes` is wrong.
"""

import csv
import json
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import torch
import typer
from safetensors.torch import save_file
from torch.nn.functional import binary_cross_entropy_with_logits as entropy
from torch.nn.utils.rnn import pad_sequence
from transformers import AutoTokenizer

from shelftalker.adapters.train.low_rank import (
    ALPHA,
    RANK,
    batches_of,
    low_rank_weights,
    through,
    trainable_encoder,
)
from shelftalker.data.catalog import Item
from shelftalker.engine.minilm import DIM, packaged
from shelftalker.language.stance import akin
from shelftalker.language.stems import stems_of
from shelftalker.writing.kind_match import MAX_TOKENS, WEIGHTS, KindModel, described

NAMES = Path(__file__).parents[1] / "style" / "product_names.csv"
FROZEN, RATE, BATCH = 1, 1e-3, 32
RELATIONS = ("is", "related", "not")


@dataclass(frozen=True, slots=True)
class Named:
    """A name beside a product; `relation`: `is` where the product is the thing."""

    thing: str
    product: str
    relation: str


def named(split: str, rng: random.Random) -> list[Named]:
    """The names of a split's products, with one of another product for each."""
    with NAMES.open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["split"] == split]
    found = []
    for place, row in enumerate(rows):
        values = {"category": row["category"]} if row["category"] else {}
        product = described(Item("", row["title"], row["text"], values))
        given = [(thing, one) for one in RELATIONS for thing in row[one].split(";")]
        found += [Named(thing, product, one) for thing, one in [*given, (row["kind"], "is")]]
        far = rows[(place + rng.randrange(40, len(rows) - 40)) % len(rows)]
        found.append(Named(rng.choice(far["is"].split(";")), product, "not"))
    return found


class TrainableKind:
    """The encoder and the head; `KindModel` computes the same to serve them."""

    def __init__(self, seed: int) -> None:
        torch.manual_seed(seed)
        self.encoder, self.head = trainable_encoder(FROZEN), torch.nn.Linear(DIM, 1)
        self._tokenizer = AutoTokenizer.from_pretrained(packaged())

    def halfway(self, found: Sequence[Named]) -> list[tuple[Any, float]]:
        """After the layers that are not changed: float16 [tokens, dim], and 1 where it is the
        thing; in the order of their lengths."""
        order, done = sorted(found, key=lambda one: len(one.product)), []
        with torch.inference_mode():
            for at in range(0, len(order), BATCH):
                batch = order[at : at + BATCH]
                texts = self._tokenizer(
                    [one.thing for one in batch], [one.product for one in batch],
                    truncation=True, max_length=MAX_TOKENS, padding=True, return_tensors="pt",
                )  # fmt: skip
                mask, ids = texts["attention_mask"].float(), texts["input_ids"]
                types = torch.zeros_like(ids)  # it is served without types of tokens
                states = self.encoder.embeddings(input_ids=ids, token_type_ids=types)
                states = through(self.encoder, states, mask, 0, FROZEN)
                for row, size, one in zip(states, mask.sum(1).int().tolist(), batch, strict=True):
                    done.append((row[:size].half(), float(one.relation == "is")))
        return done

    def logits(self, states: Sequence[Any]) -> Any:
        """Float32 [names]."""
        padded = pad_sequence([one.float() for one in states], batch_first=True)
        mask = pad_sequence([torch.ones(len(one)) for one in states], batch_first=True)
        last = through(self.encoder, padded, mask, FROZEN)
        means = (last * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)
        return self.head(means)[:, 0]

    def train(self, found: Sequence[Named], epochs: int, seed: int) -> None:
        """Change the upper layers and the head."""
        parts = (self.encoder, self.head)
        parameters = [p for part in parts for p in part.parameters() if p.requires_grad]
        optimizer = torch.optim.AdamW(parameters, lr=RATE, weight_decay=0.01)
        self.encoder.eval()
        ready, rng, start = self.halfway(found), random.Random(seed), time.monotonic()
        self.encoder.train()
        total = epochs * (len(ready) // BATCH + 1) + 1
        schedule = torch.optim.lr_scheduler.OneCycleLR(
            optimizer, RATE, total_steps=total, pct_start=0.1
        )
        for epoch in range(epochs):
            losses = []
            for batch in batches_of(ready, lambda one: len(one[0]), BATCH, rng):
                labels = torch.tensor([label for _, label in batch])
                loss: Any = entropy(self.logits([states for states, _ in batch]), labels)
                loss.backward()
                torch.nn.utils.clip_grad_norm_(parameters, 1.0)
                optimizer.step()
                schedule.step()
                optimizer.zero_grad()
                losses.append(loss.item())
            spent = time.monotonic() - start
            print(f"epoch {epoch}: loss {np.mean(losses):.4f}, {spent:.0f} s", flush=True)
        self.encoder.eval()

    def save(self, card: dict[str, Any], out: Path) -> None:
        """The changes in half precision, and the card."""
        weights = {f"head.{name}": value.half() for name, value in self.head.state_dict().items()}
        save_file(weights | low_rank_weights(self.encoder), out / "kind_match.safetensors")
        _write(card, out)


def calibrated(out: Path, kept: Sequence[Named], mistakes: float) -> dict[str, Any]:
    """The thresholds, and what lies beyond them on the validation products."""
    model = KindModel(out)
    rated = np.array([model.probabilities([one.thing], one.product)[0] for one in kept])
    kind = np.array([one.relation for one in kept])
    is_it, related = rated[kind == "is"], rated[kind == "related"]
    heard = np.array([_is_heard(one) for one in kept])
    below = float(np.quantile(rated[(kind == "is") & heard], mistakes))
    unheard = float(np.quantile(rated[(kind == "is") & ~heard], mistakes))
    least = float(np.quantile(related, 1 - mistakes))
    other = rated < np.where(heard, below, unheard)
    return {
        "other below": round(below, 4),
        "other below, unheard": round(unheard, 4),
        "is from": round(least, 4),
        "area under the curve, against related": round(float((is_it[:, None] > related).mean()), 4),
        "taken for the thing": {one: _share(rated[kind == one] >= least) for one in RELATIONS},
        "taken for another": {one: _share(other[kind == one]) for one in RELATIONS},
        "validation names": len(kept),
    }


def _is_heard(one: Named) -> bool:
    """Whether the product's row has the noun of the name."""
    row = stems_of(one.product)
    return any(akin(word, own) for word in stems_of(one.thing)[-1:] for own in row)


def _share(hits: Any) -> float:
    return round(float(np.mean(hits)), 4)


def _write(card: dict[str, Any], out: Path) -> None:
    (out / "kind_match.json").write_text(json.dumps(card, indent=1) + "\n", encoding="utf-8")


def main(out: Path = WEIGHTS, epochs: int = 2, seed: int = 0, mistakes: float = 0.03) -> None:
    """Train, choose the thresholds on the validation products, save."""
    rng = random.Random(seed)
    found, kept = named("train", rng), named("validation", rng)
    print(f"{len(found)} names to learn from, {len(kept)} for validation", flush=True)
    card: dict[str, Any] = {
        "what": "whether a product is what a name means (writing/kind_match.py)",
        "base": "all-MiniLM-L6-v2", "rank": RANK, "scale": ALPHA / RANK, "seed": seed,
        "epochs": epochs, "names": len(found), "date": datetime.now(UTC).date().isoformat(),
        "licence": "CC0: trained on the project's own names", "other below": 0.0,
        "other below, unheard": 0.0, "is from": 1.0,
    }  # fmt: skip
    model = TrainableKind(seed)
    model.train(found, epochs, seed)
    model.save(card, out)
    card |= calibrated(out, kept, mistakes)
    _write(card, out)
    print(json.dumps(card, indent=1))


if __name__ == "__main__":
    typer.run(main)
