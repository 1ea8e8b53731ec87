"""`ask` of all engines: a text by a JSON schema, read as an object."""

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

from shelftalker.engine.base import Adapters, Prompt, Sampling
from shelftalker.errors import EngineError


class AsksByWriting(ABC):
    """An engine whose `write` follows the schema of a `Sampling`."""

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
