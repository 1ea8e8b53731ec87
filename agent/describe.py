"""Write the text of one pick from its evidence: the model writes, each sentence is checked, and
where too little is left plain sentences stand in.

A sentence is shown only after `ground.check` has passed it. When the model's first text leaves too
little, it tries once more at a higher temperature; then plain sentences from `compose.py` follow.
"""

import asyncio
import re
import time
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from shelftalker.catalog import Item
from shelftalker.engine.base import Engine, Prompt, Sampling
from shelftalker.errors import EngineError
from shelftalker.ground import Evidence, Grounds, neutral, sentences_of
from shelftalker.prompts import load
from shelftalker.prose.compose import compose, noun_in
from shelftalker.prose.spans import Past, display_title, has_chinese, words_of
from shelftalker.request import Request

Source = Literal["model", "retry", "template"]
PROMPTED = 5
"""Facts the prompt holds: each costs reading time, and a small model loses track of more."""
_ARTICLE = re.compile(r"\ba(?= (?!one|eu|uni)[aeio])", re.IGNORECASE)
WRITING = Sampling(max_tokens=72, stop=("\n",))
RETRYING = Sampling(max_tokens=72, temperature=0.6, top_p=0.9, stop=("\n",))


@dataclass(frozen=True, slots=True)
class Checked:
    """One sentence that may be shown, and which rung of the ladder wrote it."""

    text: str
    source: Source


@dataclass(frozen=True, slots=True)
class Description:
    """A whole text. `source` is the last rung that had to write; `refused` says what was dropped
    and why."""

    text: str
    source: Source
    evidence: tuple[Evidence, ...]
    refused: tuple[tuple[str, str], ...] = ()


class Describer:
    """Writes and checks. Of the model's sentences `least` must pass, one of them telling something
    of the item; `most` are taken."""

    def __init__(
        self,
        engine: Engine | None,
        *,
        folders: Sequence[Path] = (),
        sampling: Sampling = WRITING,
        retry: Sampling = RETRYING,
        least: int = 1,
        most: int = 3,
    ) -> None:
        self.engine, self.folders = engine, folders
        self.sampling, self.retry = sampling, retry
        self.least, self.most = least, most

    async def describe(
        self,
        item: Item,
        evidence: Sequence[Evidence],
        *,
        history: Sequence[Past] = (),
        request: Request | None = None,
        adapter: str | None = None,
        seed: int = 0,
        deadline: float | None = None,
    ) -> Description:
        """The whole text at once; arguments as for `astream`."""
        refused: list[tuple[str, str]] = []
        shown = [
            checked
            async for checked in self.astream(
                item, evidence, history=history, request=request, adapter=adapter, seed=seed,
                deadline=deadline, refused=refused,
            )
        ]  # fmt: skip
        language = (request or Request()).language
        text = ("" if language == "zh" else " ").join(checked.text for checked in shown)
        return Description(text, shown[-1].source, tuple(evidence), tuple(refused))

    async def astream(
        self,
        item: Item,
        evidence: Sequence[Evidence],
        *,
        history: Sequence[Past] = (),
        request: Request | None = None,
        adapter: str | None = None,
        seed: int = 0,
        deadline: float | None = None,
        refused: list[tuple[str, str]] | None = None,
    ) -> AsyncGenerator[Checked, None]:
        """Checked sentences one by one, at least one. `deadline` is in `time.monotonic()` seconds;
        past it the model is stopped and plain sentences follow. What the check refuses is appended
        to `refused`. Errors of the engine end the model's part and are not raised."""
        request = request or Request()
        grounds = Grounds(evidence, item, history, request)
        prompt = self.prompt(item, evidence, history=history, request=request)
        names = [display_title(i.title) for i in (item, *(past.item for past in history))]
        shown: list[str] = []
        told: set[str] = set()
        of_item = False
        attempts: list[tuple[Source, Sampling]] = [
            ("model", replace(self.sampling, seed=seed)),
            ("retry", replace(self.retry, seed=seed + 1)),
        ]
        for source, sampling in attempts if self.engine else ():
            written = self._written(prompt, names, sampling, adapter, deadline, refused)
            async with aclosing(written):
                async for raw in written:
                    sentence = _ARTICLE.sub(r"\g<0>n", raw)
                    if len(words_of(sentence)) < 3 and not has_chinese(sentence):
                        _note(refused, sentence, "it is no sentence")
                        continue
                    verdict = grounds.check(sentence)
                    news = verdict.states or {sentence}
                    if not verdict or news <= told:
                        _note(refused, sentence, verdict.reason or "it says nothing new")
                        continue
                    shown.append(sentence)
                    told |= news
                    of_item = of_item or bool(verdict.states)
                    yield Checked(sentence, source)
                    if len(shown) >= self.most:
                        return
            if len(shown) >= self.least and of_item:
                return
        yield Checked(
            compose(item, evidence, request.language, seed, history=history, request=request),
            "template",
        )

    def prompt(
        self,
        item: Item,
        evidence: Sequence[Evidence],
        *,
        history: Sequence[Past] = (),
        request: Request | None = None,
    ) -> Prompt:
        """What the model is asked: the facts as short sentences, catalogue text neutralised."""
        request = request or Request()
        template = load("describe", request.language, self.folders)
        told = {e.field for e in evidence if e.source == "history"}
        personal = [e for e in evidence if e.source != "catalog"]
        plain = [e for e in evidence if e.source == "catalog" and e.field not in told]
        return template.render(
            title=neutral(display_title(item.title)),
            personal=[neutral(e.text) for e in personal],
            facts=[neutral(e.text) for e in plain[: PROMPTED - len(personal)]],
            noun=noun_in(item, request.language),
        )

    async def _written(
        self,
        prompt: Prompt,
        names: Sequence[str],
        sampling: Sampling,
        adapter: str | None,
        deadline: float | None,
        refused: list[tuple[str, str]] | None,
    ) -> AsyncGenerator[str, None]:
        """Sentences as soon as each is complete; an unfinished last one is left out."""
        assert self.engine is not None
        text, given = "", 0
        try:
            async with aclosing(
                _timed(self.engine.stream(prompt, sampling, adapter), deadline)
            ) as (pieces):
                async for piece in pieces:
                    text += piece
                    complete = sentences_of(text, names)[:-1]
                    for sentence in complete[given:]:
                        yield sentence
                    given = max(given, len(complete))
        except (EngineError, TimeoutError) as error:
            _note(refused, text, f"the engine stopped: {error or 'out of time'}")
            return
        for sentence in sentences_of(text, names)[given:]:
            yield sentence


def _note(refused: list[tuple[str, str]] | None, sentence: str, reason: str) -> None:
    if refused is not None:
        refused.append((sentence, reason))


async def _timed(pieces: AsyncIterator[str], deadline: float | None) -> AsyncGenerator[str, None]:
    """The same pieces; `TimeoutError` once the deadline has passed."""
    try:
        while True:
            left = None if deadline is None else deadline - time.monotonic()
            try:
                yield await asyncio.wait_for(anext(pieces), left)
            except StopAsyncIteration:
                return
    finally:
        close = getattr(pieces, "aclose", None)
        if close is not None:
            await close()
