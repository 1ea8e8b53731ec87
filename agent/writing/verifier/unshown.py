"""The slot about what rows do not have, however it is worded: who plays which part, what the
visitor owns, where a story is set; in Chinese a colour, material or origin that the row has not.
"""

import re

from shelftalker.data.field_roles import PEOPLE
from shelftalker.writing.history import shows
from shelftalker.writing.verifier.reading import Reading
from shelftalker.writing.verifier.words_of import compiled, rows_of

_BESIDE = 3
"""Words between a name and what it is said to play."""


def unshown(r: Reading) -> None:
    """No row says it, unless the text of the item does."""
    if r.language == "zh":
        _unshown_zh(r)
        return
    for match in _pattern("en", "parts").finditer(r.sentence):
        places = r.places(*match.span())
        beside = range(max(0, places[0] - _BESIDE), min(len(r.tokens), places[-1] + _BESIDE))
        person = any(r.tokens[n].roles & PEOPLE for n in beside)
        if person and match[0].casefold() not in r.facts.item.text.casefold():
            r.claim(places, "role", problem=f"no row says who plays what ({match[0]})")
    for at, token in enumerate(r.tokens):
        before = r.run(at - 3, at)
        set_in = before[-1] == "in" or before[-2:] == ["in", "the"]
        if token.roles == {"country"} and set_in and {"set", "place", "unfolds"} & set(before):
            r.claim([at], "value", problem=f"no row says that it is set in {token.text}")
        if r.folded(at - 1) == "your" and (problem := _owned(r, at)):
            r.claim([at - 1], "visitor", problem=problem)


def _owned(r: Reading, at: int) -> str:
    """Why `your X` says what the visitor has; empty where they bought it, or rated it."""
    if at in r.mentions:
        kinds = ("purchase", "rating", "positive", "play")
        had = any(shows(r.facts.history[r.mentions[at]], kind) for kind in kinds)
        return "" if had else "no event shows that the user has it"
    token = r.tokens[at]
    named = token.is_value and token.roles & {"brand", "title"}
    return f"it says what the user's is ({token.text})" if named else ""


def _unshown_zh(r: Reading) -> None:
    row = r.facts.item.embedding_text() + r.facts.request.message
    others = "".join(past.item.embedding_text() for past in r.facts.history) if r.pasts else ""
    for match in _pattern("zh", "qualities").finditer(r.sentence):
        name, said = next((k, v) for k, v in match.groupdict().items() if v)
        usual = said in r.words["not_qualities"]
        usual = usual or any(r.tokens[n].is_value for n in r.places(*match.span()))
        if not usual and said not in row and said not in others:
            problem = f"the row does not say {match[0]}"
            r.claim(r.places(*match.span(name)), "value", problem=problem)
    for match in _pattern("zh", "parts").finditer(r.sentence):
        if match[0] not in row:
            problem = f"no row says that ({match[0]})"
            r.claim(r.places(*match.span()), "role", problem=problem)


def _pattern(language: str, name: str) -> re.Pattern[str]:
    return compiled(rows_of(language)["unshown"][name])
