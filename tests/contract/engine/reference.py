"""What the tests of the engine contract ask, and what the model itself would answer."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from peft import LoraConfig, get_peft_model
from transformers import AutoConfig, AutoModelForCausalLM

from shelftalker.engine.base import Floats, Message, Prompt, Sampling
from shelftalker.engine.tokens import Tokens

LABELS = ["A", "B", "C", "D"]
TITLES = [
    "Heat",
    "The Quiet Harbour",
    "Night Train to Lisbon (1987)",
    "Seven Winters",
    "The Lighthouse Keeper's Daughter and Other Stories",
    "Zxqv Blorptang",
]
GREEDY = Sampling(max_tokens=24)


def ask(text: str) -> Prompt:
    return [Message(role="user", content=text)]


QUIZ = [
    ask(f"Which is {what}?\nA: a cat\nB: Paris\nC: seven\nD: blue\nAnswer with one letter.")
    for what in ("an animal", "a city", "a number", "a colour")
]
TASTE = ask("I like tense films about trains and the sea. Name one film.")


Truth = Callable[[list[int], list[int], str | None], list[float]]


def random_lora(
    model: Path, folder: Path, seed: int, words: Sequence[str] = (), **options: Any
) -> Path:
    base = AutoModelForCausalLM.from_config(AutoConfig.from_pretrained(model))
    config = LoraConfig(
        r=4,
        lora_alpha=12,
        target_modules=["q_proj", "v_proj", "down_proj", *words],
        init_lora_weights=False,
        **options,
    )
    torch.manual_seed(seed)
    adapted = get_peft_model(base, config)
    for name, weight in adapted.named_parameters():
        if "lora_embedding" in name:
            weight.data *= 0.1  # as wide as the words' own vectors
    adapted.save_pretrained(folder, save_embedding_layers=False)
    return folder


def expected_choice(
    truth: Truth, tokens: Tokens, prompt: Prompt, adapter: str | None = None
) -> Floats:
    ids = tokens.prompt(prompt, room=1)
    scores = np.array([truth(ids, [label], adapter)[0] for label in tokens.labels(LABELS)])
    normalised: Floats = scores - np.logaddexp.reduce(scores)
    return normalised
