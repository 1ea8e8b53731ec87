"""Train the model of which words of a title name the product (`writing/product_naming.py`).

    python -m shelftalker.adapters.train.product_naming [--out FILE]

`adapters/style/product_names.csv` has made-up products with what customers call them: the last word
of such a name is the noun wherever a title has it, the words before it say which kind. A
multinomial regression; the products marked `validation` chose its penalty and are only printed.
"""

from pathlib import Path

import numpy as np
import torch
import typer
from safetensors.numpy import save_file

from shelftalker.adapters.data.product_requests import named_products
from shelftalker.language.stems import stems_of
from shelftalker.writing.product_naming import (
    NOUN,
    OTHER,
    WEIGHTS,
    WHICH,
    Floats,
    naming_features,
    naming_words,
)

PENALTY, STEPS = 3e-3, 150


def labelled(split: str) -> list[tuple[Floats, list[int]]]:
    """The features of the words of each title, and whether each is noun, which or other."""
    found = []
    for row in (row for row in named_products() if row["split"] == split):
        names = [stems for one in (row["kind"], *row["is"].split(";")) if (stems := stems_of(one))]
        nouns = {stems[-1] for stems in names}
        kinds = {stem for stems in names for stem in stems[:-1]}
        words = naming_words(row["title"])
        lasts = [(stems_of(word) or [word.lower()])[-1] for word in words]
        labels = [NOUN if one in nouns else WHICH if one in kinds else OTHER for one in lasts]
        found += [(naming_features(words), labels)] if words else []
    return found


def main(out: Path = WEIGHTS) -> None:
    """Fit, save, and print the shares of words and of nouns that are right."""
    found, kept = labelled("train"), labelled("validation")
    features = torch.tensor(np.concatenate([one for one, _ in found]))
    labels = torch.tensor([label for _, own in found for label in own])
    torch.manual_seed(0)
    layer = torch.nn.Linear(features.shape[1], 3)
    optimizer = torch.optim.LBFGS(layer.parameters(), max_iter=STEPS, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimizer.zero_grad()
        missed = torch.nn.functional.cross_entropy(layer(features), labels)
        value = missed + PENALTY * layer.weight.pow(2).sum()
        value.backward()  # type: ignore[no-untyped-call]
        return value

    optimizer.step(loss)  # type: ignore[no-untyped-call]
    weights = {name: value.numpy().astype(np.float16) for name, value in layer.state_dict().items()}
    save_file(weights, out)
    right: list[bool] = []
    nouns: list[bool] = []
    for one, own in kept:
        logits = one @ weights["weight"].astype(np.float32).T + weights["bias"].astype(np.float32)
        right += (logits.argmax(axis=1) == np.array(own)).tolist()
        nouns += [own[int(logits[:, NOUN].argmax())] == NOUN] if NOUN in own else []
    print(f"of {len(right)} words {np.mean(right):.3f}, of {len(nouns)} nouns {np.mean(nouns):.3f}")


if __name__ == "__main__":
    typer.run(main)
