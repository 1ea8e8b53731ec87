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

from shelftalker.data.catalog import Item
from shelftalker.data.field_roles import role_of
from shelftalker.data.values import display_title
from shelftalker.engine.base import Engine, Prompt, Sampling
from shelftalker.errors import EngineError
from shelftalker.language.cleaning import neutral
from shelftalker.language.sentences import sentences_of
from shelftalker.language.stems import has_chinese, words_of
from shelftalker.prompts import PromptSet
from shelftalker.types import Evidence, Request, Source
from shelftalker.writing.compose.composer import compose, noun_in, sentences
from shelftalker.writing.compose.facts import STRONG
from shelftalker.writing.text_cache import TextCache, text_key
from shelftalker.writing.verifier.grounds import Grounds
from shelftalker.writing.verifier.tokenizer import Past, names_of
from shelftalker.writing.verifier.unsafe import unsafe_words

HISTORY_IN_PROMPT = 10
"""History titles at the beginning of the prompts of the pick and of all descriptions."""
PROMPTED = 5
"""Facts the prompt holds: each costs reading time, and a small model loses track of more."""
LIKELY = 3
"""Composed texts beside which an adapter's own is written: engines try their words ahead."""
MEAGRE = 10
"""A text of fewer words says too little for a card."""
_ARTICLE = re.compile(r"\ba(?= (?!one|eu|uni)[aeio])", re.IGNORECASE)
WRITING = Sampling(max_tokens=72, stop=("\n",))
RETRYING = Sampling(max_tokens=72, temperature=0.6, top_p=0.9, stop=("\n",))


@dataclass(frozen=True, slots=True)
class CheckedSentence:
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
        cache: TextCache[tuple[CheckedSentence, ...]] | None = None,
    ) -> None:
        self.engine, self.folders = engine, folders
        self.sampling, self.retry = sampling, retry
        self.least, self.most = least, most
        self.cache = cache

    async def describe(
        self,
        item: Item,
        evidence: Sequence[Evidence],
        *,
        history: Sequence[Past] = (),
        request: Request | None = None,
        adapter: str | None = None,
        seed: int = 0,
        variant: int = 0,
        deadline: float | None = None,
    ) -> Description:
        """The whole text at once; arguments as for `astream`."""
        refused: list[tuple[str, str]] = []
        shown = [
            checked
            async for checked in self.astream(
                item, evidence, history=history, request=request, adapter=adapter, seed=seed,
                variant=variant, deadline=deadline, refused=refused,
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
        variant: int = 0,
        deadline: float | None = None,
        refused: list[tuple[str, str]] | None = None,
    ) -> AsyncGenerator[CheckedSentence, None]:
        """Checked sentences one by one, at least one. `deadline` is in `time.monotonic()` seconds;
        past it the model is stopped and plain sentences follow. Cards beside each other get a
        `variant` each, so that composed texts differ. What the check refuses is appended to
        `refused`. Errors of the engine end the model's part and are not raised."""
        request = request or Request()
        grounds = Grounds(evidence, item, history, request, unsafe_words(self.folders))
        key = self._key(item, evidence, history, request, adapter, seed)
        if known := self._known(key, grounds):
            for sentence in known:
                yield sentence
            return
        names = names_of(item, history)
        prompt = self.prompt(item, evidence, history=history, request=request)
        text = _Text(grounds, names[1:], self.most, refused)
        # An adapter was taught composed texts, so its own resemble them; the base model's do not.
        likely = _composed(item, evidence, request, history, seed) if adapter else ()
        attempts: list[tuple[Source, Sampling]] = [
            ("model", replace(self.sampling, seed=seed, likely=likely)),
            ("retry", replace(self.retry, seed=seed + 1)),
        ]
        for source, sampling in attempts if self.engine else ():
            written = self._written(prompt, names, sampling, adapter, deadline, refused)
            async with aclosing(written):
                async for raw in written:
                    if checked := text.taken(raw, source):
                        yield checked
                    if text.full:
                        break
            if text.full or text.enough(self.least):
                if self.cache is not None:
                    self.cache.put(key, tuple(text.shown))
                return
        composed = compose(
            item, evidence, request.language, seed, variant=variant, history=history,
            request=request,
        )  # fmt: skip
        if not text.shown:
            yield CheckedSentence(composed, "template")
            return
        for line in sentences_of(composed, names):
            if not text.full and (checked := text.taken(line, "template")):
                yield checked

    def _key(
        self,
        item: Item,
        evidence: Sequence[Evidence],
        history: Sequence[Past],
        request: Request,
        adapter: str | None,
        seed: int,
    ) -> str:
        template = PromptSet(self.folders, request.language).template("describe")
        model = self.engine.model if self.engine else ""
        user = [*_user_lines(history), request.text, request.message]
        return text_key(item, evidence, user, request.language, model, adapter, template.hash, seed)

    def _known(self, key: str, grounds: Grounds) -> tuple[CheckedSentence, ...]:
        """The text written before, once it has passed the check again."""
        known = self.cache.get(key) if self.cache is not None and self.engine else None
        return known if known and all(grounds.check(c.text) for c in known) else ()

    def prompt(
        self,
        item: Item,
        evidence: Sequence[Evidence],
        *,
        history: Sequence[Past] = (),
        request: Request | None = None,
    ) -> Prompt:
        """What the model is asked: the same user part as the pick's prompt begins with, then the
        facts as short sentences. Catalogue text is neutralised."""
        request = request or Request()
        template = PromptSet(self.folders, request.language).template("describe")
        told = _told_by_history(evidence)
        shown = prompted(evidence)
        return template.render(
            history=[neutral(line) for line in _user_lines(history)],
            request=neutral(request.text),
            title=neutral(display_title(item.title)),
            personal=[neutral(e.text) for e in shown if e.source != "catalog"],
            facts=[neutral(e.text) for e in shown if e.source == "catalog" and e.field not in told],
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


class _Text:
    """The sentences of one text that passed, as they come."""

    def __init__(
        self,
        grounds: Grounds,
        past: Sequence[str],
        most: int,
        refused: list[tuple[str, str]] | None,
    ) -> None:
        """`past`: titles of the history; what was said of one is not said in other words."""
        self.shown: list[CheckedSentence] = []
        self._grounds, self._past, self._most, self._refused = grounds, past, most, refused
        self._told: set[str] = set()
        self._of_item = False

    @property
    def full(self) -> bool:
        """Whether no more sentences are taken."""
        return len(self.shown) >= self._most

    def enough(self, least: int) -> bool:
        """Whether the text can stand as it is: it tells something of the item, and enough."""
        words = sum(len(words_of(checked.text)) for checked in self.shown)
        return len(self.shown) >= least and self._of_item and words >= MEAGRE

    def taken(self, raw: str, source: Source) -> CheckedSentence | None:
        """The sentence, if it is one, is true and says something new."""
        sentence = _ARTICLE.sub(r"\g<0>n", raw)
        if len(words_of(sentence)) < 3 and not has_chinese(sentence):
            _note(self._refused, sentence, "it is no sentence")
            return None
        verdict = self._grounds.check(sentence)
        named = {title for title in self._past if title in sentence}
        news = verdict.states | named or {sentence}
        if not verdict or news <= self._told:
            _note(self._refused, sentence, verdict.reason or "it says nothing new")
            return None
        self._told |= news | named
        self._of_item = self._of_item or bool(verdict.states)
        self.shown.append(CheckedSentence(sentence, source))
        return self.shown[-1]


def _composed(
    item: Item, evidence: Sequence[Evidence], request: Request, history: Sequence[Past], seed: int
) -> tuple[str, ...]:
    """Several of the plain texts about an item, unchecked."""
    facts, joint = prompted(evidence), "" if request.language == "zh" else " "
    return tuple(
        joint.join(sentences(item, facts, request.language, seed + n, variant=n, history=history))
        for n in range(LIKELY)
    )


def prompted(evidence: Sequence[Evidence]) -> list[Evidence]:
    """The evidence that the prompt tells, `PROMPTED` sentences at most: what is personal first; a
    field of the item that the history's sentence names is told by that one."""
    told = _told_by_history(evidence)
    plain = [e for e in evidence if e.source == "catalog" and e.field not in told]
    personal = sum(e.source != "catalog" for e in evidence)
    untold = plain[max(PROMPTED - personal, 0) :]
    return [e for e in evidence if e not in untold]


def _told_by_history(evidence: Sequence[Evidence]) -> set[str]:
    """A country or a year in common is not worth telling, so the history's sentence does not."""
    fields = {e.field for e in evidence if e.source == "history"}
    return {field for field in fields if role_of(field) in STRONG}


def _user_lines(history: Sequence[Past]) -> list[str]:
    """The titles that the pick's prompt lists too, newest first."""
    return [past.item.title for past in history[:HISTORY_IN_PROMPT]]


def _note(refused: list[tuple[str, str]] | None, sentence: str, reason: str) -> None:
    if refused is not None:
        refused.append((sentence, reason))


async def _timed(pieces: AsyncIterator[str], deadline: float | None) -> AsyncGenerator[str, None]:
    """The same pieces; `TimeoutError` once the deadline has passed."""
    try:
        while True:
            left = None if deadline is None else deadline - time.monotonic()
            if left is not None and left <= 0:
                raise TimeoutError
            try:
                # Not wait_for: before Python 3.12 it can swallow a cancellation.
                async with asyncio.timeout(left):
                    piece = await anext(pieces)
            except StopAsyncIteration:
                return
            yield piece
    finally:
        close = getattr(pieces, "aclose", None)
        if close is not None:
            await close()
