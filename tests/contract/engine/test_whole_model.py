"""The whole small model in the engines of this package: pytest tests/contract/engine"""

import asyncio

import pytest
import torch
from transformers import AutoModelForCausalLM

from shelftalker.engine import open_engine
from shelftalker.engine.models import DEFAULT_MODEL, resolve
from shelftalker.engine.tokens import Tokens
from tests.contract.engine.conftest import LOCAL
from tests.contract.engine.reference import LABELS, QUIZ, TASTE, TITLES


@pytest.mark.asyncio(loop_scope="package")
async def test_it_picks_and_reads_as_its_weights_say() -> None:
    tokens = Tokens(resolve(DEFAULT_MODEL))
    model = AutoModelForCausalLM.from_pretrained(resolve(DEFAULT_MODEL), dtype=torch.float32)

    @torch.inference_mode()
    def logp(prefix: list[int], tail: list[int]) -> torch.Tensor:
        logits = model(torch.tensor([prefix + tail])).logits[0, len(prefix) - 1 :]
        return torch.log_softmax(logits, dim=-1)

    labels, tail = tokens.labels(LABELS), tokens.after(TITLES[1])
    asked, liked = tokens.prompt(QUIZ[1], room=1), tokens.prompt(TASTE, room=1)
    picked = torch.log_softmax(logp(asked, [])[-1][labels], dim=-1)
    read = logp(liked, tail)[:-1].gather(1, torch.tensor(tail)[:, None]).sum()
    for name in ("transformers", "openvino"):
        engine = await asyncio.to_thread(open_engine, engine=name, **LOCAL)
        [found] = await engine.choose(QUIZ[1:2], LABELS)
        assert found == pytest.approx(picked.numpy(), abs=0.2)
        [likelihood] = await engine.likelihood(TASTE, TITLES[1:2])
        assert likelihood == pytest.approx(float(read), rel=0.02)
        await engine.close()
