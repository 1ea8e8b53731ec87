"""Slots about shares: `half of it is nylon`, `twice as many as the blue ones`."""

from shelftalker.language.stems import stem
from shelftalker.writing.verifier.reading import PICK, Reading
from shelftalker.writing.verifier.words_of import words_of

COUNTS = words_of("en")["counts"] | words_of("zh")["counts"]
"""Nouns that count pieces: `12 Count`, `Pack of 3`."""
_FACTORS = {"half": 0.5, "twice": 2.0, "double": 2.0, "triple": 3.0}


def claims_ratio(r: Reading, at: int, factor: float = 0.0) -> bool:
    """Claim `half the sheets`, `twice as many`, where the row has that share of what an item that
    is named has."""
    factor, after = factor or _FACTORS.get(r.folded(at), 0.0), r.folded(at + 2)
    if not factor or r.folded(at + 1) not in ("the", "as") or not r.pasts:
        return False
    noun = "" if r.folded(at + 1) == "as" else stem(after)
    for past in r.pasts:
        for one in r.facts.quantities(PICK):
            for other in r.facts.quantities(past):
                same = one.noun == noun == other.noun or (
                    not noun and {one.noun, other.noun} <= COUNTS)  # fmt: skip
                if same and not one.measure and one.value == factor * other.value:
                    r.claim([at, at + 1, at + 2], "difference", "rows")
                    return True
    return False


def fractions(r: Reading) -> None:
    """`half of it is nylon`, `double the pages`: the row has to say it."""
    halves = any(q.value == 0.5 for q in r.facts.quantities(PICK))
    for at in r.found(r.words["fractions"]):
        chinese = r.language == "zh" and r.beginning(at, r.words["fractions"])
        said = chinese or r.folded(at)
        told = said in r.facts.item.text if chinese else stem(said) in r.facts.row_words
        if not chinese and claims_ratio(r, at):
            continue
        if at in r.covered or told or (halves and said == "half"):
            continue
        wished = r.found(r.words["asks"] | r.words["of_user"], r.in_clause(at))  # `half your wish`
        if r.folded(at + 1) != "past" and r.folded(at - 1) != "other" and not wished:
            r.claim([at], "number", problem=f"no row says {said}")
