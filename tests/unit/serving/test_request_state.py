"""Who may write the cards of a request."""

import pytest

from shelftalker import Recommender
from shelftalker.engine.models import DEFAULT_MODEL
from shelftalker.serving.adapter_leases import AdapterLease
from shelftalker.serving.options import GenerateCall
from shelftalker.serving.request_state import RequestState
from shelftalker.store.adapter_card import BASE_ONLY
from shelftalker.types import Request
from shelftalker.writing.style import Voice
from tests.support.fakes import FakeEngine

SMALL, PLAIN = Voice(), Voice(prompts="capable")


@pytest.mark.parametrize(
    ("model", "adapter", "voice", "writes"),
    [
        (DEFAULT_MODEL, None, SMALL, False),
        (DEFAULT_MODEL, "films@v1", SMALL, True),
        (DEFAULT_MODEL, None, PLAIN, True),
        ("Qwen/Qwen3-4B-Instruct-2507", None, SMALL, True),
    ],
)
def test_a_small_model_writes_with_an_adapter_only(
    recommender: Recommender, model: str, adapter: str | None, voice: Voice, writes: bool
) -> None:
    engine = FakeEngine()
    engine.model = model
    domain = recommender.domain()
    profile = recommender._pipeline.profile(domain, "u")
    state = RequestState(GenerateCall("u"), domain, profile, Request())
    parts = BASE_ONLY._replace(describe=adapter)
    state.engine, state.lease = engine, AdapterLease(adapter, domain.weights, parts=parts)
    assert state.writer(voice) is (engine if writes else None)
