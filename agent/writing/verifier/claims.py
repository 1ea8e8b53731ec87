"""`Claim`, one thing that a sentence claims, and where the sentence claims it."""

from dataclasses import dataclass

from shelftalker.writing.verifier.sentence import Sentence


@dataclass(frozen=True, slots=True)
class Claim:
    """`span`: places of its first character and after its last; `supported_by`: the rows that show
    it; `problem`: why none does, else empty."""

    span: tuple[int, int]
    text: str
    kind: str
    supported_by: str = ""
    problem: str = ""


def claims_of(s: Sentence) -> tuple[Claim, ...]:
    """What a sentence names: titles, values, numbers and words of the request."""
    return tuple(
        Claim((t.start, t.start + len(t.text)), t.text, t.kind)
        for t in s.tokens
        if t.kind not in ("word", "mark")
    )
