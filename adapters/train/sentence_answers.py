"""Fit the weights by which a sentence is taken for an answer (`writing/sentence_answers.py`).

    python -m shelftalker.adapters.train.sentence_answers DIR [--domain office]

The marks are those of `adapters/data/product_requests.py`. The weights are fitted on the requests
for the made-up shop, whose products are the thing, and printed; so is what they are worth on those
for real products of the kind, of the catalogue of Amazon's Office products in the workspace DIR.
Weights fitted on these as well chose no better.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import typer
from scipy.optimize import minimize

from shelftalker.adapters.data.product_requests import Marked, marked_requests
from shelftalker.store.workspace import Workspace
from shelftalker.writing.sentence_answers import likenesses, wish_in

RIDGE = 0.005


def compared(marked: Sequence[Marked]) -> list[tuple[Any, Any]]:
    """The likenesses of the sentences of each product, and which of them answer."""
    return [
        (
            likenesses(wish_in(one.request, one.item.title) or one.request, list(one.sentences)),
            np.array(list(one.sentences.values())) > 0,
        )
        for one in marked
    ]


def main(workspace: Path, domain: str = "office") -> None:
    """Print the weights of a logistic regression, and how often the likeliest sentence answers."""
    marked = marked_requests(Workspace.open(workspace).catalog(domain))
    learned = compared([one for one in marked if not one.fit])
    features = np.concatenate([own for own, _ in learned]).astype(np.float64)
    sign = np.where(np.concatenate([answers for _, answers in learned]), -1.0, 1.0)

    def loss(weights: np.ndarray) -> float:
        logits = features @ weights[:2] + weights[2]
        return float(np.logaddexp(0, sign * logits).sum() + RIDGE * (weights[:2] ** 2).sum())

    words, whole, bias = minimize(loss, np.zeros(3)).x
    print(f"WORDS, WHOLE, BIAS = {words:.2f}, {whole:.2f}, {bias:.2f}")
    real = [one for one in marked if one.sentences and one.fit == "is"]
    kept = [(own @ [words, whole], answers) for own, answers in compared(real)]
    first = [answers[own.argmax()] for own, answers in kept if answers.any()]
    likely, answering = (np.concatenate(part) for part in zip(*kept, strict=True))
    area = (likely[answering][:, None] > likely[~answering]).mean()
    print(f"{len(kept)} real products that fit a request: area under the curve {area:.3f}; the "
          f"likeliest sentence answers for {np.mean(first):.0%} of {len(first)}")  # fmt: skip


if __name__ == "__main__":
    typer.run(main)
