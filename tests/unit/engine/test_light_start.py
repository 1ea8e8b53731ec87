"""What a process loads that only answers: pytest tests/unit/engine/test_light_start.py"""

import subprocess
import sys

from tests.support import ROOT

ANSWER = """
import asyncio, sys
from pathlib import Path
from shelftalker.engine import open_engine
from shelftalker.engine.base import Sampling
from shelftalker.recommender import Recommender
from shelftalker.scorer.encoder import open_encoder
from shelftalker.engine.fingerprint import base_fingerprint
from shelftalker.writing.verifier.residue import LearnedResidue, Masked

SLOW = {"torch", "transformers", "peft", "pypinyin", "sentence_transformers"}

async def write():
    engine = open_engine(engine="auto")
    await engine.add_adapter("a", Path(sys.argv[1]))
    prompt = [{"role": "user", "content": "Name a film."}]
    texts = await engine.write([prompt], Sampling(max_tokens=4), "a")
    await engine.close()
    return engine.name, len(texts)

sentence = Masked("this is quiet", ((0, 4), (5, 7), (8, 13)), frozenset({2}), frozenset({0}))
print(
    asyncio.run(write()),
    open_encoder().encode(["a tense thriller"]).shape,
    len(LearnedResidue().model.ratings(sentence)),
    base_fingerprint("smollm2-135m-instruct").tokenizer,
    sorted(SLOW & set(sys.modules)),
)
"""


def test_engine_encoder_and_verifier_answer_without_torch_and_transformers() -> None:
    """Importing the two takes longer than an answer."""
    command = [sys.executable, "-c", ANSWER, str(ROOT / "adapters/trained/movies")]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    assert run.stdout == "('openvino', 1) (1, 384) 3 eb959659f76e1e37 []\n"
