"""Train the model that rates the sentences of products for a card (`writing/sentence_worth.py`):
low-rank changes of MiniLM and a head.

    python -m shelftalker.adapters.train.sentence_worth DIR [--domain office] [--out DIR]

DIR is a workspace with the catalogue of Amazon's Office products; others are of the writing corpus.
The ratings (`adapters/style/sentence_ratings.csv`: 0 not to be printed, 1 weak, 2 good) name each
title and sentence by the beginning of its SHA-256, as most descriptions are not ours to repeat. The
sentences of an eighth of the products are kept apart, and show what was learned.
"""

import csv
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import typer

from shelftalker.adapters.data.product_requests import hashed
from shelftalker.adapters.data.style_corpus import corpus
from shelftalker.adapters.train.low_rank import LabelledPair, PairTrainer, new_card, write_measured
from shelftalker.data.catalog import Item
from shelftalker.engine.minilm import PairModel
from shelftalker.language.sentences import glued_sentences_of
from shelftalker.store.workspace import Workspace
from shelftalker.writing.sentence_worth import MAX_CHARACTERS, MAX_TOKENS, WEIGHTS

RATINGS = Path(__file__).parents[1] / "style" / "sentence_ratings.csv"
FROZEN, KEPT, GOOD, BEST = 3, 8, 1.5, 2.0


@dataclass(frozen=True, slots=True)
class Rated:
    """A sentence of a product with the mean of its ratings, 0 to 2."""

    title: str
    sentence: str
    rating: float

    @property
    def labelled(self) -> LabelledPair:
        """What the model reads, and what it shall answer."""
        return LabelledPair((self.title[:MAX_CHARACTERS], self.sentence), self.rating / BEST)


def rated_sentences(items: Sequence[Item]) -> list[Rated]:
    """The sentences of a catalogue that were rated."""
    given: dict[tuple[str, str], list[float]] = defaultdict(list)
    with RATINGS.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            given[row["title"], row["sentence"]].append(float(row["rating"]))
    return [
        Rated(item.title, sentence, float(np.mean(marks)))
        for item in items
        for sentence in dict.fromkeys(glued_sentences_of(item.text))
        if (marks := given.get((hashed(item.title), hashed(sentence))))
    ]


def measured(out: Path, kept: Sequence[Rated]) -> dict[str, Any]:
    """How well sentences are told apart, and what the best rated sentence of each product is."""
    model = PairModel(out, "sentence_worth", MAX_TOKENS)
    worths = np.array([model.probabilities([one.labelled.texts])[0] for one in kept])
    ratings = np.array([one.rating for one in kept])
    good, bad = ratings >= GOOD, ratings < BEST - GOOD
    owners = np.array([one.title for one in kept])
    mine = [np.flatnonzero(owners == title) for title in dict.fromkeys(owners.tolist())]
    chosen = np.array([ratings[rows[worths[rows].argmax()]] for rows in mine])
    return {
        "area under the curve, good": _area(worths[good], worths[~good]),
        "area under the curve, not to be printed": _area(worths[~bad], worths[bad]),
        "mean rating": round(float(ratings.mean()), 3),
        "mean rating of the chosen": round(float(chosen.mean()), 3),
        "mean of the best there is": round(float(np.mean([ratings[r].max() for r in mine])), 3),
        "kept apart": len(kept),
    }


def _area(high: Any, low: Any) -> float:
    return round(float((high[:, None] > low[None]).mean()), 4)


def main(
    workspace: Path, domain: str = "office", out: Path = WEIGHTS, epochs: int = 3, seed: int = 0
) -> None:
    """Train, measure on the products kept apart, save."""
    made_up = (item for catalog in corpus("en") for item in catalog.items.values())
    rated = rated_sentences([*Workspace.open(workspace).catalog(domain), *made_up])
    found = [one for one in rated if int(hashed(one.title), 16) % KEPT]
    kept = [one for one in rated if not int(hashed(one.title), 16) % KEPT]
    model = PairTrainer(FROZEN, MAX_TOKENS, seed)
    model.train([one.labelled for one in found], epochs)
    model.save(out / "sentence_worth.safetensors")
    card = new_card(
        "how well a sentence stands on a card (writing/sentence_worth.py)",
        "the project's own ratings", seed=seed, epochs=epochs, ratings=len(found),
    )  # fmt: skip
    write_measured(card, out / "sentence_worth.json", lambda: measured(out, kept))


if __name__ == "__main__":
    typer.run(main)
