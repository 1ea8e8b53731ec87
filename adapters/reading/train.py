"""Train the role head on the sentences in `corpus/` and write its weights and card.

python -m shelftalker.adapters.reading.train [--epochs 10] [--out FOLDER] …

Mentions are exchanged for others of their kind. A tenth of the training sentences is held out to
fit the temperature; sentences with `split: test` are only scored, or with `--all` trained on too.
"""

import json
import random
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import torch
import typer
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn import functional

from shelftalker.adapters.reading.sentences import CORPUS, Exchange, MarkedSentence, read_corpus
from shelftalker.engine import minilm
from shelftalker.understanding.head.roles import LAYERS, ROLES, WEIGHTS

BATCH, RANK = 16, 16
UNKNOWN, MAX_TOKENS = -100, 128
ADAPTED = (
    "attention.self.query", "attention.self.key", "attention.self.value",
    "attention.output.dense", "intermediate.dense", "output.dense",
)  # fmt: skip
"""The linear layers of each encoder layer that LoRA adapts."""
_ROLE = {role: place for place, role in enumerate(ROLES)} | {"contrast": ROLES.index("demand")}
_SIDES = {"exclude": -1, "unlike": -1, "demand": 1, "wish": 1, "like": 1, "alternative": 1}
_SIDE = torch.tensor([_SIDES.get(role, 0) for role in ROLES])
"""1 for a wanting role, -1 for an excluding one, else 0."""


def main(
    epochs: int = 10,
    out: Path = WEIGHTS,
    seed: int = 7,
    rate: float = 1.5e-3,
    every: Annotated[bool, typer.Option("--all", help="train on the test sentences too")] = False,
) -> None:
    """Train, score on the test sentences, write weights and card."""
    options = {"epochs": epochs, "out": out, "seed": seed, "rate": rate}
    random.seed(seed)
    torch.manual_seed(seed)
    train, test = read_corpus(CORPUS, "train"), read_corpus(CORPUS, "test")
    train += test if every else []
    random.shuffle(train)
    held, train = train[: len(train) // 10], train[len(train) // 10 :]
    model, tokenizer = RoleNetwork(), open_tokenizer()
    out.mkdir(parents=True, exist_ok=True)
    for _ in fit(model, tokenizer, train, epochs, rate):
        save(model, out)
    temperature = fit_temperature(model, tokenizer, held)
    scored = {"held_out": held} if every else {"held_out": held, "test": test}
    card = {
        "trained": datetime.now(UTC).date().isoformat(),
        "encoder": "all-MiniLM-L6-v2",
        "sentences": {"train": len(train), **{name: len(rows) for name, rows in scored.items()}},
        "options": {key: str(value) for key, value in {**options, "all": every}.items()},
        "temperature": round(temperature, 3),
        "figures": {n: score(model, tokenizer, rows, temperature) for n, rows in scored.items()},
    }
    text = json.dumps(card, indent=1)
    (out / "card.json").write_text(text + "\n", encoding="utf-8")
    print(text)


class RoleNetwork(nn.Module):
    """Logits of roles by token: a frozen MiniLM with LoRA, and a linear layer on top. What
    `understanding/head/roles.py` computes without torch; a test compares them."""

    def __init__(self) -> None:
        super().__init__()
        from transformers import AutoModel  # slow

        self.encoder: Any = AutoModel.from_pretrained(str(minilm.folder()), dtype=torch.float32)
        self.encoder.encoder.layer = self.encoder.encoder.layer[:LAYERS]
        self.encoder.requires_grad_(False)
        for layer in self.encoder.encoder.layer:
            for name in ADAPTED:
                layer.set_submodule(name, LoraLinear(layer.get_submodule(name)))
        self.role = nn.Linear(2 * self.encoder.config.hidden_size, len(ROLES))

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        """Role logits [n, tokens, roles]."""
        hidden = self.encoder(input_ids=ids, attention_mask=mask).last_hidden_state
        weights = mask[..., None].float()
        mean = (hidden * weights).sum(1) / weights.sum(1)
        logits: Tensor = self.role(torch.cat([hidden, mean[:, None].expand_as(hidden)], -1))
        return logits

    def trained(self) -> dict[str, Tensor]:
        """The parameters that were trained, by the names of the encoder's own layers."""
        return {
            name.removeprefix("encoder."): value.detach()
            for name, value in self.named_parameters()
            if value.requires_grad
        }


class LoraLinear(nn.Module):
    """A frozen linear layer with a trained low-rank addition: y = Wx + b + B A x."""

    def __init__(self, base: nn.Linear) -> None:
        super().__init__()
        self.base = base
        self.down = nn.Parameter(torch.randn(RANK, base.in_features) / base.in_features**0.5)
        self.up = nn.Parameter(torch.zeros(base.out_features, RANK))

    def forward(self, inputs: Tensor) -> Tensor:
        added: Tensor = inputs @ self.down.T @ self.up.T
        plain: Tensor = self.base(inputs)
        return plain + added


def save(model: RoleNetwork, folder: Path) -> None:
    """Write the trained parameters in half precision."""
    weights = {name: value.half().contiguous() for name, value in model.trained().items()}
    save_file(weights, str(folder / "roles.safetensors"))


def open_tokenizer() -> Any:
    """The encoder's tokenizer, with offsets."""
    from transformers import AutoTokenizer  # slow

    return AutoTokenizer.from_pretrained(str(minilm.folder()))


def encoded(tokenizer: Any, rows: Sequence[MarkedSentence]) -> tuple[Tensor, Tensor, Tensor, Any]:
    """Token ids, mask, roles by token (`UNKNOWN` where there is none), and the tokens' offsets."""
    batch = tokenizer(
        [row.text for row in rows],
        return_offsets_mapping=True,
        return_tensors="pt",
        padding=True,
        truncation=True,
        max_length=MAX_TOKENS,
    )
    offsets = batch["offset_mapping"].numpy()
    roles = np.where(offsets[..., 1] > 0, 0, UNKNOWN)
    for place, row in enumerate(rows):
        for start, end, _, role, _ in row.mentions:
            roles[place, (offsets[place, :, 0] < end) & (offsets[place, :, 1] > start)] = _ROLE[
                role
            ]
    return batch["input_ids"], batch["attention_mask"], torch.from_numpy(roles), offsets


def fit(
    model: RoleNetwork, tokenizer: Any, rows: Sequence[MarkedSentence], epochs: int, rate: float
) -> Iterator[int]:
    """Train LoRA and the linear layer with AdamW and a linear decay; yields after each epoch."""
    exchange = Exchange(rows)
    lora = [v for n, v in model.named_parameters() if v.requires_grad and not n.startswith("role")]
    optimizer = torch.optim.AdamW(
        [{"params": lora, "lr": rate}, {"params": model.role.parameters(), "lr": 2 * rate}],
        weight_decay=0.01,
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
            ids, mask, roles, _ = encoded(tokenizer, part)
            loss = functional.cross_entropy(
                model(ids, mask).flatten(0, 1), roles.flatten(), weights, ignore_index=UNKNOWN,
                label_smoothing=0.05,
            )  # fmt: skip
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
) -> tuple[Tensor, Tensor]:
    """Role logits of each mention (mean of its tokens), and the right roles."""
    model.eval()
    logits, labels = [], []
    for start in range(0, len(rows), BATCH):
        part = rows[start : start + BATCH]
        ids, mask, _, offsets = encoded(tokenizer, part)
        said = model(ids, mask)
        for place, row in enumerate(part):
            for first, last, _, role, _ in row.mentions:
                at = (offsets[place, :, 0] < last) & (offsets[place, :, 1] > first)
                if at.any():
                    logits.append(said[place, torch.from_numpy(at)].mean(0))
                    labels.append(_ROLE[role])
    return torch.stack(logits), torch.tensor(labels)


def fit_temperature(model: RoleNetwork, tokenizer: Any, rows: Sequence[MarkedSentence]) -> float:
    """The temperature with the least cross-entropy on held-out mentions (Guo et al., 2017)."""
    logits, labels = mention_logits(model, tokenizer, rows)
    tried = [0.5 + 0.1 * step for step in range(30)]
    return min(tried, key=lambda t: float(functional.cross_entropy(logits / t, labels)))


def score(
    model: RoleNetwork, tokenizer: Any, rows: Sequence[MarkedSentence], temperature: float
) -> dict[str, float]:
    """Accuracy over all roles, and over three: wanted, excluded, neither; how often an exclusion is
    read as wanted and the reverse; and how often the head is sure, and then right."""
    logits, labels = mention_logits(model, tokenizer, rows)
    sure, best = (logits / temperature).softmax(-1).max(-1)
    side, true = _SIDE[best], _SIDE[labels]
    right = (side == true).float()
    figures = {
        "accuracy": (best == labels).float().mean(),
        "accuracy_of_3": right.mean(),
        "excluded_read_as_wanted": (side[true == -1] == 1).float().mean(),
        "wanted_read_as_excluded": (side[true == 1] == -1).float().mean(),
        "sure_at_0.8": (sure >= 0.8).float().mean(),
        "accuracy_of_3_where_sure": right[sure >= 0.8].mean(),
    }
    return {"mentions": len(labels)} | {n: round(float(value), 3) for n, value in figures.items()}


if __name__ == "__main__":
    typer.run(main)
