"""Slots that count: what the visitor did (`the 25 films you've rated`, `none of your 12 views`),
and the pieces of a set (`a pair`).
"""

import re

from shelftalker.language.numerals import NUMBER, value
from shelftalker.language.stems import stem, stems_of
from shelftalker.writing.history import Past, shows
from shelftalker.writing.verifier.facts import has
from shelftalker.writing.verifier.reading import PICK, Reading
from shelftalker.writing.verifier.slots import GENRES

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
_DEEDS = {"ratings": "rating", "purchases": "purchase", "views": "view"}
_SETS = {"pair": 2.0, "twin": 2.0, "duo": 2.0, "single": 1.0}


def sets(r: Reading) -> None:
    """`A pair of cartridges`, `a single marker`: the row says so, or has that number."""
    rows = r.facts.quantities(PICK)
    for at in r.found(frozenset(_SETS)) if r.facts.kind == "thing" and r.language == "en" else ():
        known = stem(r.folded(at)) in r.facts.row_words
        if at in r.covered or known or any(q.value == _SETS[r.folded(at)] for q in rows):
            continue
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
    return [n for n in inside if r.tokens[n].kind in ("fact", "theirs")] + r.found(GENRES, inside)


def _needs(r: Reading, match: re.Match[str]) -> set[str]:
    if match["deeds"]:
        return {_DEEDS[match["deeds"].lower()]}
    word = match["deed"].lower()
    return {need for need, words in r.words.by("events").items() if word in words}


def _is_called(r: Reading, past: Past, noun: str) -> bool:
    """Whether an item of the history is one of what is counted: any `films`, or its genre."""
    plain = r.words["films"].union(*r.words.by("nouns").values(), ("things", "titles"))
    values = (str(value) for value in past.item.attributes.values())
    own = stems_of(" ".join([past.item.title, past.item.text, *values]))
    said = noun.lower()
    return said in plain or said.removesuffix("s") in plain or stem(said) in own
