"""Read the corpus of what visitors type (`corpus/`), and vary its sentences for training."""

import json
import random
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

CORPUS = Path(__file__).parent / "corpus"
EXCHANGED, JOINED = 0.5, 0.15
"""Chance that a mention is exchanged for another, and that another sentence follows."""


@dataclass(frozen=True)
class MarkedSentence:
    """A text with its act and its mentions: start, end, kind, role, op."""

    lang: str
    text: str
    act: str
    mentions: tuple[tuple[int, int, str, str, str], ...]


def read_corpus(folder: Path, split: str) -> list[MarkedSentence]:
    """The sentences of one split. Raises ValueError where a span is not in its text once."""
    rows = []
    for file in sorted(folder.glob("*.jsonl")):
        for line in file.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            if row["split"] == split:
                mentions = tuple(_mention(row["text"], one) for one in row["mentions"])
                rows.append(
                    MarkedSentence(row["lang"], row["text"], row["act"], tuple(sorted(mentions)))
                )
    return rows


def _mention(text: str, one: dict[str, str]) -> tuple[int, int, str, str, str]:
    if text.count(one["span"]) != 1:
        raise ValueError(f"{one['span']!r} is {text.count(one['span'])} times in {text!r}")
    start = text.index(one["span"])
    return start, start + len(one["span"]), one["kind"], one["role"], one.get("op", "")


class Exchange:
    """Other mentions of the same language, kind and, for numbers, comparison."""

    def __init__(self, sentences: Iterable[MarkedSentence]) -> None:
        self.pools: dict[tuple[str, str, str], list[str]] = defaultdict(list)
        self.others: dict[str, list[MarkedSentence]] = defaultdict(list)
        for one in sentences:
            self.others[one.lang].append(one)
            for start, end, kind, _, op in one.mentions:
                if kind != "card":
                    self.pools[one.lang, kind, op].append(one.text[start:end])

    def varied(self, one: MarkedSentence) -> MarkedSentence:
        """The sentence with some of its mentions exchanged, perhaps with another after it."""
        text, at, mentions = "", 0, []
        for start, end, kind, role, op in one.mentions:
            pool = self.pools.get((one.lang, kind, op))
            keep = kind in ("number", "card") or not pool or random.random() > EXCHANGED
            said = one.text[start:end] if keep or not pool else random.choice(pool)
            text += one.text[at:start]
            mentions.append((len(text), len(text) + len(said), kind, role, op))
            text, at = text + said, end
        varied = MarkedSentence(one.lang, text + one.text[at:], one.act, tuple(mentions))
        if random.random() < JOINED:
            varied = _joined(varied, random.choice(self.others[one.lang]))
        return varied


def _joined(one: MarkedSentence, other: MarkedSentence) -> MarkedSentence:
    gap = "" if one.lang == "zh" else " "
    gap = gap if one.text[-1:] in ".!?。！？" else f".{gap}"
    shift = len(one.text) + len(gap)
    moved = tuple((start + shift, end + shift, *rest) for start, end, *rest in other.mentions)
    return MarkedSentence(one.lang, one.text + gap + other.text, one.act, (*one.mentions, *moved))  # type: ignore[arg-type]
