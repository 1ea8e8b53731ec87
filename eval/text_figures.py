"""Text metrics: distinct-n, readability, words copied; and an audit of groundedness that
does not depend on the writer's own verifier alone.
"""

import re
from collections.abc import Collection, Sequence

from shelftalker.data.catalog import Item
from shelftalker.language.sentences import sentences_of
from shelftalker.language.stems import stems_of
from shelftalker.types import Evidence
from shelftalker.writing.history import Past, names_of
from shelftalker.writing.verifier.grounds import Grounds


def grams(words: Sequence[str], n: int) -> list[tuple[str, ...]]:
    """All runs of n words."""
    return [tuple(words[at : at + n]) for at in range(len(words) - n + 1)]


def distinct(texts: Sequence[str], n: int = 2) -> float:
    """Distinct n-grams over all n-grams of the set (Li et al., arXiv 1510.03055)."""
    every = [gram for text in texts for gram in grams(stems_of(text), n)]
    return len(set(every)) / max(len(every), 1)


def repeated_openings(texts: Sequence[str], page: int = 100) -> float:
    """The share of texts that begin with the three words of an earlier one on the same `page`."""
    again = 0
    for start in range(0, len(texts), page):
        openings = [tuple(stems_of(text)[:3]) for text in texts[start : start + page]]
        again += len(openings) - len(set(openings))
    return again / max(len(texts), 1)


def copied(text: str, source: str) -> float:
    """The share of a text's words that stand in runs of four words of the source."""
    words, theirs = stems_of(text), set(grams(stems_of(source), 4))
    starts = [at for at, gram in enumerate(grams(words, 4)) if gram in theirs]
    inside = {at + offset for at in starts for offset in range(4)}
    return len(inside) / max(len(words), 1)


def reading_ease(text: str) -> float:
    """Flesch reading ease: 60 to 70 is plain English, higher is easier. Syllables are estimated."""
    words = re.findall(r"[A-Za-z]+", text)
    sentences = max(len(sentences_of(text)), 1)
    syllables = sum(_syllables(word) for word in words)
    return 206.835 - 1.015 * len(words) / sentences - 84.6 * syllables / max(len(words), 1)


def audit(
    text: str,
    item: Item,
    evidence: Sequence[Evidence],
    history: Sequence[Past],
    composed: Collection[str] = (),
) -> list[str]:
    """Faults of a text: sentences that the verifier refuses, and numbers that are neither in the
    catalogue's row nor in the user's history. `composed`: sentences whose claims were read back
    from the rows; of these only the numbers are audited."""
    names = names_of(item, history)
    grounds = Grounds(evidence, item, history)
    faults = []
    for sentence in sentences_of(text, names):
        if sentence not in composed and not (verdict := grounds.check(sentence)):
            faults.append(f"{sentence!r}: {verdict.reason}")
    known = _numbers(
        " ".join(
            [
                *(f"{name} {value}" for name, value in item.facts().items()),
                *(f"{past.item.title} {past.item.facts()} {past.event.value}" for past in history),
                *(e.text + " " + e.value for e in evidence),
            ]
        )
    )
    known |= {year // 10 * 10 for year in known if year >= 1000}  # "the 1990s"
    return faults + [f"nothing says {number:g}" for number in _numbers(text) - known]


def _syllables(word: str) -> int:
    groups = len(re.findall(r"[aeiouy]+", word.lower()))
    silent = word.lower().endswith("e") and not word.lower().endswith("le") and groups > 1
    return max(groups - silent, 1)


def _numbers(text: str) -> set[float]:
    return {float(number.replace(",", "")) for number in re.findall(r"\d+(?:[.,]\d+)?", text)}
