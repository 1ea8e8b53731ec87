"""The slot about denials."""

import re
from collections.abc import Iterable

from shelftalker.language.stems import stem
from shelftalker.writing.verifier.reading import PICK, Reading
from shelftalker.writing.verifier.slots import GENRES, states
from shelftalker.writing.verifier.visitor import alike


def denials(r: Reading) -> None:
    """A denial repeats one of the row, or denies a value that the row has not; it never denies what
    the row says. Others are left to the residue."""
    if r.language == "zh":
        _denials_zh(r)
        return
    text = {w for one in r.known.facts.text_sentences for w in one} | r.known.row_words
    for at in r.found(r.words["negations"]):
        if at in r.covered:
            continue
        if r.owner(at) != PICK:
            r.claim([at], "denial", problem="no row of the history denies that")
        scope = [n for n in r.in_clause(at) if at < n <= at + 6]
        names = [
            n
            for n in scope
            if r.tokens[n].kind in ("fact", "theirs") or r.folded(n) in GENRES - r.known.row_words
        ]
        words = [n for n in scope if r.tokens[n].kind == "word" and len(r.folded(n)) > 3]
        said = r.stems(scope)
        denied = {w for part in r.known.denied if alike(part[-1], said) for w in part}
        repeated = [n for n in words if alike(stem(r.folded(n)), denied)]
        against = [n for n in words if n not in repeated and _affirmed(stem(r.folded(n)), text)]
        present = [n for n in names if states(r, PICK, r.tokens[n])]
        if present or (against and not repeated):
            r.claim(
                [at],
                "denial",
                problem=f"it denies what the row says ({r.tokens[(present or against)[0]].text})",
            )
        elif names or repeated:
            r.claim([at, *names, *repeated], "denial", "row")


def _affirmed(word: str, text: Iterable[str]) -> bool:
    return word not in _PLAIN and any(
        word == one or (len(word) > 5 and word[:6] == one[:6]) for one in text
    )


_PLAIN = frozenset(
    [
        "have",
        "with",
        "that",
        "this",
        "from",
        "need",
        "want",
        "more",
        "than",
        "when",
        "will",
        "your",
        "just",
        "like",
        "they",
        "what",
        "them",
        "film",
        "item",
        "make",
        "made",
        "come",
        "only",
        "about",
        "into",
        "over",
        "every",
        "such",
        "even",
        "much",
    ]
)


def _denials_zh(r: Reading) -> None:
    text = r.known.item(PICK).embedding_text()
    sentence = r.s.sentence
    for at in r.found(r.words["negations"]):
        start = r.tokens[at].start
        present = [n for n in r.in_clause(at) if n > at and r.tokens[n].kind == "fact"]
        if present and at not in r.covered:
            value = r.tokens[present[0]].text
            r.claim([at], "denial", problem=f"it denies what the row says ({value})")
            continue
        after = re.match(r"[不没无非未别勿免]有?", sentence[start:])
        pair = sentence[start + (after.end() if after else 1) :][:2]
        if (
            at not in r.covered
            and len(pair) == 2
            and pair in text
            and sentence[start : start + 3] not in text
        ):
            r.claim([at], "denial", problem=f"it denies what the row says ({pair})")
