"""Numbers of the blocks that hold keys and values, and which prompts they hold already.

A full block is known by the adapter and all tokens up to its end, so that another prompt with the
same beginning uses it again. Nothing of a block changes once it is full.
"""

from collections import OrderedDict
from collections.abc import Sequence

import numpy as np

Key = tuple[str | None, bytes]


class Blocks:
    """Blocks are counted by use. Known ones without a user stay until others are needed."""

    def __init__(self, size: int) -> None:
        self.size = size
        self._count = 0
        self._free: list[int] = []
        self._users: dict[int, int] = {}
        self._known: dict[Key, int] = {}
        self._keys: dict[int, Key] = {}
        self._idle: OrderedDict[int, None] = OrderedDict()

    def add(self, count: int) -> None:
        """There are `count` blocks now, more than before."""
        self._free += range(count - 1, self._count - 1, -1)
        self._count = count

    def take(self) -> int | None:
        """A block to write to: a free one, else the known one that was not used for longest; None
        where all are in use."""
        if not self._free and self._idle:
            oldest, _ = self._idle.popitem(last=False)
            del self._known[self._keys.pop(oldest)]
            self._free.append(oldest)
        if not self._free:
            return None
        block = self._free.pop()
        self._users[block] = 1
        return block

    def share(self, blocks: Sequence[int]) -> list[int]:
        """Count one more user of each."""
        for block in blocks:
            self._idle.pop(block, None)
            self._users[block] = self._users.get(block, 0) + 1
        return list(blocks)

    def release(self, blocks: Sequence[int]) -> None:
        """Count one user less of each."""
        for block in blocks:
            self._users[block] -= 1
            if self._users[block]:
                continue
            del self._users[block]
            if block in self._keys:
                self._idle[block] = None
            else:
                self._free.append(block)

    def find(self, ids: Sequence[int], adapter: str | None) -> list[int]:
        """Known blocks of a prompt's beginning, shared; its last token is never in them."""
        found: list[int] = []
        for end in range(self.size, len(ids), self.size):
            block = self._known.get(_key(ids[:end], adapter))
            if block is None:
                break
            found.append(block)
        return self.share(found)

    def learn(self, ids: Sequence[int], adapter: str | None, blocks: Sequence[int]) -> None:
        """Remember the full blocks of a prompt."""
        for number, block in enumerate(blocks[: len(ids) // self.size], 1):
            key = _key(ids[: number * self.size], adapter)
            if block not in self._keys and key not in self._known:
                self._known[key], self._keys[block] = block, key


def _key(ids: Sequence[int], adapter: str | None) -> Key:
    return adapter, np.asarray(ids, dtype=np.int32).tobytes()
