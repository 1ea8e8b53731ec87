"""`PartWriter`: the rows of one part after the other, in a worker."""

import io
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from shelftalker.campaign.plan import CampaignSettings
from shelftalker.engine.concurrency import bounded_gather
from shelftalker.errors import EngineError
from shelftalker.serving.composing import composed_answers
from shelftalker.serving.domain_store import DomainStore
from shelftalker.serving.engine_host import open_host
from shelftalker.serving.engine_queue import places_here
from shelftalker.serving.event_loop import LoopThread
from shelftalker.serving.options import GenerateCall, GenerateOptions
from shelftalker.serving.pipeline import Pipeline, last_answer
from shelftalker.store.workspace import Workspace
from shelftalker.types import Answer

CARD = {
    "item": pl.String, "title": pl.String, "text": pl.String, "source": pl.String,
    "score": pl.Float64,
}  # fmt: skip
SCHEMA: dict[str, Any] = {
    "user": pl.String, "language": pl.String, "text": pl.String, "cards": pl.List(pl.Struct(CARD)),
    "engine": pl.String, "adapter": pl.String, "scorer": pl.String,
}  # fmt: skip
"""Columns of a part. `text`: of an e-mail, its subject and opening in two lines."""


@dataclass(frozen=True, slots=True)
class WrittenPart:
    """The file of a part, and what it cost: seconds, prompt tokens that were read, characters that
    an LLM wrote."""

    content: bytes
    users: int
    seconds: float
    prompt_tokens: int
    model_characters: int


class PartWriter:
    """Writes parts, with an engine of its own. Raises `EngineError` where none can be loaded."""

    def __init__(self, workspace: str, settings: CampaignSettings, engine: str) -> None:
        opened = Workspace.open(Path(workspace))
        self.settings, self._loop = settings, LoopThread()
        self._domains, self._host = DomainStore(opened), open_host(opened, engine)
        self._pipeline = Pipeline(opened, self._domains, self._host)
        self._at_once = opened.settings.budgets.writers or places_here()
        if self._host.wanted and self._loop.run(self._host.get()) is None:
            raise EngineError(self._host.notice)

    def write(self, users: Sequence[str]) -> WrittenPart:
        """The rows of some users as a Parquet file. Raises `EngineError` where the engine failed
        meanwhile: no composed text takes the place of one that the LLM could have written."""
        start, failures, read = time.perf_counter(), self._pipeline.engine_failures, self._read()
        answers = self._loop.run(self._answers(users))
        if self._pipeline.engine_failures > failures:
            raise EngineError("the LLM failed while a part was written")
        cards = [card for answer in answers for card in answer.cards]
        written = sum(len(c.description) for c in cards if c.source in ("model", "retry"))
        buffer = io.BytesIO()
        rows = [_row(answer) for answer in answers]
        pl.DataFrame(rows, schema=SCHEMA, orient="row").write_parquet(buffer)
        seconds = time.perf_counter() - start
        return WrittenPart(buffer.getvalue(), len(users), seconds, self._read() - read, written)

    async def _answers(self, users: Sequence[str]) -> list[Answer]:
        """An answer for each user; with an engine, a few at the same time."""
        wanted = self.settings
        how: GenerateOptions = {
            "domain": wanted.domain, "k": wanted.k, "style": wanted.style,
            "language": wanted.language,
        }  # fmt: skip
        calls = [GenerateCall(user, **how) for user in users]
        if not self._host.wanted:
            domain = self._domains.get(wanted.domain)
            return await composed_answers(self._pipeline, domain, calls)
        return await bounded_gather(
            lambda call: last_answer(self._pipeline.answer(call)), calls, self._at_once
        )

    def _read(self) -> int:
        """Prompt tokens that the engine has read so far, without those of its cache."""
        engine = self._host.loaded
        return engine.reuse.asked - engine.reuse.reused if engine else 0


def _row(answer: Answer) -> tuple[object, ...]:
    cards = [
        {"item": card.item.id, "title": card.item.title, "text": card.description,
         "source": card.source, "score": card.score}
        for card in answer.cards
    ]  # fmt: skip
    language = answer.request["language"]
    return (answer.user, language, answer.text, cards, answer.engine, answer.adapter, answer.scorer)
