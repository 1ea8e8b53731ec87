"""The residue of a sentence: the words that no claim holds. Do they state anything that the item's
row does not say?

`wording_problem` lets through what is plainly harmless: connecting vocabulary, and words that the
catalogue's text has in the same order. `LearnedResidue` asks of what is more than that a small
model on the packaged MiniLM, which rates each word in its sentence, knowing which words the claims
hold or the row has; trained on the writing corpus (`adapters/train/verifier.py`). What it lets
through by words of the row must also stand in the row as it stands there (`paraphrase.py`).
"""

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file

from shelftalker.data.field_roles import PEOPLE
from shelftalker.engine.minilm import MiniLM, low_rank_changes, open_tokenizer, packaged
from shelftalker.language.stems import has_chinese, stem, stems_of
from shelftalker.writing.verifier.reading import Reading, in_row
from shelftalker.writing.verifier.residue_zh import chinese_residue_problem

_LOG = logging.getLogger(__name__)
WEIGHTS = Path(__file__).parent / "weights"
MAX_TOKENS = 80
CONNECTING = 2.0
FROZEN = 3
"""Layers of MiniLM that stay as they are."""
_BREAKS = frozenset(",;，；")


def wording_problem(r: Reading) -> str:
    """The first words that neither the vocabulary nor the catalogue's text explains; empty where
    there are none."""
    open_ = set(r.open)
    parts: list[list[str]] = [[]]
    for at, token in enumerate(r.tokens):
        if token.text in _BREAKS:
            parts.append([])
        if at in open_ and token.folded in r.words["denying"]:
            return f"it denies something ({token.text})"
        if token.folded == "your" and r.tokens[at + 1 : at + 2] and r.tokens[at + 1].kind == "fact":
            return f"it may say what the user's is ({r.tokens[at + 1].text})"
        if token.kind == "number" and at not in r.covered:
            return f"no row says {token.text}"
        events = frozenset().union(*r.words.by("events").values())
        if at in open_ and token.folded in events - r.words["words"]:
            parts[-1].append(token.text)
        elif at in open_ and (not r.is_connecting(token) or r.is_name(at)):
            parts[-1] += list(token.text) if has_chinese(token.text) else token.text.split()
    if not any(parts) or _is_supported(r, parts):
        return ""
    return f"nothing supports {' '.join([word for part in parts for word in part][:4])!r}"


def _is_supported(r: Reading, parts: Sequence[Sequence[str]]) -> bool:
    """Whether the words of each part are in one sentence of the catalogue's text, in their order:
    the same sentence for all parts, or one for each part of several words. Words of a title that
    describes the item may be anywhere."""
    stems = [[w for w in map(stem, part) if w not in r.facts.title_words] for part in parts]
    stated = [part for part in stems if part]
    exact = (t.text for t in r.tokens if t.kind == "fact" and t.roles & (PEOPLE | {"country"}))
    named = {word for text in exact for word in stems_of(text)}
    sentences = [one for one in r.facts.text_sentences if named <= set(one)]
    if any(all(in_order(part, sentence) for part in stated) for sentence in sentences):
        return True
    separate = all(len(part) > 1 for part in stated) and not named
    return separate and all(any(in_order(part, one) for one in sentences) for part in stated)


def in_order(words: Sequence[str], sentence: Sequence[str]) -> bool:
    """Whether the words occur in a sentence, in their order."""
    rest = iter(sentence)
    return all(word in rest for word in words)


@dataclass(frozen=True, slots=True)
class Masked:
    """A sentence for the model: `text`, with a plain word for each title and name; `spans`: by
    position of a token, its span in `text`; `residue`: the positions that no claim holds; `shown`:
    those whose word the row has, or a claim holds."""

    text: str
    spans: tuple[tuple[int, int], ...]
    residue: frozenset[int]
    shown: frozenset[int]


def masked(reading: Reading) -> Masked:
    """A reading as the model takes it."""
    sentence, text, end = reading.sentence, "", 0
    spans = []
    for token in reading.tokens:
        text += sentence[end : token.start]
        shown = token.text
        if token.kind in ("title", "past"):
            shown = "this" if token.kind == "title" else "that one"
        elif token.is_value and token.roles & PEOPLE:
            shown = "someone"
        spans.append((len(text), len(text) + len(shown)))
        text, end = text + shown, token.end
    places = {at for at, token in enumerate(reading.tokens) if token.kind != "mark"}
    open_ = frozenset(places - reading.covered)
    known = frozenset(n for n in range(len(spans)) if n not in open_ or in_row(reading, n))
    return Masked(text + sentence[end:], tuple(spans), open_, known)


class ResidueModel:
    """MiniLM with low-rank changes in its upper layers, an embedding that marks what is shown, and
    a head. `adapters/train/verifier.py` has the same for training."""

    def __init__(self, folder: Path) -> None:
        card = json.loads((folder / "card.json").read_text(encoding="utf-8"))
        weights = load_file(folder / "residue.safetensors")
        self.threshold = float(card["threshold"])
        self._weights = {name: value.astype(np.float32) for name, value in weights.items()}
        changes = low_rank_changes(self._weights, card["scale"])
        self._encoder = MiniLM(changes, added_after=FROZEN)
        self._tokenizer = open_tokenizer(MAX_TOKENS)

    def ratings(self, s: Masked) -> list[float]:
        """By token of a sentence, the rating (a logit) that it states what no row shows."""
        text = self._tokenizer.encode(s.text)
        shown = np.array([shown_tokens(text.offsets, s)])
        added = self._weights["mark.weight"][shown]
        states = self._encoder.states(np.array([text.ids]), np.array([text.attention_mask]), added)
        logits = states @ self._weights["head.weight"][0] + self._weights["head.bias"]
        return by_token(logits[0].tolist(), text.offsets, s)


def shown_tokens(spans: Sequence[tuple[int, int]], s: Masked) -> list[int]:
    """1 for each token of the model that lies in a token of the sentence that is shown."""
    shown = [s.spans[n] for n in s.shown]
    return [int(b > a and any(a < end and b > start for start, end in shown)) for a, b in spans]


def by_token(logits: Sequence[float], spans: Sequence[tuple[int, int]], s: Masked) -> list[float]:
    """The highest rating within each token of the sentence."""
    pairs = list(zip(logits, spans, strict=False))
    return [
        max((x for x, (a, b) in pairs if b > a and a < end and b > start), default=-9.0)
        for start, end in s.spans
    ]


class LearnedResidue:
    """Rates each word of the residue; refuses where one is rated above the calibrated threshold."""

    def __init__(self, folder: Path = WEIGHTS) -> None:
        self._folder = folder

    def problem(self, reading: Reading) -> str:
        """Why the residue may not be shown; empty where it may."""
        if reading.language == "zh":
            return chinese_residue_problem(reading)
        rating, word = self.rating(reading)
        stated = rating > self.model.threshold
        return f"no row shows {word!r}, and it may state something" if stated else ""

    def rating(self, reading: Reading) -> tuple[float, str]:
        """The rating of the sentence's worst word, and the word. A connecting word or
        a light verb, which state nothing by themselves, and one of a product's title may be rated
        higher."""
        taken = masked(reading)
        if not taken.residue:
            return -9.0, ""
        ratings = self.model.ratings(taken)
        for at in taken.residue:
            token = reading.tokens[at]
            in_title = stem(token.folded) in reading.facts.title_words
            light = token.folded in reading.words["light"]
            if in_title or light or reading.is_connecting(token):
                ratings[at] -= CONNECTING
        worst = max(taken.residue, key=lambda at: ratings[at])
        return ratings[worst], reading.tokens[worst].text

    @cached_property
    def model(self) -> ResidueModel:
        """The model, loaded on first use."""
        return ResidueModel(self._folder)


@lru_cache(maxsize=1)
def residue_check() -> LearnedResidue | None:
    """The learned check where its weights and MiniLM are installed."""
    if packaged() is None or not (WEIGHTS / "residue.safetensors").is_file():
        _LOG.info("no model of the residue; the word list decides")
        return None
    return LearnedResidue()
