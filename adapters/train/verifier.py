"""Train the verifier's model of the residue: low-rank changes of MiniLM and a head that rates each
word of a sentence, read beside the item's row.

    python -m shelftalker.adapters.train.verifier [--out DIR] [--epochs 3] [--seed 0]

Some of the training catalogues are kept apart for validation: there the threshold is chosen, as the
lowest at which so few of the false sentences pass as `--false-accepts` allows.
"""

import hashlib
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
import typer
from torch.nn.functional import binary_cross_entropy_with_logits as entropy
from torch.nn.utils.rnn import pad_sequence

from shelftalker.adapters.data.residue_examples import ResidueExample, made, of_corpus, of_wording
from shelftalker.adapters.data.style_corpus import CorpusCatalog, corpus
from shelftalker.adapters.train.low_rank import Halfway, LowRankModel, new_card, write_measured
from shelftalker.engine.minilm import DIM
from shelftalker.writing.verifier.paraphrase import paraphrase_problem
from shelftalker.writing.verifier.residue import (
    FROZEN,
    MAX_TOKENS,
    WEIGHTS,
    LearnedResidue,
    shown_tokens,
)


class TrainableResidue(LowRankModel[ResidueExample]):
    """The encoder, an embedding that marks what is shown, and a head that rates each token;
    `writing/verifier/residue.py` computes the same to serve them."""

    def __init__(self, seed: int) -> None:
        super().__init__(FROZEN, MAX_TOKENS, seed)
        self.parts["mark"] = torch.nn.Embedding(2, DIM)
        torch.nn.init.zeros_(self.parts["mark"].weight)

    def texts(self, example: ResidueExample) -> tuple[str]:
        return (example.masked.text,)

    def logits(self, batch: Sequence[Halfway[ResidueExample]]) -> Any:
        """Float32 [examples, tokens]."""
        shown = [torch.tensor(shown_tokens(one.spans, one.example.masked)) for one in batch]
        added = self.parts["mark"](pad_sequence(shown, batch_first=True))
        return self.parts["head"](self.upper(batch, added)[0])[..., 0]

    def loss(self, batch: list[Halfway[ResidueExample]]) -> Any:
        """Per token where the place of a false statement is known; per sentence on its worst
        token."""
        logits = self.logits(batch)
        total = logits.new_zeros(())
        for row, half in zip(logits, batch, strict=True):
            example = half.example
            residue = _tokens_of(half.spans, example, example.masked.residue)
            if not residue:
                continue
            own = row[torch.tensor(residue)]
            total = total + entropy(own.max(), own.new_tensor(float(example.false)))
            if example.bad or not example.false:
                bad = set(_tokens_of(half.spans, example, example.bad))
                labels = own.new_tensor([float(n in bad) for n in residue])
                weight = torch.where(labels > 0, 3.0, 1.0)
                total = total + entropy(own, labels, weight)
        return total / len(batch)


def examples(catalogues: Sequence[CorpusCatalog], seed: int) -> list[ResidueExample]:
    """All training examples."""
    rng = random.Random(seed)
    found = [e for c in catalogues for e in (*of_corpus(c), *made(c, rng))]
    return [*found, *of_wording(catalogues, rng)]


def is_validation(catalogue: CorpusCatalog) -> bool:
    """A fixed seventh of the catalogues, by name."""
    return hashlib.sha256(catalogue.slug.encode()).digest()[0] % 7 == 5


def _tokens_of(spans: Any, example: ResidueExample, places: frozenset[int]) -> list[int]:
    wanted = [example.masked.spans[at] for at in places]
    return [
        n
        for n, (a, b) in enumerate(spans)
        if b and any(a < end and b > start for start, end in wanted)
    ]


def calibrated(folder: Path, kept: Sequence[CorpusCatalog], false_accepts: float) -> dict[str, Any]:
    """The threshold at which so few of the false sentences of the catalogues pass, of those too
    that the claims or the text's own words refuse, and what passes at it."""
    model = LearnedResidue(folder)
    found, ratings = [], []
    for sentence in (s for c in kept for s in c.sentences()):
        reading = sentence.grounds.read(sentence.text)
        refused = reading.problem or paraphrase_problem(reading)
        found.append(sentence)
        ratings.append(np.inf if refused else model.rating(reading)[0])
    rated, true = np.array(ratings), np.array([s.true for s in found])
    threshold = float(np.quantile(rated[~true], false_accepts, method="lower"))
    passed = rated <= threshold
    open_ = np.isfinite(rated)
    by_pair = {s.pair: passed[n] for n, s in enumerate(found) if not s.true}
    told = [
        passed[n] and not by_pair[s.pair]
        for n, s in enumerate(found)
        if s.true and s.pair in by_pair
    ]
    kinds = sorted({s.kind for s in found if s.kind})
    worse = rated[open_ & ~true][:, None] > rated[open_ & true]
    return {
        "threshold": round(threshold, 4),
        "true passed": round(float(passed[true].mean()), 4),
        "false passed": round(float(passed[~true].mean()), 4),
        "pairs told apart": round(float(np.mean(told)), 4),
        "auc of the model alone": round(float(worse.mean()), 4),
        "true": int(true.sum()),
        "false": int((~true).sum()),
        "false passed by kind": {
            kind: f"{sum(of_kind)}/{len(of_kind)}"
            for kind in kinds
            if (of_kind := [bool(passed[n]) for n, s in enumerate(found) if s.kind == kind])
        },
    }


def main(out: Path = WEIGHTS, epochs: int = 3, seed: int = 0, false_accepts: float = 0.05) -> None:
    """Train, choose the threshold on the validation catalogues, save."""
    catalogues = list(corpus("en", "train"))
    kept = [c for c in catalogues if is_validation(c)]
    used = [c for c in catalogues if not is_validation(c)]
    found, model = examples(used, seed), TrainableResidue(seed)
    print(f"{len(used)} catalogues, {len(found)} examples, {sum(e.false for e in found)} false; "
          f"validation: {[c.slug for c in kept]}", flush=True)  # fmt: skip
    model.train(found, epochs)
    model.save(out / "residue.safetensors")
    card = new_card(
        "rates words of a sentence beside an item's row (writing/verifier/residue.py)",
        "the project's own writing corpus", seed=seed, epochs=epochs, examples=len(found),
        catalogues=[c.slug for c in used], validation=[c.slug for c in kept], threshold=0.0,
    )  # fmt: skip
    write_measured(card, out / "card.json", lambda: calibrated(out, kept, false_accepts))


if __name__ == "__main__":
    typer.run(main)
