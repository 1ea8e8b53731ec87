"""Packing of training rows: a prefix and the continuations ("branches") that are scored after it.

Rows are packed into one sequence, in which every token is computed once: branches attend to the
prefix and themselves, not to each other nor to other rows (a block mask), and their positions all
follow the prefix. Rows of names have one branch each and form a padded batch instead. Only the
positions that predict a branch's tokens reach the output head.
"""

import math
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from itertools import repeat
from typing import Any, Literal

import torch
from torch import Tensor
from torch.nn.attention import SDPBackend, sdpa_kernel

from shelftalker.engine.base import Prompt
from shelftalker.engine.compat.peft import head_logits
from shelftalker.engine.tokens import Tokens

Kind = Literal["pick", "judge", "text", "names"]


@dataclass(frozen=True, slots=True)
class TrainingRow:
    """One prompt to learn from.

    `pick`: the right branch by a softmax over `scorer` + `weight` × (log-likelihoods - `bare`), all
    with one number a branch; `target` -1: none is right. `judge`: a pick of Yes or No. `text`: the
    tokens of every branch but the first `skip` of each, which belong to its prompt; `names`: those
    of the one branch, each by a softmax over the tokens `among`. `unknown`: branches whose items
    the LLM has no name for.
    """

    prefix: list[int]
    branches: list[list[int]]
    target: int = 0
    scorer: tuple[float, ...] = ()
    bare: tuple[float, ...] = ()
    weight: float = 1.0
    kind: Kind = "pick"
    among: tuple[int, ...] = ()
    unknown: tuple[int, ...] = ()
    skip: tuple[int, ...] = ()


def row(
    tokens: Tokens,
    prompt: Prompt,
    continuations: Sequence[str],
    *,
    target: int = 0,
    bare: Sequence[float] = (),
    kind: Kind = "pick",
) -> TrainingRow:
    """A row, tokenised exactly as engines do when they score or decode."""
    branches = tokens.continuations(continuations)
    zeros = (0.0,) * len(branches)
    prefix = tokens.prompt(prompt, room=max(map(len, branches)) + 1)
    return TrainingRow(prefix, branches, target, zeros, tuple(bare) or zeros, kind=kind)


def packs(rows: Sequence[TrainingRow]) -> dict[str, list[dict[str, Any]]]:
    """Rows of names as a batch, all others in one sequence: up to two `packs`."""
    names = [one for one in rows if one.kind == "names"]
    others = [one for one in rows if one.kind != "names"]
    return {"packs": [*([stack(names)] if names else []), *([pack(others)] if others else [])]}


def stack(rows: Sequence[TrainingRow]) -> dict[str, Any]:
    """A batch of rows of names: `input_ids` [rows, L], padded on the right, so no mask is needed.

    `keep` [K]: positions, counted through all rows, that predict `labels` [K], which are indices
    into `among` [names]; `owner` [K]: the row of each.
    """
    lines = [one.prefix + one.branches[0][:-1] for one in rows]
    longest = max(map(len, lines))
    keep = [
        at * longest + place
        for at, (one, line) in enumerate(zip(rows, lines, strict=True))
        for place in range(len(one.prefix) - 1, len(line))
    ]
    among = torch.tensor(rows[0].among)
    labels = torch.tensor([token for one in rows for token in one.branches[0]])
    return {
        "input_ids": torch.tensor([line + [0] * (longest - len(line)) for line in lines]),
        "keep": torch.tensor(keep),
        "labels": torch.searchsorted(among, labels),
        "owner": torch.tensor([at for at, one in enumerate(rows) for _ in one.branches[0]]),
        "among": among,
        "rows": list(rows),
    }


def pack(rows: Sequence[TrainingRow]) -> dict[str, Any]:
    """One sequence: `input_ids`, `position_ids` [1, L], `attention_mask` bool [1, 1, L, L].

    `keep` [K]: positions whose logits predict `labels` [K]; `owner` [K]: the branch of each,
    counted through all rows.
    """
    ids: list[int] = []
    positions: list[int] = []
    block: list[int] = []  # row
    branch: list[int] = []  # -1 for a prefix
    keep: list[int] = []
    labels: list[int] = []
    owner: list[int] = []
    count = 0
    for number, one in enumerate(rows):
        end = len(ids) + len(one.prefix) - 1
        ids += one.prefix
        positions += range(len(one.prefix))
        block += [number] * len(one.prefix)
        branch += [-1] * len(one.prefix)
        for tail, skip in zip(one.branches, one.skip or repeat(0), strict=False):
            keep += [end, *range(len(ids), len(ids) + len(tail) - 1)][skip:]
            labels += tail[skip:]
            owner += [count] * (len(tail) - skip)
            ids += tail[:-1]
            positions += range(len(one.prefix), len(one.prefix) + len(tail) - 1)
            block += [number] * (len(tail) - 1)
            branch += [count] * (len(tail) - 1)
            count += 1
    return {
        "input_ids": torch.tensor([ids]),
        "position_ids": torch.tensor([positions]),
        "attention_mask": _mask(torch.tensor(block), torch.tensor(branch)),
        "keep": torch.tensor(keep),
        "labels": torch.tensor(labels),
        "owner": torch.tensor(owner),
        "rows": list(rows),
    }


def on(device: torch.device, packed: dict[str, Any]) -> dict[str, Any]:
    """The same pack, its tensors on a device."""
    return {
        name: value.to(device) if isinstance(value, Tensor) else value
        for name, value in packed.items()
    }


def scores(model: Any, packed: dict[str, Any]) -> list[Tensor]:
    """Each row's summed log-likelihoods, float32 [branches], of a `pack` or a `stack`."""
    at, logits = (_name_logits if "among" in packed else _all_logits)(model, packed)
    levels = torch.logsumexp(logits.float(), dim=-1)
    label_scores = logits[at, packed["labels"]].float() - levels[at]
    sizes = [len(one.branches) for one in packed["rows"]]
    zeros = torch.zeros(sum(sizes), device=label_scores.device)
    sums = zeros.index_add(0, packed["owner"], label_scores)
    return list(torch.split(sums, sizes))


def _all_logits(model: Any, packed: dict[str, Any]) -> tuple[Tensor, Tensor]:
    """The row of each label's logits, and the logits over the whole vocabulary."""
    keep, place = packed["keep"].unique(return_inverse=True)
    logits = model(
        input_ids=packed["input_ids"],
        position_ids=packed["position_ids"],
        attention_mask=packed["attention_mask"],
        logits_to_keep=keep,
        use_cache=False,
    ).logits[0]
    return place, logits


def _name_logits(model: Any, packed: dict[str, Any]) -> tuple[Tensor, Tensor]:
    """The same over the names alone: the output head's other rows are not computed."""
    keep = packed["keep"]
    with _plain_attention(keep.device):
        out = model(
            input_ids=packed["input_ids"],
            logits_to_keep=keep[:0],
            output_hidden_states=True,
            use_cache=False,
        )
    states = out.hidden_states[-1].flatten(0, 1)[keep]
    whole = getattr(model, "module", model)  # wrapped where there are several processes
    return torch.arange(len(keep), device=keep.device), head_logits(whole, states, packed["among"])


def _plain_attention(device: torch.device) -> AbstractContextManager[Any]:
    """Rows of names are short: on a CPU the fused kernel's backward pass takes longer."""
    return sdpa_kernel(SDPBackend.MATH) if device.type == "cpu" else nullcontext()


def loss(row: TrainingRow, likelihoods: Tensor) -> Tensor:
    """Cross-entropy of the right branch, or the mean over the texts' tokens. `likelihoods`: the
    branches' log-likelihoods, float32 [branches], here and below."""
    if row.kind in ("text", "names"):
        learned = sum(map(len, row.branches)) - sum(row.skip)
        return -likelihoods.sum() / learned
    return -torch.log_softmax(fused_scores(row, likelihoods), dim=-1)[row.target]


def fused_scores(row: TrainingRow, likelihoods: Tensor) -> Tensor:
    """What branches are ranked by: the scorer's logits plus the weighted LLM scores."""
    scorer = torch.tensor(row.scorer, device=likelihoods.device)
    return scorer + row.weight * llm_scores(row, likelihoods)


def llm_scores(row: TrainingRow, likelihoods: Tensor) -> Tensor:
    """The LLM's score of each branch; an unknown branch gets the mean likelihood of the others."""
    scored = likelihoods - torch.tensor(row.bare, device=likelihoods.device)
    if row.unknown:
        unknown = torch.zeros(len(scored), dtype=torch.bool, device=scored.device)
        unknown[list(row.unknown)] = True
        known = scored[~unknown]
        mean = (
            torch.logsumexp(known, 0) - math.log(len(known)) if len(known) else scored.new_zeros(())
        )
        scored = torch.where(unknown, mean, scored)
    return scored


def _mask(block: Tensor, branch: Tensor) -> Tensor:
    """A token attends to its row's prefix and its own branch, up to itself."""
    same = (block[:, None] == block[None]) & (
        (branch[None] == -1) | (branch[:, None] == branch[None])
    )
    return same.tril()[None, None]
