"""Train the role head on the sentences in `corpus/` and write its weights and card.

python -m shelftalker.adapters.reading.train [--epochs 12] [--out FOLDER] [--seed 7]

Mentions are exchanged for others of their kind. A tenth of the training sentences is held out to
fit the temperature; sentences with `split: test` are only scored.
"""

import argparse
import json
import random
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import save_file
from torch import Tensor
from torch.nn import functional

from shelftalker.adapters.reading.sentences import CORPUS, Exchange, MarkedSentence, read_corpus
from shelftalker.understanding.head.network import ACTS, OPS, ROLES, RoleNetwork, encoder_folder
from shelftalker.understanding.head.roles import WEIGHTS

SEED = 7
BATCH = 16
UNKNOWN, MAX_TOKENS = -100, 128
_ROLE = {role: place for place, role in enumerate(ROLES)} | {"contrast": ROLES.index("demand")}


def main() -> None:
    """Train, score on the test sentences, write weights and card."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name, kind, default in (("epochs", int, 12), ("out", Path, WEIGHTS), ("seed", int, SEED)):
        parser.add_argument(f"--{name}", type=kind, default=default)
    options = parser.parse_args()
    random.seed(options.seed)
    torch.manual_seed(options.seed)
    train, test = read_corpus(CORPUS, "train"), read_corpus(CORPUS, "test")
    random.shuffle(train)
    held, train = train[: len(train) // 10], train[len(train) // 10 :]
    model, tokenizer = RoleNetwork(), open_tokenizer()
    options.out.mkdir(parents=True, exist_ok=True)
    for _ in fit(model, tokenizer, train, options.epochs):
        save(model, options.out)
    temperature = fit_temperature(model, tokenizer, held)
    figures = {
        name: score(model, tokenizer, rows, temperature)
        for name, rows in (("held_out", held), ("test", test))
    }
    card = {
        "trained": datetime.now(UTC).date().isoformat(),
        "encoder": "all-MiniLM-L6-v2",
        "sentences": {"train": len(train), "held_out": len(held), "test": len(test)},
        "epochs": options.epochs,
        "seed": options.seed,
        "temperature": round(temperature, 3),
        "figures": figures,
        "command": "python -m shelftalker.adapters.reading.train",
    }
    (options.out / "card.json").write_text(json.dumps(card, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(card, indent=1))


def save(model: RoleNetwork, folder: Path) -> None:
    """Write the trained parameters in half precision."""
    weights = {name: value.half().contiguous() for name, value in model.trained().items()}
    save_file(weights, str(folder / "roles.safetensors"))


def open_tokenizer() -> Any:
    """The encoder's tokenizer, with offsets."""
    from transformers import AutoTokenizer  # slow

    return AutoTokenizer.from_pretrained(str(encoder_folder()))


def encoded(tokenizer: Any, rows: Sequence[MarkedSentence]) -> dict[str, Tensor]:
    """Token ids, mask, and labels by token; `UNKNOWN` where there is none."""
    batch = tokenizer(
        [row.text for row in rows],
        return_offsets_mapping=True,
        return_tensors="pt",
        padding=True,
        truncation=True,
        max_length=MAX_TOKENS,
    )
    offsets = batch["offset_mapping"].numpy()
    roles = np.where(batch["attention_mask"].numpy() == 1, 0, UNKNOWN)
    roles[offsets[..., 1] == 0] = UNKNOWN
    ops = np.full_like(roles, UNKNOWN)
    for place, row in enumerate(rows):
        for start, end, _, role, op in row.mentions:
            within = (offsets[place, :, 0] < end) & (offsets[place, :, 1] > start)
            roles[place, within] = _ROLE[role]
            if op:
                ops[place, within] = OPS.index(op)
    acts = torch.tensor([ACTS.index(row.act) for row in rows])
    return {
        "ids": batch["input_ids"],
        "mask": batch["attention_mask"],
        "roles": torch.from_numpy(roles),
        "ops": torch.from_numpy(ops),
        "acts": acts,
    }


def fit(
    model: RoleNetwork, tokenizer: Any, rows: Sequence[MarkedSentence], epochs: int
) -> Iterator[int]:
    """Train LoRA and the heads with AdamW and a linear decay; yields after each epoch."""
    exchange = Exchange(rows)
    heads = [*model.role.parameters(), *model.op.parameters(), *model.act.parameters()]
    known = {id(value) for value in heads}
    lora = [v for v in model.parameters() if v.requires_grad and id(v) not in known]
    optimizer = torch.optim.AdamW(
        [{"params": lora, "lr": 1.5e-3}, {"params": heads, "lr": 3e-3}], weight_decay=0.01
    )
    steps = epochs * (1 + len(rows) // BATCH)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min(1.0, (step + 1) / 30) * max(0.02, 1 - step / steps)
    )
    weights = torch.ones(len(ROLES))
    weights[0] = 0.4
    for epoch in range(epochs):
        model.train()
        began, losses = time.monotonic(), []
        for part in _batches([exchange.varied(row) for row in rows]):
            batch = encoded(tokenizer, part)
            role, op, act = model(batch["ids"], batch["mask"])
            loss = functional.cross_entropy(
                role.flatten(0, 1), batch["roles"].flatten(), weights, ignore_index=UNKNOWN,
                label_smoothing=0.05,
            ) + 0.2 * functional.cross_entropy(act, batch["acts"])  # fmt: skip
            if (batch["ops"] != UNKNOWN).any():
                loss = loss + 0.3 * functional.cross_entropy(
                    op.flatten(0, 1), batch["ops"].flatten(), ignore_index=UNKNOWN
                )
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            losses.append(loss.item())
        seconds = time.monotonic() - began
        print(f"epoch {epoch + 1}: loss {np.mean(losses):.3f}, {seconds:.0f} s", flush=True)
        yield epoch


def _batches(rows: list[MarkedSentence]) -> Iterator[list[MarkedSentence]]:
    """Batches of similar lengths in random order."""
    rows = sorted(rows, key=lambda row: len(row.text) + random.random() * 20)
    starts = list(range(0, len(rows), BATCH))
    random.shuffle(starts)
    for start in starts:
        yield rows[start : start + BATCH]


@torch.no_grad()
def mention_logits(
    model: RoleNetwork, tokenizer: Any, rows: Sequence[MarkedSentence]
) -> tuple[Tensor, Tensor, list[tuple[str, str]], tuple[int, int], tuple[int, int]]:
    """Role logits of each mention (mean of its tokens), their labels, language and kind; right and
    all comparisons of numbers; right and all acts."""
    model.eval()
    logits, labels, kinds, ops, acts = [], [], [], [0, 0], [0, 0]
    for start in range(0, len(rows), BATCH):
        part = rows[start : start + BATCH]
        batch = encoded(tokenizer, part)
        role, op, act = model(batch["ids"], batch["mask"])
        acts[0] += int((act.argmax(-1) == batch["acts"]).sum())
        acts[1] += len(part)
        offsets = tokenizer(
            [row.text for row in part], return_offsets_mapping=True, padding=True,
            truncation=True, max_length=MAX_TOKENS,
        )["offset_mapping"]  # fmt: skip
        for place, row in enumerate(part):
            for first, last, kind, name, sign in row.mentions:
                at = [t for t, (a, b) in enumerate(offsets[place]) if a < last and b > first]
                if not at:
                    continue
                logits.append(role[place, at].mean(0))
                labels.append(_ROLE[name])
                kinds.append((row.lang, kind))
                if sign:
                    ops[0] += int(op[place, at].mean(0).argmax()) == OPS.index(sign)
                    ops[1] += 1
    return torch.stack(logits), torch.tensor(labels), kinds, (ops[0], ops[1]), (acts[0], acts[1])


def fit_temperature(model: RoleNetwork, tokenizer: Any, rows: Sequence[MarkedSentence]) -> float:
    """The temperature with the least cross-entropy on held-out mentions (Guo et al., 2017)."""
    logits, labels, *_ = mention_logits(model, tokenizer, rows)
    tried = [0.5 + 0.1 * step for step in range(30)]
    return min(tried, key=lambda t: float(functional.cross_entropy(logits / t, labels)))


def score(
    model: RoleNetwork, tokenizer: Any, rows: Sequence[MarkedSentence], temperature: float
) -> dict[str, Any]:
    """Accuracy by language; how often an exclusion is read as wanted and the reverse."""
    if not rows:
        return {}
    logits, labels, kinds, ops, acts = mention_logits(model, tokenizer, rows)
    shares = (logits / temperature).softmax(-1)
    sure, best = shares.max(-1)
    right = best == labels
    wanted = {ROLES.index(name) for name in ("demand", "wish", "like", "alternative")}
    out = ROLES.index("exclude")
    is_wanted = torch.tensor([int(one) in wanted for one in best])
    truly = torch.tensor([int(one) in wanted for one in labels])
    languages = sorted({lang for lang, _ in kinds})
    return {
        "mentions": len(labels),
        "accuracy": round(float(right.float().mean()), 3),
        "by_language": {
            lang: round(float(right[[k[0] == lang for k in kinds]].float().mean()), 3)
            for lang in languages
        },
        "excluded_read_as_wanted": round(float(is_wanted[labels == out].float().mean()), 3),
        "wanted_read_as_excluded": round(float((best[truly] == out).float().mean()), 3),
        "sure_at_0.8": round(float((sure >= 0.8).float().mean()), 3),
        "accuracy_where_sure": round(float(right[sure >= 0.8].float().mean()), 3),
        "comparisons": f"{ops[0]}/{ops[1]}",
        "acts": f"{acts[0]}/{acts[1]}",
    }


if __name__ == "__main__":
    main()
