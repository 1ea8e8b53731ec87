"""Fit the weights by which a sentence is taken for an answer (`writing/sentence_answers.py`).

    python -m shelftalker.adapters.train.sentence_answers DIR [--domain shop]

DIR is a workspace with the made-up shop of the demo. `adapters/style/sentence_answers.csv` has
requests for its products, each with a mark for every sentence of the product: 2 where it answers
the request, 1 where it touches on it, 0 elsewhere. The fitted weights are printed.
"""

import csv
from pathlib import Path

import numpy as np
import typer
from scipy.optimize import minimize

from shelftalker.language.sentences import sentences_of
from shelftalker.store.workspace import Workspace
from shelftalker.writing.sentence_answers import likenesses, wish_in

MARKED = Path(__file__).parents[1] / "style" / "sentence_answers.csv"
RIDGE = 0.005


def main(workspace: Path, domain: str = "shop") -> None:
    """Print the weights of a logistic regression, and how often the likeliest sentence answers."""
    catalog = Workspace.open(workspace).catalog(domain)
    rows, marks = [], []
    with MARKED.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            item = catalog[row["item"]]
            wish = wish_in(row["request"], item.title) or row["request"]
            rows.append(likenesses(wish, sentences_of(item.text)))
            marks.append(np.array([int(mark) for mark in row["marks"].split()]) == 2)
    features = np.concatenate(rows).astype(np.float64)
    answers = np.concatenate(marks)
    sign = np.where(answers, -1.0, 1.0)

    def loss(weights: np.ndarray) -> float:
        logits = features @ weights[:2] + weights[2]
        return float(np.logaddexp(0, sign * logits).sum() + RIDGE * (weights[:2] ** 2).sum())

    words, whole, bias = minimize(loss, np.zeros(3)).x
    first = [
        mark[np.argmax(one @ np.array([words, whole]))]
        for one, mark in zip(rows, marks, strict=True)
        if mark.any()
    ]
    print(f"WORDS, WHOLE, BIAS = {words:.2f}, {whole:.2f}, {bias:.2f}")
    print(f"{len(marks)} requests, {len(first)} with an answer; the likeliest sentence is one for "
          f"{np.mean(first):.0%}")  # fmt: skip


if __name__ == "__main__":
    typer.run(main)
