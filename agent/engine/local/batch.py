"""Continuous batching for the engines in this process.

A request's prompt is read alone, or with others where many wait; from there on one pass gives
every running request its next token, and those that `prompt_lookup` guessed right.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from shelftalker.engine.base import Reuse, Sampling
from shelftalker.engine.local.prompt_lookup import MAX_GUESSES, Lookup
from shelftalker.engine.lora import Layers
from shelftalker.engine.slots import AdapterSlots
from shelftalker.engine.tokens import TextStream
from shelftalker.errors import EngineError

Logits = npt.NDArray[np.float32]
FIRST_SENTENCE = 24
"""Tokens of a usual first sentence."""
LIKELY = 512
"""Tokens that are sorted for a draw, where they hold enough: sorting all takes milliseconds."""
MAX_PASS_TOKENS = 32
"""Of all rows, guesses included: with many rows, guessing costs more time than it saves."""


Start = tuple[Sequence[int], str | None]
"""A prompt, and the adapter that reads it."""


class Decoder(Protocol):
    """A model that reads tokens; every method runs on the model's thread. What it returns as a
    sequence is its own affair; a sequence has `length`, the number of tokens read.

    `ends`: the tokens that end an answer; `reuse`: prompt tokens asked for, and those found in the
    prefix cache; `layers`: those that adapters may change; `slots`: its adapters in memory.
    """

    ends: frozenset[int]
    reuse: Reuse
    layers: Layers
    slots: AdapterSlots

    def start(self, prompts: Sequence[Start]) -> list[tuple[Logits, Any]]:
        """Logits [vocab] after each prompt, and its sequence."""

    def extend(self, steps: Sequence[tuple[Any, Sequence[int]]]) -> list[Logits]:
        """Read more tokens of each sequence; logits [tokens, vocab] for each."""

    def shorten(self, sequence: Any, length: int) -> None:
        """Forget the tokens after `length`."""

    def fork(self, sequence: Any) -> Any:
        """A sequence of its own with the same tokens."""

    def release(self, sequence: Any) -> None:
        """The sequence has ended."""

    def free(self) -> None:
        """Free the weights, once the thread has stopped."""


@dataclass(eq=False)
class DecodingRow:
    """One request in the batch. `emit` takes text pieces, then None at the end (or an error)."""

    prompt: list[int]
    sampling: Sampling
    adapter: str | None
    text: TextStream
    emit: Callable[[str | EngineError | None], None]
    likely: Sequence[Sequence[int]] = ()
    cancelled: bool = False
    done: bool = False
    sequence: Any = None
    last: int = -1
    count: int = 0

    def __post_init__(self) -> None:
        self._random = np.random.default_rng(self.sampling.seed)
        self._lookup = Lookup(self.prompt, self.likely)
        self._max_guesses = MAX_GUESSES

    def guess(self, most: int) -> list[int]:
        """Draft tokens after the last one; never more than may still be written."""
        left = self.sampling.max_tokens - self.count - 1
        return self._lookup.guess(min(most, self._max_guesses, left))

    def take_run(self, guessed: Sequence[int], logits: Logits, ends: frozenset[int]) -> int:
        """Take tokens from logits [1 + guessed, vocab] as long as the guesses are what is picked.
        Returns how many guesses were right; the fewer, the fewer are made next."""
        self.take(logits[0], ends)
        right = 0
        while right < len(guessed) and not self.done and self.last == guessed[right]:
            right += 1
            self.take(logits[right], ends)
        if guessed:
            self._max_guesses = min(MAX_GUESSES, 2 * right + 1)
        return right

    def take(self, logits: Logits, ends: frozenset[int]) -> None:
        """Pick the next token from logits [vocab], and emit the text that is certain."""
        self.last = self._pick(logits)
        self._lookup.append(self.last)
        self.count += 1
        ended = self.last in ends
        if not ended:
            self.emit(self.text.push(self.last))
        self.done = ended or self.text.stopped or self.count >= self.sampling.max_tokens
        if self.done:
            self.emit(self.text.end())
            self.emit(None)

    def _pick(self, logits: Logits) -> int:
        if self.sampling.temperature == 0:
            return int(logits.argmax())
        scaled = logits.astype(np.float64) / self.sampling.temperature
        p = np.exp(scaled - scaled.max())
        p /= p.sum()
        likely = np.argpartition(-p, LIKELY)[:LIKELY] if len(p) > LIKELY else np.arange(len(p))
        if p[likely].sum() < self.sampling.top_p:
            likely = np.arange(len(p))
        order = likely[np.argsort(-p[likely], kind="stable")]
        p = p[order]
        p[p.cumsum() - p >= self.sampling.top_p] = 0  # the most likely token always stays
        return int(self._random.choice(order, p=p / p.sum()))


class DecodingBatch:
    """The rows decoding now."""

    def __init__(self, decoder: Decoder) -> None:
        self.rows: list[DecodingRow] = []
        self._decoder = decoder
        self._first: DecodingRow | None = None

    @property
    def opening(self) -> bool:
        """Whether a row that began when nothing ran still writes its first sentence, alone. Other
        prompts wait for that: a visitor waits for a first card, and reading one takes as long."""
        return self.rows == [self._first] and self.rows[0].count < FIRST_SENTENCE

    def join(self, rows: Sequence[DecodingRow]) -> None:
        """Read prompts together, and let each decode with the others unless its first token ends
        it."""
        new = [row for row in rows if not row.cancelled]
        if not new:
            return
        started = self._decoder.start([(row.prompt, row.adapter) for row in new])
        self._first = self._first if self.rows else new[0]
        self.rows += new
        for row, (_, sequence) in zip(new, started, strict=True):
            row.sequence = sequence
        for row, (logits, _) in zip(new, started, strict=True):
            row.take(logits, self._decoder.ends)
        self._release_ended()

    def step(self) -> None:
        """One more token for every row, or several where its guesses were right."""
        self._release_ended()
        if not self.rows:
            return
        most = max(MAX_PASS_TOKENS // len(self.rows) - 1, 0)
        guesses = [row.guess(most) for row in self.rows]
        steps = [
            (row.sequence, [row.last, *guess])
            for row, guess in zip(self.rows, guesses, strict=True)
        ]
        lengths = [row.sequence.length for row in self.rows]
        logits = self._decoder.extend(steps)
        for row, guess, scores, length in zip(self.rows, guesses, logits, lengths, strict=True):
            right = row.take_run(guess, scores, self._decoder.ends)
            if right < len(guess):
                self._decoder.shorten(row.sequence, length + 1 + right)
        self._release_ended()

    def clear(self) -> list[DecodingRow]:
        """Remove all rows and return them."""
        rows, self.rows = self.rows, []
        for row in rows:
            self._decoder.release(row.sequence)
        return rows

    def _release_ended(self) -> None:
        ended = [row for row in self.rows if row.done or row.cancelled]
        self.rows = [row for row in self.rows if not (row.done or row.cancelled)]
        for row in ended:
            self._decoder.release(row.sequence)
