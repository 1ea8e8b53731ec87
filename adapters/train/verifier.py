"""Train the verifier's model of the residue: low-rank changes of MiniLM and a head that rates each
word of a sentence, read beside the item's row.

    python -m shelftalker.adapters.train.verifier [--out DIR] [--epochs 3] [--seed 0]

Some of the training catalogues are kept apart for validation: there the threshold is chosen, as the
lowest at which so few of the false sentences pass as `--false-accepts` allows.
"""

import hashlib
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

from shelftalker.adapters.data.residue_examples import ResidueExample, made, of_corpus, of_wording
from shelftalker.adapters.data.style_corpus import CorpusCatalog, corpus
from shelftalker.adapters.train.low_rank import (
    ALPHA,
    RANK,
    batches_of,
    low_rank_weights,
    through,
    trainable_encoder,
)
from shelftalker.engine.minilm import packaged
from shelftalker.writing.verifier.paraphrase import paraphrase_problem
from shelftalker.writing.verifier.residue import (
    FROZEN,
    MAX_TOKENS,
    WEIGHTS,
    LearnedResidue,
    Masked,
    shown_tokens,
)

RATE, BATCH = 1e-3, 32


class TrainableResidue:
    """MiniLM with low-rank changes in its upper layers, an embedding that marks what is shown, and
    a head; `writing/verifier/residue.py` computes the same to serve it."""

    def __init__(self, encoder: Any, tokenizer: Any) -> None:
        dim = encoder.config.hidden_size
        self.encoder, self.tokenizer = encoder, tokenizer
        self.head = torch.nn.Linear(dim, 1)
        self.mark = torch.nn.Embedding(2, dim)
        torch.nn.init.zeros_(self.mark.weight)

    def lower(
        self, sentences: Sequence[Masked]
    ) -> tuple[Any, Any, Any, list[list[tuple[int, int]]]]:
        """States before the layers that are trained, float32 [sentences, tokens, dim]; the mask;
        which tokens are shown, int64 [sentences, tokens]; each token's span in its text."""
        batch = self.tokenizer(
            [s.text for s in sentences], truncation=True, max_length=MAX_TOKENS, padding=True,
            return_tensors="pt", return_offsets_mapping=True,
        )  # fmt: skip
        spans = [[(a, b) for a, b in row] for row in batch["offset_mapping"].tolist()]
        shown = [shown_tokens(row, s) for row, s in zip(spans, sentences, strict=True)]
        states = self.encoder.embeddings(input_ids=batch["input_ids"])
        mask = batch["attention_mask"].float()
        return through(self.encoder, states, mask, 0, FROZEN), mask, torch.tensor(shown), spans

    def upper(self, states: Any, mask: Any, shown: Any) -> Any:
        """Ratings, float32 [sentences, tokens], from what `lower` gives."""
        states = through(self.encoder, states + self.mark(shown), mask, FROZEN)
        return self.head(states)[..., 0]


def examples(catalogues: Sequence[CorpusCatalog], seed: int) -> list[ResidueExample]:
    """All training examples."""
    rng = random.Random(seed)
    found = [e for c in catalogues for e in (*of_corpus(c), *made(c, rng))]
    return [*found, *of_wording(catalogues, rng)]


def is_validation(catalogue: CorpusCatalog) -> bool:
    """A fixed seventh of the catalogues, by name."""
    return hashlib.sha256(catalogue.slug.encode()).digest()[0] % 7 == 5


@dataclass(frozen=True, slots=True)
class _Halfway:
    """An example after the layers that are not changed: `states`, float16 [tokens, dim]; `shown`,
    int64 [tokens]; `spans`: by token, its span in the sentence."""

    states: Any
    shown: Any
    spans: list[tuple[int, int]]
    example: ResidueExample


def halfway(model: TrainableResidue, found: Sequence[ResidueExample]) -> list[_Halfway]:
    """The states of all examples before the first layer that is trained; computed once."""
    order, done = sorted(found, key=lambda e: len(e.masked.text)), []
    with torch.inference_mode():
        for at in range(0, len(order), BATCH):
            batch = order[at : at + BATCH]
            states, mask, shown, spans = model.lower([e.masked for e in batch])
            for n, (size, e) in enumerate(zip(mask.sum(1).int().tolist(), batch, strict=True)):
                done.append(_Halfway(states[n, :size].half(), shown[n, :size], spans[n][:size], e))
    return done


def _logits(model: TrainableResidue, batch: list[_Halfway]) -> Any:
    """float32 [examples, tokens]."""
    states = pad_sequence([h.states.float() for h in batch], batch_first=True)
    mask = pad_sequence([torch.ones(len(h.states)) for h in batch], batch_first=True)
    return model.upper(states, mask, pad_sequence([h.shown for h in batch], batch_first=True))


def train(train_on: Sequence[ResidueExample], epochs: int, seed: int) -> TrainableResidue:
    """The model after training."""
    torch.manual_seed(seed)
    encoder = trainable_encoder(FROZEN)
    model = TrainableResidue(encoder, AutoTokenizer.from_pretrained(packaged()))
    parts = (encoder, model.head, model.mark)
    parameters = [p for part in parts for p in part.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(parameters, lr=RATE, weight_decay=0.01)
    rng, start = random.Random(seed), time.monotonic()
    ready = halfway(model, train_on)
    print(f"{len(ready)} examples are ready after {time.monotonic() - start:.0f} s", flush=True)
    total = epochs * (len(ready) // BATCH + 1) + 1
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, RATE, total_steps=total, pct_start=0.1
    )
    encoder.train()
    losses: list[float] = []
    for epoch in range(epochs):
        for batch in batches_of(ready, lambda half: len(half.spans), BATCH, rng):
            loss = _loss(_logits(model, batch), batch)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(parameters, 1.0)
            optimizer.step()
            schedule.step()
            optimizer.zero_grad()
            losses.append(loss.item())
            if len(losses) % 50 == 0:
                spent = time.monotonic() - start
                print(f"epoch {epoch} step {len(losses)} of {total}, loss "
                      f"{np.mean(losses[-50:]):.4f}, {spent:.0f} s", flush=True)  # fmt: skip
    encoder.eval()
    return model


def _loss(logits: Any, batch: list[_Halfway]) -> Any:
    """Per token where the place of a false statement is known; per sentence on its worst token."""
    total = logits.new_zeros(())
    for row, half in zip(logits, batch, strict=True):
        spans, example = half.spans, half.example
        residue = _tokens_of(spans, example, example.masked.residue)
        if not residue:
            continue
        own = row[torch.tensor(residue)]
        total = total + entropy(own.max(), own.new_tensor(float(example.false)))
        if example.bad or not example.false:
            bad = set(_tokens_of(spans, example, example.bad))
            labels = own.new_tensor([float(n in bad) for n in residue])
            weight = torch.where(labels > 0, 3.0, 1.0)
            total = total + entropy(own, labels, weight)
    return total / len(batch)


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


def save(model: TrainableResidue, card: dict[str, Any], out: Path) -> None:
    """The low-rank changes in half precision, and the card."""
    out.mkdir(parents=True, exist_ok=True)
    weights = {f"head.{name}": value.half() for name, value in model.head.state_dict().items()}
    weights["mark.weight"] = model.mark.weight.detach().half()
    weights |= low_rank_weights(model.encoder)
    save_file(weights, out / "residue.safetensors")
    (out / "card.json").write_text(json.dumps(card, indent=1) + "\n", encoding="utf-8")


def main(
    out: Path = WEIGHTS,
    epochs: int = 3,
    seed: int = 0,
    false_accepts: float = 0.05,
) -> None:
    """Train, choose the threshold on the validation catalogues, save."""
    catalogues = list(corpus("en", "train"))
    kept = [c for c in catalogues if is_validation(c)]
    used = [c for c in catalogues if not is_validation(c)]
    found = examples(used, seed)
    print(f"{len(used)} catalogues, {len(found)} examples, {sum(e.false for e in found)} false; "
          f"validation: {[c.slug for c in kept]}", flush=True)  # fmt: skip
    card: dict[str, Any] = {
        "what": "rates words of a sentence beside an item's row (writing/verifier/residue.py)",
        "base": "all-MiniLM-L6-v2", "rank": RANK, "scale": ALPHA / RANK, "seed": seed,
        "epochs": epochs, "examples": len(found), "catalogues": [c.slug for c in used],
        "validation": [c.slug for c in kept], "date": datetime.now(UTC).date().isoformat(),
        "licence": "CC0: trained on the project's own writing corpus", "threshold": 0.0,
    }  # fmt: skip
    save(train(found, epochs, seed), card, out)
    card |= calibrated(out, kept, false_accepts)
    (out / "card.json").write_text(json.dumps(card, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(card, indent=1))


if __name__ == "__main__":
    typer.run(main)
