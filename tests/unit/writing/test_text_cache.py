"""The cache of texts: what is kept, for how long, and what is written anew."""

from dataclasses import replace

import pytest

from shelftalker.writing import text_cache
from shelftalker.writing.accepted_text import CheckedSentence
from shelftalker.writing.describe import Describer
from shelftalker.writing.text_cache import TextCache
from shelftalker.writing.text_request import TextRequest
from tests.support.fakes import FakeEngine
from tests.support.harbour import EVIDENCE, FALSE, HISTORY, ITEM, TRUE, WANTED


async def test_a_text_is_written_once_for_the_same_reasons() -> None:
    engine = FakeEngine([TRUE])
    describer = Describer(engine, cache=TextCache(10, 60))
    first = await describer.describe(WANTED)
    again = await describer.describe(WANTED)
    assert (first, engine.calls) == (again, ["stream"])
    await describer.describe(replace(WANTED, seed=1))
    await describer.describe(replace(WANTED, evidence=EVIDENCE[:3]))
    assert engine.calls == ["stream"] * 3


async def test_what_the_engine_did_not_write_is_not_kept() -> None:
    for engine in (FakeEngine(fail=True), FakeEngine([FALSE])):
        describer = Describer(engine, cache=TextCache(10, 60))
        await describer.describe(TextRequest(ITEM, EVIDENCE, HISTORY))
        calls = len(engine.calls)
        await describer.describe(TextRequest(ITEM, EVIDENCE, HISTORY))
        assert len(engine.calls) == 2 * calls


def test_the_text_cache_has_a_limit_and_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(text_cache, "monotonic", lambda: now[0])
    cache, text = TextCache(2, 10), (CheckedSentence(TRUE, "model"),)
    for key in "abc":
        cache.put(key, text)
    assert (cache.get("a"), cache.get("c")) == ((), text)
    now[0] = 11
    assert cache.get("c") == ()
