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
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import typer

from shelftalker.adapters.train.low_rank import PairTrainer, new_card, write_card
from shelftalker.data.catalog import Item
from shelftalker.engine.minilm import PairModel
from shelftalker.language.stance import akin
from shelftalker.language.stems import stems_of
from shelftalker.writing.kind_match import MAX_TOKENS, WEIGHTS, described

NAMES = Path(__file__).parents[1] / "style" / "product_names.csv"
FROZEN = 1
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


class TrainableKind(PairTrainer[Named]):
    """Reads a name beside a product."""

    def __init__(self, seed: int) -> None:
        super().__init__(FROZEN, MAX_TOKENS, seed)

    def texts(self, example: Named) -> tuple[str, str]:
        return example.thing.lower(), example.product

    def target(self, example: Named) -> float:
        return float(example.relation == "is")


def calibrated(out: Path, kept: Sequence[Named], mistakes: float) -> dict[str, Any]:
    """The thresholds, and what lies beyond them on the validation products."""
    model = PairModel(out, "kind_match", MAX_TOKENS)
    pairs = [(one.thing.lower(), one.product) for one in kept]
    rated = np.array([model.probabilities([pair])[0] for pair in pairs])
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


def main(out: Path = WEIGHTS, epochs: int = 2, seed: int = 0, mistakes: float = 0.03) -> None:
    """Train, choose the thresholds on the validation products, save."""
    rng = random.Random(seed)
    found, kept = named("train", rng), named("validation", rng)
    print(f"{len(found)} names to learn from, {len(kept)} for validation", flush=True)
    model = TrainableKind(seed)
    model.train(found, epochs)
    model.save(out / "kind_match.safetensors")
    card = new_card(
        "whether a product is what a name means (writing/kind_match.py)",
        "the project's own names", seed=seed, epochs=epochs, names=len(found),
    ) | {"other below": 0.0, "other below, unheard": 0.0, "is from": 1.0}  # fmt: skip
    write_card(card, out / "kind_match.json")
    card |= calibrated(out, kept, mistakes)
    write_card(card, out / "kind_match.json")
    print(json.dumps(card, indent=1))


if __name__ == "__main__":
    typer.run(main)
