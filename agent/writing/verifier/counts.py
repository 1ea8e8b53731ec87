"""Slots that count: what the visitor did (`the 25 films you've rated`, `none of your 12 views`),
the pieces of a set (`a pair`), and shares (`half of it is nylon`, `twice as many as the blue`).
"""

import re

from shelftalker.language.numerals import NUMBER, value
from shelftalker.language.stems import stem, stems_of
from shelftalker.writing.history import Past, shows
from shelftalker.writing.verifier.facts import PICK, has
from shelftalker.writing.verifier.reading import Reading
from shelftalker.writing.verifier.slots import GENRES
from shelftalker.writing.verifier.words_of import words_of

_COUNTED = re.compile(
    rf"\b(?P<number>{NUMBER})(?: of (?:the|your))? (?P<noun>[a-z]+s) (?:that )?"
    rf"you(?:['’]ve| have)? (?:already )?(?P<deed>[a-z]+)"
    rf"|\byour (?P<own>{NUMBER}) (?P<deeds>ratings|purchases|views)\b",
    re.IGNORECASE,
)
_NONE = re.compile(
    r"(?:\bnot one|\bnone|\bnothing|\bno \w+)(?: of| among)?(?: the)? ?$", re.IGNORECASE
)
_SINGLE = re.compile(
    r"(?P<denied>(?:is|are|was|were)n['’]t |not |no )?(?:\ba single|\b(?:only|just|exactly) one)\b",
    re.IGNORECASE,
)
_SOME = re.compile(r"\b\w+ of (?:the )?$", re.IGNORECASE)
_SETS = {"pair": 2.0, "twin": 2.0, "duo": 2.0, "single": 1.0}
COUNTS = words_of("en")["counts"] | words_of("zh")["counts"]
"""Nouns that count pieces: `12 Count`, `Pack of 3`."""
_FACTORS = {"half": 0.5, "twice": 2.0, "double": 2.0, "triple": 3.0}


def sets(r: Reading) -> None:
    """`A pair of cartridges`, `a single marker`: the row says so, or has that number."""
    rows = r.facts.quantities(PICK)
    for at in r.found(frozenset(_SETS)) if r.facts.kind == "thing" and r.language == "en" else ():
        known = stem(r.folded(at)) in r.facts.row_words
        if at not in r.covered and not known and all(q.value != _SETS[r.folded(at)] for q in rows):
            r.claim([at], "number", problem=f"no row says {r.folded(at)}")


def counted_history(r: Reading) -> None:
    """What the visitor did so many times, and that none of it has a value that is named."""
    if r.language == "zh":
        return
    for match in _COUNTED.finditer(r.sentence):
        needs = _needs(r, match)
        if not needs:
            continue
        counted = [past for past in r.facts.history if any(shows(past, one) for one in needs)]
        noun = match["noun"] or ""
        counted = [past for past in counted if not noun or _is_called(r, past, noun)]
        before = r.sentence[: match.start()]
        places = r.places(*match.span())
        wrong = len(counted) != value((match["number"] or match["own"]).lower())
        problem = f"the history has {len(counted)} of that" if wrong else ""
        if _NONE.search(before):
            named = [n for n in _named(r, places[-1]) if n > places[-1]]
            any_has = any(has(p.item, r.tokens[n].text) for p in counted for n in named)
            problem = "some of the history has that" if any_has or not named else problem
            places += [n for n in r.in_clause(places[0]) if n < places[0]] + named
        elif single := _SINGLE.search(r.sentence, match.end()):
            named = _named(r, places[-1])
            held = [p for p in counted if any(has(p.item, r.tokens[n].text) for n in named)]
            denied = single["denied"] is not None
            problem = "the history has another number of that" if len(held) == denied else problem
            problem = problem or ("" if named else "no row counts that")
            places += [*named, *r.places(*single.span())]
        elif _SOME.search(before):
            problem = "no row counts which of them"
        r.claim(places, "history", "history", problem)


def _named(r: Reading, at: int) -> list[int]:
    """The places of the values and genres in the clause of a position."""
    inside = r.in_clause(at)
    return [n for n in inside if r.tokens[n].is_value] + r.found(GENRES, inside)


def _needs(r: Reading, match: re.Match[str]) -> set[str]:
    if match["deeds"]:
        return {stem(match["deeds"])}
    word = match["deed"].lower()
    return {need for need, words in r.words.by("events").items() if word in words}


def _is_called(r: Reading, past: Past, noun: str) -> bool:
    """Whether an item of the history is one of what is counted: any `films`, or its genre."""
    plain = r.words["films"].union(*r.words.by("nouns").values(), ("things", "titles"))
    values = (str(value) for value in past.item.attributes.values())
    own = stems_of(" ".join([past.item.title, past.item.text, *values]))
    said = noun.lower()
    return said in plain or said.removesuffix("s") in plain or stem(said) in own


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
