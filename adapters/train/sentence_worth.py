"""Train the model that rates the sentences of products for a card (`writing/sentence_worth.py`).

    python -m shelftalker.adapters.train.sentence_worth DIR [--domain office] [--out FILE]

DIR is a workspace with the catalogue of Amazon's Office products. The ratings
(`adapters/style/sentence_ratings.csv`: 0 not to be printed, 1 weak, 2 good) name each sentence by
the beginning of its SHA-256, as the descriptions are not ours to repeat. Ridge regression; the
folds of the cross-validation share no item.
"""

import csv
import hashlib
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import typer
from safetensors.numpy import save_file

from shelftalker.data.catalog import Item
from shelftalker.eval.metrics.classification import Floats
from shelftalker.language.sentences import sentences_of
from shelftalker.store.workspace import Workspace
from shelftalker.writing.sentence_worth import WEIGHTS, features

RATINGS = Path(__file__).parents[1] / "style" / "sentence_ratings.csv"
FOLDS, RIDGE, GOOD = 5, 1000.0, 1.5


def name_of(sentence: str) -> str:
    """The name by which the ratings know a sentence."""
    return hashlib.sha256(sentence.encode()).hexdigest()[:16]


def rated_sentences(items: Sequence[Item]) -> tuple[Floats, Floats, list[str]]:
    """Features [sentences, n], mean ratings [sentences], and the item of each."""
    with RATINGS.open(encoding="utf-8") as file:
        given: dict[str, list[float]] = defaultdict(list)
        for row in csv.DictReader(file):
            given[row["sentence"]].append(float(row["rating"]))
    rows, ratings, owners = [], [], []
    for item in items:
        for sentence in sentences_of(item.text):
            if marks := given.pop(name_of(sentence), None):
                rows.append(features(item.title, [sentence])[0])
                ratings.append(sum(marks) / len(marks))
                owners.append(item.id)
    return np.array(rows, np.float64), np.array(ratings), owners


def fitted(rows: Floats, ratings: Floats) -> dict[str, Floats]:
    """The weights of a ridge regression on standardised features."""
    mean, deviation = rows.mean(axis=0), rows.std(axis=0) + 1e-6
    scaled, centre = (rows - mean) / deviation, ratings.mean()
    penalty = RIDGE * np.eye(rows.shape[1])
    weight = np.linalg.solve(scaled.T @ scaled + penalty, scaled.T @ (ratings - centre))
    return {"mean": mean, "deviation": deviation, "weight": weight, "bias": np.array(centre)}


def main(workspace: Path, domain: str = "office", out: Path = WEIGHTS) -> None:
    """Print what cross-validation finds, and write the weights of all ratings."""
    catalog = Workspace.open(workspace).catalog(domain)
    rows, ratings, owners = rated_sentences(list(catalog))
    order = np.random.default_rng(0).permutation(sorted(set(owners)))
    folds = {str(item): place % FOLDS for place, item in enumerate(order)}
    fold = np.array([folds[item] for item in owners])
    found = np.zeros(len(ratings))
    for held in range(FOLDS):
        model = fitted(rows[fold != held], ratings[fold != held])
        scaled = (rows[fold == held] - model["mean"]) / model["deviation"]
        found[fold == held] = scaled @ model["weight"] + model["bias"]
    good = ratings >= GOOD
    area = (found[good][:, None] > found[~good][None]).mean()
    print(f"{len(ratings)} sentences of {len(order)} items, {good.mean():.0%} good")
    print(f"area under the curve, good against others: {area:.3f}")
    upper = ratings[found >= np.median(found)].mean()
    print(f"mean rating of the upper half: {upper:.2f}, of all: {ratings.mean():.2f}")
    weights = fitted(rows, ratings)
    save_file({name: one.astype(np.float32) for name, one in weights.items()}, out)


if __name__ == "__main__":
    typer.run(main)
