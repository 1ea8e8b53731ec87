"""The verifier's model while it is trained: pytest tests/unit/adapters/test_train_verifier.py"""

import json

import pytest
import torch
from safetensors.torch import load_file
from transformers import AutoModel, AutoTokenizer

from shelftalker.adapters.train.verifier import TrainableResidue
from shelftalker.engine.minilm import packaged
from shelftalker.writing.verifier.residue import WEIGHTS, LearnedResidue, Masked, by_token

SENTENCES = [
    Masked("this is a quiet film", ((0, 4), (5, 7), (8, 9), (10, 15), (16, 20)),
           frozenset({3}), frozenset({0, 4})),
    Masked("someone won an award for it", ((0, 7), (8, 11), (12, 14), (15, 20)),
           frozenset({1, 3}), frozenset({0})),
]  # fmt: skip


def test_it_rates_words_as_the_model_that_serves() -> None:
    trained = {k: v.float() for k, v in load_file(WEIGHTS / "residue.safetensors").items()}
    scale = json.loads((WEIGHTS / "card.json").read_text())["scale"]
    tokenizer = AutoTokenizer.from_pretrained(packaged())
    model = TrainableResidue(AutoModel.from_pretrained(packaged()).eval(), tokenizer)
    for name, layer in model.encoder.named_modules():
        if f"{name}.a" in trained:
            layer.weight.data += scale * trained[f"{name}.b"] @ trained[f"{name}.a"]
    model.head.load_state_dict({"weight": trained["head.weight"], "bias": trained["head.bias"]})
    model.mark.load_state_dict({"weight": trained["mark.weight"]})
    with torch.inference_mode():
        states, mask, shown, spans = model.lower(SENTENCES)
        logits = model.upper(states, mask, shown).tolist()
    expected = [by_token(*one) for one in zip(logits, spans, SENTENCES, strict=True)]
    for own, wanted in zip(LearnedResidue().ratings(SENTENCES), expected, strict=True):
        assert own == pytest.approx(wanted, abs=1e-3)
    assert len({round(rating, 2) for row in expected for rating in row}) > 5
