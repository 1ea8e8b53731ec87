"""Write the text of one pick: the model writes, the verifier checks each sentence, and template
sentences replace what is missing.

A sentence is shown only after `Grounds.check` has passed it. Where too little of the model's first
text passes, it tries once more at a higher temperature; then sentences from `compose` follow.
What takes milliseconds of computing runs in a thread, so that the engine's event loop stays free.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from pathlib import Path

from shelftalker.engine.base import Engine, Prompt, Sampling
from shelftalker.engine.concurrency import computed, until
from shelftalker.errors import EngineError
from shelftalker.language.sentences import joined, sentences_of
from shelftalker.types import Evidence, Source
from shelftalker.writing.accepted_text import (
    AcceptedText,
    CheckedSentence,
    RefusedSentences,
    source_of,
)
from shelftalker.writing.history import names_of
from shelftalker.writing.hooks import offer_in
from shelftalker.writing.ready import (
    Beside,
    beside_model,
    composed_lines,
    composed_text,
    ready_text,
    text_without_model,
)
from shelftalker.writing.text_cache import TextCache
from shelftalker.writing.text_request import TextRequest, prompted
from shelftalker.writing.verifier.grounds import Grounds
from shelftalker.writing.verifier.stated import StatedSentence, stated_sentence
from shelftalker.writing.verifier.unsafe import unsafe_words

_LOG = logging.getLogger(__name__)

FIRST_TRY = Sampling(max_tokens=72, stop=("\n",))
RETRYING = Sampling(max_tokens=72, temperature=0.6, top_p=0.9, stop=("\n",))
STATED_TOKENS = 900
"""Of an answer that states its claims, one JSON object a line."""


@dataclass(frozen=True, slots=True)
class Description:
    """A whole text. `source`: as `source_of`; `refused` holds the sentences that
    were not shown, each with the reason."""

    text: str
    source: Source
    evidence: tuple[Evidence, ...]
    refused: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class _Prepared:
    """What a model's text needs before its first token."""

    grounds: Grounds
    key: str
    names: list[str]
    prompt: Prompt
    ready: Sequence[CheckedSentence]
    beside: Beside


class Describer:
    """Writes and checks texts. Of the model's sentences one that passes must state something about
    the item. Beside those of a small model stand sentences of the catalogue's, and composed ones on
    the request."""

    def __init__(
        self,
        engine: Engine | None,
        *,
        folders: Sequence[Path] = (),
        cache: TextCache | None = None,
    ) -> None:
        self.engine, self.folders, self.cache = engine, folders, cache
        self.failures = 0  # texts that the engine failed in
        self._preparing = asyncio.Lock()

    async def describe(self, wanted: TextRequest) -> Description:
        """The whole text at once."""
        refused = RefusedSentences()
        shown = [checked async for checked in self.astream(wanted, refused)]
        text = joined((checked.text for checked in shown), wanted.request.language)
        return Description(text, source_of(shown), tuple(wanted.evidence), tuple(refused.pairs))

    async def astream(
        self, wanted: TextRequest, refused: RefusedSentences | None = None
    ) -> AsyncGenerator[CheckedSentence, None]:
        """Checked sentences one by one, at least one: those of `ready`, else of `written`."""
        ready = await computed(self.ready, wanted)
        for sentence in ready:
            yield sentence
        if not ready:
            async with aclosing(self.written(wanted, refused)) as written:
                async for sentence in written:
                    yield sentence

    def ready(self, wanted: TextRequest) -> Sequence[CheckedSentence]:
        """The text where it needs no model: there is none, it is cached or prepared; else empty."""
        if self.engine is None:
            return self.composed(wanted)
        grounds, own = self._grounded(wanted)
        cached = self.cache.get(own.key(self.engine.model, self.folders)) if self.cache else ()
        by_model = [c for c in cached if c.source != "template"]
        if cached and all(grounds.check(c.text, c.claims) for c in by_model):
            return cached
        prepared = wanted.hook is None or wanted.voice.links == "composed"
        return ready_text(wanted, grounds) if prepared else ()

    async def written(
        self, wanted: TextRequest, refused: RefusedSentences | None = None
    ) -> AsyncGenerator[CheckedSentence, None]:
        """A text of the model's, sentence by sentence. After the deadline it is stopped and
        template sentences follow. Sentences that fail the check are added to `refused`. Errors of
        the engine end the model's part and are not raised."""
        refused = RefusedSentences() if refused is None else refused
        async with self._preparing:  # one after another, so that the first card is sooner
            prepared = await computed(self._prepare, wanted)
        ready, beside = prepared.ready, prepared.beside
        for sentence in ready:
            yield sentence
        most = 1 if ready else wanted.voice.sentences(wanted.style)
        helped = _is_helped(wanted)
        text = AcceptedText(prepared.grounds, most, refused, telling=helped)
        for line in beside.before:
            yield text.lead(line)
        if beside.whole:
            return
        async with aclosing(self._by_model(wanted, prepared, text)) as checked:
            async for sentence in checked:
                yield sentence
        refused.log()
        written = any(checked.source != "template" for checked in text.shown)
        if written and (text.full or text.enough):
            if beside.after:
                text.shown.append(CheckedSentence(beside.after, text.shown[-1].source))
                yield text.shown[-1]
            if self.cache and not ready:
                self.cache.put(prepared.key, tuple(text.shown))
            return
        if ready:
            return
        for sentence in await computed(_completed, wanted, prepared.grounds, text):
            yield sentence

    def composed(self, wanted: TextRequest) -> list[CheckedSentence]:
        """A text that needs no model: a prepared one, or composed sentences."""
        return list(text_without_model(wanted, unsafe_words(self.folders)))

    def _grounded(self, wanted: TextRequest) -> tuple[Grounds, TextRequest]:
        """What a text may rest on, and the request with the history as it is there."""
        unsafe = unsafe_words(self.folders)
        grounds = Grounds(wanted.evidence, wanted.item, wanted.history, wanted.request, unsafe)
        return grounds, replace(wanted, history=grounds.facts.history)

    def _prepare(self, wanted: TextRequest) -> _Prepared:
        grounds, wanted = self._grounded(wanted)
        # Only names that hold a mark can be taken for the end of a sentence.
        names = [n for n in names_of(wanted.item, wanted.history) if any(c in ".!?" for c in n)]
        ready = ready_text(wanted, grounds)
        alone = ready or not _is_helped(wanted) or wanted.voice.sentences(wanted.style) == 1
        beside = Beside() if alone else beside_model(wanted, grounds)
        prompt = beside.left_of(wanted).prompt(self.folders)
        assert self.engine is not None
        key = wanted.key(self.engine.model, self.folders)
        return _Prepared(grounds, key, names, prompt, ready, beside)

    async def _by_model(
        self, wanted: TextRequest, prepared: _Prepared, text: AcceptedText
    ) -> AsyncGenerator[CheckedSentence, None]:
        """The sentences of the model's first text that pass, then of its second where needed. Where
        only the tie is left to tell, which is soon composed, there is no second."""
        attempts: list[tuple[Source, Sampling]] = [
            ("model", replace(FIRST_TRY, seed=wanted.seed, likely=_drafts(wanted))),
            ("retry", replace(RETRYING, seed=wanted.seed + 1)),
        ]
        refused, states = text.refused, wanted.voice.prompts == "structured"
        for source, sampling in attempts[: 1 if prepared.beside.told else 2]:
            if states:
                sampling = replace(sampling, max_tokens=STATED_TOKENS, stop=())
            async with aclosing(self._written(wanted, prepared, sampling, refused)) as written:
                async for line in written:
                    one = stated_sentence(line) if states else StatedSentence(sentence=line)
                    raw = one.sentence if one else line
                    if one is None:
                        refused.add(
                            line, "it is no JSON of a sentence and its claims", "unreadable"
                        )
                    elif reason := wanted.voice.refusal(raw):
                        refused.add(raw, reason, "voice")
                    elif word := offer_in(raw, wanted.item.price):
                        refused.add(raw, f"no model may promise or price ({word})", "offer")
                    elif checked := text.take(raw, source, one.claims):
                        yield checked
                    if text.full:
                        break
            if text.full or text.enough:
                return

    async def _written(
        self,
        wanted: TextRequest,
        prepared: _Prepared,
        sampling: Sampling,
        refused: RefusedSentences,
    ) -> AsyncGenerator[str, None]:
        """Sentences as soon as each is complete, or lines where claims are stated beside them; an
        unfinished last one is left out."""
        assert self.engine is not None
        states = wanted.voice.prompts == "structured"
        text, given = "", 0
        pieces = self.engine.stream(prepared.prompt, sampling, wanted.adapter)
        try:
            async with aclosing(until(pieces, wanted.deadline)) as timed:
                async for piece in timed:
                    text += piece
                    complete = _parts(text, prepared.names, lines=states)[:-1]
                    for sentence in complete[given:]:
                        yield sentence
                    given = max(given, len(complete))
        except (EngineError, TimeoutError) as error:
            self.failures += isinstance(error, EngineError)
            level = logging.WARNING if isinstance(error, EngineError) else logging.INFO
            _LOG.log(level, "the engine stopped in a text: %s", type(error).__name__)
            refused.add(text, f"the engine stopped: {error or 'out of time'}", "unfinished")
            return
        for sentence in _parts(text, prepared.names, lines=states)[given:]:
            yield sentence


def _is_helped(wanted: TextRequest) -> bool:
    """Whether composed sentences may stand beside the model's."""
    return wanted.voice.prompts == "small"


def _parts(text: str, names: Sequence[str], *, lines: bool) -> list[str]:
    """The sentences of a text, or its lines; the last may be unfinished."""
    return text.splitlines() if lines else sentences_of(text, names)


def _drafts(wanted: TextRequest) -> tuple[str, ...]:
    """The sentences of its prompt that a text may begin with, unchecked: an adapter learned to
    repeat them, the base model words its own."""
    shown = prompted(wanted.evidence) if wanted.adapter else ()
    return tuple(e.text for e in shown if e.source != "request")


def _completed(wanted: TextRequest, grounds: Grounds, text: AcceptedText) -> list[CheckedSentence]:
    """The composed text; beside sentences that are shown already, what of it says more, and at
    least a sentence that names the item."""
    if not text.shown:
        return composed_text(wanted, grounds)
    made = composed_lines(wanted, grounds)
    if all(checked.source == "template" for checked in text.shown):
        shown = {checked.text for checked in text.shown}
        rest = [line for line in made if line not in shown]
        room = wanted.voice.sentences(wanted.style) - len(shown)
        return [CheckedSentence(line, "template") for line in rest[:room]]
    taken = [text.take(line, "template") for line in made if not text.full]
    added = [checked for checked in taken if checked]
    named = any(grounds.names_item(checked.text) for checked in text.shown)
    return added if named or not made else [*added, CheckedSentence(made[0], "template")]
