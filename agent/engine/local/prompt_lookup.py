"""Prompt lookup decoding: draft the next tokens from the prompt and the text so far.

A card's text repeats the facts of its prompt. Where the last two tokens occurred before, the tokens
after them are drafted, checked in the same forward pass as the next token, and taken as far as the
model agrees: the text is the same, the passes are fewer. After Saxena (2023), "Prompt Lookup
Decoding".
"""

from collections.abc import Sequence

MAX_GUESSES = 6
"""Draft tokens of a row in one pass: a wrong one costs its share of the matrix products."""


class Lookup:
    """Token ids of one request, and where each sequence of two and three occurred last.

    `likely`: texts that the answer may resemble; each is stored as if it had answered the prompt.
    """

    def __init__(self, prompt: Sequence[int], likely: Sequence[Sequence[int]] = ()) -> None:
        self._ids: list[int] = []
        self._after: dict[tuple[int, ...], int] = {}
        turn = list(prompt[-3:])  # where an answer begins
        for token in (*prompt, *(token for text in likely for token in (*turn, *text))):
            self.append(token)
        self._ids += turn if likely else []

    def append(self, token: int) -> None:
        """Add a token of the prompt or the text."""
        for key in self._keys():
            self._after[key] = len(self._ids)
        self._ids.append(token)

    def guess(self, most: int) -> list[int]:
        """At most `most` tokens that followed the last occurrence of the last three tokens, else of
        the last two; none where those are new."""
        at = next((self._after[key] for key in self._keys() if key in self._after), None)
        return [] if at is None else self._ids[at : at + most]

    def _keys(self) -> list[tuple[int, ...]]:
        return [tuple(self._ids[-n:]) for n in (3, 2) if len(self._ids) >= n]
