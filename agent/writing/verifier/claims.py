"""`Claim`, one thing that a sentence claims, and where the sentence claims it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Claim:
    """`span`: places of its first character and after its last; `supported_by`: the rows that show
    it; `problem`: why none does, else empty."""

    span: tuple[int, int]
    text: str
    kind: str
    supported_by: str = ""
    problem: str = ""
