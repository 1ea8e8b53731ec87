"""The verifier's model while it is trained: pytest tests/unit/adapters/test_train_verifier.py"""

import json

import pytest
import torch
from safetensors.torch import load_file
from transformers import AutoModel

from shelftalker.adapters.data.residue_examples import ResidueExample
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
    model = TrainableResidue(seed=0)
    model.encoder = AutoModel.from_pretrained(packaged()).eval()
    for name, layer in model.encoder.named_modules():
        if f"{name}.a" in trained:
            layer.weight.data += scale * trained[f"{name}.b"] @ trained[f"{name}.a"]
    for part, names in (("head", ("weight", "bias")), ("mark", ("weight",))):
        state = {name: trained[f"{part}.{name}"] for name in names}
        model.parts[part].load_state_dict(state)
    ready = model.halfway([ResidueExample(one, false=False) for one in SENTENCES])
    with torch.inference_mode():
        logits = model.logits(ready).tolist()
    by_text = {
        one.example.masked.text: by_token(row[: len(one.spans)], one.spans, one.example.masked)
        for row, one in zip(logits, ready, strict=True)
    }
    expected = [by_text[one.text] for one in SENTENCES]
    serving = LearnedResidue().model
    for one, wanted in zip(SENTENCES, expected, strict=True):
        assert serving.ratings(one) == pytest.approx(wanted, abs=1e-3)
    assert len({round(rating, 2) for row in expected for rating in row}) > 5
