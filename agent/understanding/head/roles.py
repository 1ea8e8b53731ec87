"""`RoleHead`: which role each word of a message plays, by the trained network.

Opened once a process; reading is thread-safe. Where the encoder is not installed there is no head,
and rules alone decide.
"""

import json
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from shelftalker.errors import MissingExtra
from shelftalker.language.tokens import Word

WEIGHTS = Path(__file__).parent / "weights"
LANGUAGES = ("en", "de", "fr", "es")
"""Languages that the head reads; for others rules decide."""
MAX_TOKENS = 480


@dataclass(frozen=True)
class WordRoles:
    """Shares of the roles by word, float [words, roles], and of the comparisons, float [words,
    ops]; each row sums to 1."""

    roles: npt.NDArray[np.float64]
    ops: npt.NDArray[np.float64]

    def of(self, first: int, last: int) -> dict[str, float]:
        """The shares of the roles over the words first..last."""
        from shelftalker.understanding.head.network import ROLES

        mean = self.roles[first : last + 1].mean(0)
        return dict(zip(ROLES, mean.tolist(), strict=True))

    def best(self, first: int, last: int) -> tuple[str, float]:
        """The likeliest role of some words and its share."""
        shares = self.of(first, last)
        role = max(shares, key=shares.__getitem__)
        return role, shares[role]

    def op(self, first: int, last: int) -> tuple[str, float]:
        """The likeliest comparison of a number and its share."""
        from shelftalker.understanding.head.network import OPS

        mean = self.ops[first : last + 1].mean(0)
        return OPS[int(mean.argmax())], float(mean.max())


class RoleHead:
    """The network with its trained weights, ready to read."""

    def __init__(self, folder: Path = WEIGHTS) -> None:
        import torch
        from safetensors.torch import load_file
        from transformers import AutoTokenizer
        from transformers.utils import logging

        from shelftalker.understanding.head.network import RoleNetwork, encoder_folder

        logging.disable_progress_bar()
        self.tokenizer: Any = AutoTokenizer.from_pretrained(str(encoder_folder()))
        self.network = RoleNetwork()
        weights = {
            name: value.float() for name, value in load_file(folder / "roles.safetensors").items()
        }
        self.network.load_state_dict(weights, strict=False)
        self.network.merge()
        self.network.eval()
        card = json.loads((folder / "card.json").read_text(encoding="utf-8"))
        self.temperature = float(card["temperature"])
        self._torch = torch

    def read(self, message: str, words: Sequence[Word]) -> WordRoles:
        """The roles of the words of a message."""
        batch = self.tokenizer(
            message,
            return_offsets_mapping=True,
            return_tensors="pt",
            truncation=True,
            max_length=MAX_TOKENS,
        )
        with self._torch.inference_mode():
            role, op, _ = self.network(batch["input_ids"], batch["attention_mask"])
        starts, ends = batch["offset_mapping"][0].numpy().T
        roles, ops = self._shares(role[0]), self._shares(op[0])
        held = [np.flatnonzero((starts < word.end) & (ends > word.start)) for word in words]
        return WordRoles(_by_word(roles, held), _by_word(ops, held))

    def _shares(self, logits: Any) -> npt.NDArray[np.float64]:
        shares: npt.NDArray[np.float64] = (logits / self.temperature).softmax(-1).double().numpy()
        return shares


def _by_word(
    shares: npt.NDArray[np.float64], held: Sequence[npt.NDArray[np.intp]]
) -> npt.NDArray[np.float64]:
    """The mean over the tokens of each word; even shares for a word past the end."""
    even = np.full(shares.shape[1], 1 / shares.shape[1])
    return np.array([shares[at].mean(0) if len(at) else even for at in held]).reshape(
        -1, shares.shape[1]
    )


def open_head() -> RoleHead | None:
    """The head of this process; None where its encoder is not installed."""
    with _OPENING:
        return _opened()


@cache
def _opened() -> RoleHead | None:
    try:
        return RoleHead()
    except MissingExtra:
        return None


_OPENING = threading.Lock()
