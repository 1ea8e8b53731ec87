"""Train the model of what products are called (`writing/kind_match.py`): low-rank changes of
MiniLM and a head.

    python -m shelftalker.adapters.train.kind_match DIR [--domain office] [--out DIR] [--epochs 2]

`adapters/style/product_names.csv` has made-up products, each with names that customers may give it,
with things that it is only like or belongs to, and with others; those marked `validation` are not
learned from. `adapters/data/product_requests.py` has requests for things and purposes, held against
the products that a search finds, of the catalogue of Amazon's Office products in DIR too. Those
kept apart choose the thresholds. Those of purposes use the model of answers as well, so train
`sentence_answers.py` first.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import typer

from shelftalker.adapters.data.product_requests import (
    Marked,
    marked_requests,
    named_products,
    product_of,
)
from shelftalker.adapters.train.low_rank import LabelledPair, PairTrainer, new_card, write_measured
from shelftalker.engine.minilm import PairModel
from shelftalker.store.workspace import Workspace
from shelftalker.writing.kind_match import MAX_TOKENS, WEIGHTS, described, serving

FROZEN = 1
RELATIONS = ("is", "related", "not")
TAKEN = 0.06
"""The share of related products that is taken for the thing."""
MISTAKEN = {"things": 0.04, "purposes": 0.05}
"""The share of products that are the thing, or serve the purpose, that is taken for another."""


@dataclass(frozen=True, slots=True)
class Named:
    """A name of a thing, or a purpose, beside a product; `relation`: `is` where it is that."""

    thing: str
    product: str
    relation: str

    @property
    def labelled(self) -> LabelledPair:
        """What the model reads, and what it shall answer."""
        return LabelledPair((self.thing.lower(), self.product), float(self.relation == "is"))


def named(split: str, rng: random.Random) -> list[Named]:
    """The names of a split's products, with one of another product for each."""
    rows = [row for row in named_products() if row["split"] == split]
    found = []
    for place, row in enumerate(rows):
        product = described(product_of(row))
        given = [(thing, one) for one in RELATIONS for thing in row[one].split(";")]
        found += [Named(thing, product, one) for thing, one in [*given, (row["kind"], "is")]]
        far = rows[(place + rng.randrange(40, len(rows) - 40)) % len(rows)]
        found.append(Named(rng.choice(far["is"].split(";")), product, "not"))
    return found


def asked_for(marked: Sequence[Marked]) -> list[Named]:
    """The things and purposes of requests that were held against a product."""
    return [
        Named(one.thing or one.request, described(one.item), one.fit) for one in marked if one.fit
    ]


def calibrated(out: Path, kept: Sequence[Marked]) -> dict[str, Any]:
    """The thresholds, and what lies beyond them, on requests beside the products that a search
    finds, as a card is asked for them."""
    model = PairModel(out, "kind_match", MAX_TOKENS)
    found: dict[str, Any] = {}
    for name, mistaken in MISTAKEN.items():
        group = [one for one in kept if bool(one.thing) == (name == "things")]
        rated = [model.probabilities([one.labelled.texts])[0] for one in asked_for(group)]
        if name == "purposes":
            rated = [serving(p, o.request, o.item) for p, o in zip(rated, group, strict=True)]
        fits = np.array([one.fit for one in group])
        each = {one: np.array(rated)[fits == one] for one in RELATIONS}
        below = float(np.quantile(each["is"], mistaken))
        least = float(np.quantile(each["related"], 1 - TAKEN))
        found[name] = {
            "other below": round(below, 4),
            "is from": round(least, 4),
            "area under the curve, against related": _share(each["is"][:, None] > each["related"]),
            "area under the curve, against others": _share(each["is"][:, None] > each["not"]),
            "taken for it": {one: _share(values >= least) for one, values in each.items()},
            "taken for another": {one: _share(values < below) for one, values in each.items()},
            "for validation": len(group),
        }
    return found


def _share(hits: Any) -> float:
    return round(float(np.mean(hits)), 4)


def main(
    workspace: Path, domain: str = "office", out: Path = WEIGHTS, epochs: int = 2, seed: int = 0
) -> None:
    """Train, choose the thresholds on what is kept apart, save."""
    rng = random.Random(seed)
    marked = marked_requests(Workspace.open(workspace).catalog(domain))
    found = [*named("train", rng), *asked_for([one for one in marked if not one.kept])]
    kept = [one for one in marked if one.kept and one.fit]
    print(f"{len(found)} names to learn from, {len(kept)} for validation", flush=True)
    model = PairTrainer(FROZEN, MAX_TOKENS, seed)
    model.train([one.labelled for one in found], epochs)
    model.save(out / "kind_match.safetensors")
    card = new_card(
        "whether a product is what a name or a purpose means (writing/kind_match.py)",
        "the project's own names and marks", seed=seed, epochs=epochs, names=len(found),
    )  # fmt: skip
    write_measured(card, out / "kind_match.json", lambda: calibrated(out, kept))


if __name__ == "__main__":
    typer.run(main)
