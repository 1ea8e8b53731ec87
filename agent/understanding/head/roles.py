"""`RoleHead`: which role each word of a message plays, by the trained network: four layers of the
packaged MiniLM with trained LoRA (Hu et al., 2021) added, and a linear layer on top.

Opened once a process; reading is thread-safe. Where the encoder is not installed there is no head,
and rules alone decide.
"""

import json
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors.numpy import load_file

from shelftalker.engine.minilm import DIM, MiniLM, open_tokenizer
from shelftalker.errors import MissingExtra
from shelftalker.language.tokens import Word

ROLES = (
    "none", "demand", "wish", "exclude", "like", "unlike", "background", "had", "alternative",
    "question",
)  # fmt: skip
WEIGHTS = Path(__file__).parent / "weights"
LANGUAGES = ("en", "de", "fr", "es")
"""Languages that the head reads; for others rules decide."""
NO_MENTION = 0.6
"""Share of the roles of what is not asked for from which a value is not."""
LAYERS = 4
"""Layers of the encoder that are used, of 6: roles need no more, and a message is read sooner."""
MAX_TOKENS = 480
MEMORY = 256
"""Messages whose roles are kept: a message is read again when it is a question or is undone."""


@dataclass(frozen=True)
class WordRoles:
    """Shares of the roles by word, float [words, roles]; each row sums to 1."""

    shares: npt.NDArray[np.float64]

    def of(self, first: int, last: int) -> dict[str, float]:
        """The shares of the roles over the words first..last."""
        mean = self.shares[first : last + 1].mean(0)
        return dict(zip(ROLES, mean.tolist(), strict=True))

    def apart(self, first: int, last: int) -> float:
        """The share of the roles of what is not asked for over the words first..last."""
        return sum(self.of(first, last)[role] for role in ("none", "background", "had", "question"))


def asked_for(roles: WordRoles) -> WordRoles:
    """The roles where a question can only ask for something, as nothing is on show."""
    shares = roles.shares.copy()
    shares[:, ROLES.index("demand")] += shares[:, ROLES.index("question")]
    shares[:, ROLES.index("question")] = 0
    return WordRoles(shares)


class RoleHead:
    """The network on OpenVINO with its trained weights: `NAME.up`, `NAME.down` of each adapted
    layer, `role.weight` and `role.bias`. Raises `MissingExtra` where no encoder is installed."""

    def __init__(self, folder: Path = WEIGHTS) -> None:
        trained = load_file(folder / "roles.safetensors")
        weights = {name: one.astype(np.float32) for name, one in trained.items()}
        adapted = (name.removesuffix(".up") for name in weights if name.endswith(".up"))
        changes = {f"{n}.weight": weights[f"{n}.up"] @ weights[f"{n}.down"] for n in adapted}
        self._encoder = MiniLM(changes, layers=LAYERS)
        self._weight, self._bias = weights["role.weight"], weights["role.bias"]
        self._tokenizer = open_tokenizer(MAX_TOKENS)
        card = json.loads((folder / "card.json").read_text(encoding="utf-8"))
        self.temperature = float(card["temperature"])
        self._tokens = lru_cache(MEMORY)(self._read)

    def read(self, message: str, words: Sequence[Word]) -> WordRoles:
        """The roles of the words of a message: the mean over the tokens of each; even shares for a
        word past the end."""
        shares, starts, ends = self._tokens(message)
        held = [(starts < word.end) & (ends > word.start) for word in words]
        even = np.full(len(ROLES), 1 / len(ROLES))
        by_word = [shares[at].mean(0) if at.any() else even for at in held]
        return WordRoles(np.array(by_word).reshape(-1, len(ROLES)))

    def logits(self, ids: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
        """Float32 [tokens, roles] of token ids [tokens]: of each token and the mean of all."""
        states = self._encoder.states(ids[None], np.ones((1, len(ids)), np.int64))[0]
        of_all = states.mean(0) @ self._weight[:, DIM:].T
        logits: npt.NDArray[np.float32] = states @ self._weight[:, :DIM].T + of_all + self._bias
        return logits

    def _read(self, message: str) -> tuple[npt.NDArray[Any], ...]:
        """Shares, float [tokens, roles], and where each token starts and ends."""
        encoded = self._tokenizer.encode(message)
        logits = self.logits(np.array(encoded.ids, np.int64))
        powers = np.exp((logits - logits.max(-1, keepdims=True)) / self.temperature)
        starts, ends = np.array(encoded.offsets).T
        return powers / powers.sum(-1, keepdims=True), starts, ends


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
