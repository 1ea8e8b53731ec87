"""The role head: the network that serves computes what the network that was trained computes."""

import shutil
from pathlib import Path

import numpy as np
import torch

from shelftalker.adapters.reading.sentences import CORPUS, read_corpus
from shelftalker.adapters.reading.train import RoleNetwork, open_tokenizer, save
from shelftalker.understanding.head.roles import LANGUAGES, WEIGHTS, RoleHead


def test_openvino_and_torch_give_the_same_logits(tmp_path: Path) -> None:
    torch.manual_seed(0)
    model = RoleNetwork().eval()
    with torch.no_grad():
        for value in model.trained().values():
            value.add_(0.02 * torch.randn_like(value))
    save(model, tmp_path)
    for value in model.parameters():
        value.data = value.data.half().float() if value.requires_grad else value.data
    batch = open_tokenizer()(["no horror, a comedy"], return_tensors="pt")
    with torch.no_grad():
        right = model(batch["input_ids"], batch["attention_mask"])[0].numpy()
    shutil.copy(WEIGHTS / "card.json", tmp_path)
    logits = RoleHead(tmp_path).logits(batch["input_ids"][0].numpy())
    assert np.abs(logits - right).max() < 1e-3


def test_a_message_is_encoded_once() -> None:
    head = RoleHead()
    first = head._tokens("a comedy, no horror")
    assert head._tokens("a comedy, no horror")[0] is first[0]


def test_each_corpus_sentence_is_of_a_language_that_the_head_reads() -> None:
    rows = [*read_corpus(CORPUS, "train"), *read_corpus(CORPUS, "test")]
    assert {row.lang for row in rows} == set(LANGUAGES)
    assert len(rows) > 4000
