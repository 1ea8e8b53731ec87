"""What all engines share: `ask`, a text by a JSON schema read as an object, and the count of
requests."""

import json
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from shelftalker.engine.base import Adapters, Prompt, Sampling
from shelftalker.errors import EngineError


class AsksByWriting(ABC):
    """An engine whose `write` follows a schema in its `Sampling`; requests run in `_counted`."""

    def __init__(self) -> None:
        self._active = 0
        self._busy_since = self._busy = 0.0

    def active(self) -> int:
        """How many requests the engine is working on now."""
        return self._active

    def busy(self) -> float:
        """Seconds so far in which it worked on one or more requests."""
        return self._busy + (time.perf_counter() - self._busy_since if self._active else 0.0)

    @contextmanager
    def _counted(self) -> Iterator[None]:
        if not self._active:
            self._busy_since = time.perf_counter()
        self._active += 1
        try:
            yield
        finally:
            self._active -= 1
            if not self._active:
                self._busy += time.perf_counter() - self._busy_since

    @abstractmethod
    async def write(
        self, prompts: Sequence[Prompt], sampling: Sampling, adapter: Adapters = None
    ) -> list[str]:
        """One text a prompt."""

    async def ask(
        self,
        prompts: Sequence[Prompt],
        schema: Mapping[str, Any],
        adapter: str | None = None,
        max_tokens: int = 512,
    ) -> list[dict[str, Any]]:
        """One JSON object a prompt, which follows `schema`."""
        sampling = Sampling(max_tokens=max_tokens, schema=schema)
        return [_object(text) for text in await self.write(prompts, sampling, adapter)]


def _object(text: str) -> dict[str, Any]:
    try:
        answer = json.loads(text)
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        raise EngineError(
            f"the model wrote {len(text)} characters that are no whole JSON object; allow more "
            "tokens, or ask for a smaller object"
        )
    return answer
