"""Prompt lookup decoding: guess the next tokens from what was read or written before.

A card's text repeats the facts of its prompt. Where the last two tokens stood before, the tokens
after them are tried in the same forward pass as the next one, and taken as far as the model agrees:
the text is the same, the passes are fewer. After Saxena (2023), "Prompt Lookup Decoding".
"""

from collections.abc import Sequence

TRIED = 6
"""Most tokens guessed at once: a wrong guess costs its share of the matrix products."""


class Lookup:
    """Token ids of one request, and where each pair of them stood last."""

    def __init__(self, prompt: Sequence[int]) -> None:
        self._ids: list[int] = []
        self._after: dict[tuple[int, int], int] = {}
        for token in prompt:
            self.append(token)

    def append(self, token: int) -> None:
        """One more token, read or written."""
        if len(self._ids) > 1:
            self._after[self._ids[-2], self._ids[-1]] = len(self._ids)
        self._ids.append(token)

    def guess(self, most: int) -> list[int]:
        """At most so many of the tokens that followed the last two the last time; none where those
        are new."""
        at = self._after.get((self._ids[-2], self._ids[-1])) if len(self._ids) > 1 else None
        return [] if at is None else self._ids[at : at + most]
