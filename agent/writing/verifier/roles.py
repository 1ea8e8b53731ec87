"""Slots about people and makers: each has the role that the words around the name give it.

Each slot takes a `Reading`, adds the claims that it finds, and marks their tokens as covered.
"""

from collections.abc import Iterator

from shelftalker.data.field_roles import PEOPLE, role_of
from shelftalker.data.values import same_value, texts_of
from shelftalker.language.sentences import sentences_of
from shelftalker.language.stems import stem, stems_of
from shelftalker.writing.verifier.reading import Reading

CREATORS = frozenset({"director", "author", "writer", "artist", "brand", "publisher"})
_LISTED = frozenset({"and", ",", "&", "、", "和", "与", "及"})


def roles(r: Reading) -> None:
    """The people and makers that stand together have the roles that the sentence gives them."""
    for group in _names(r):
        expectations = _expected(r, group)
        if not expectations or any("cast" in expected for expected in expectations):
            _named_in_text(r, group)
        if problem := _unfit(r, group, bool(expectations)):
            r.claim(group, "role", problem=problem)
        for expected in expectations:
            for at in group:
                roles = _roles_in(r, r.owner(at), r.tokens[at].text)
                if not roles & expected:
                    problem = f"{r.tokens[at].text} is not the {'/'.join(sorted(expected))}"
                    r.claim([at], "role", problem=problem)


def _unfit(r: Reading, group: list[int], has_role: bool) -> str:
    """Why a list of people has no place where it stands: rows tell of items, not of people, so
    nothing is `about X` or `a history of X`, and no X `is French`."""
    name = r.tokens[group[0]]
    if not name.roles <= PEOPLE:
        return ""
    before, after = r.folded(group[0] - 1), group[-1] + 1
    denied = r.found(r.words["negations"], range(after, after + 2))
    belongs = before == "to" and r.folded(group[0] - 2) in ("belongs", "belong")
    place = before in r.words["not_of_people"] and not (has_role and before == "of")
    if denied or belongs or place:
        return f"no fact is about {name.text}"
    if r.folded(after) == "," and r.folded(after + 1) == "from":
        return f"no row says where {name.text} is from"
    states = [] if has_role else r.found(r.words["states_of_items"], [after])
    told = any(r.tokens[n].kind in ("fact", "number") for n in r.in_clause(group[0]) if n >= after)
    return f"no fact is about {name.text}" if states and told and before != "is" else ""


def _named_in_text(r: Reading, group: list[int]) -> None:
    """A person beside words of the text: a sentence of the text has to say it of that person."""
    if not r.tokens[group[0]].roles <= PEOPLE:
        return
    inside = [n for n in r.in_clause(group[0]) if n not in r.covered and r.tokens[n].kind == "word"]
    words = {stem(r.folded(n)) for n in inside if len(r.folded(n)) > 3}
    for line in sentences_of(r.facts.item.text):
        if (shared := words & set(stems_of(line))) and r.tokens[group[0]].text not in line:
            said = next(iter(shared))
            problem = f"the text does not say {said!r} of {r.tokens[group[0]].text}"
            r.claim([group[0]], "role", problem=problem)


def _names(r: Reading) -> Iterator[list[int]]:
    """Positions of the people and makers that stand together in a list."""
    group: list[int] = []
    for at, token in enumerate(r.tokens):
        if token.kind in ("fact", "theirs") and token.roles & (PEOPLE | {"brand", "publisher"}):
            group.append(at)
        elif group and token.folded in _LISTED and at + 1 < len(r.tokens):
            if len(group) == 1 and token.text == "," and r.folded(at + 1) == "and":
                yield group  # `stars X, and Y is the director`
                group = []
        elif group:
            yield group
            group = []
    if group:
        yield group


def _roles_in(r: Reading, owner: int, name: str) -> set[str]:
    fields = r.facts.row(owner).attributes.items()
    return {role_of(f) for f, v in fields if any(same_value(name, text) for text in texts_of(v))}


def _expected(r: Reading, group: list[int]) -> list[frozenset[str]]:
    """What the words before and after a list of names say that each of them is."""
    after = _after(r, group[0], group[-1] + 1)
    before = _before(r, group[0] - 1) if not (after and r.language == "zh") else []
    return [*before, *after]


def _cues(r: Reading, at: int) -> list[frozenset[str]]:
    """The roles that the word at a position gives."""
    if not 0 <= at < len(r.tokens) or r.tokens[at].kind != "word":
        return []
    if r.language == "zh":
        by = r.words.by("roles").items()
        return [frozenset({role}) for role, cues in by if r.beginning(at, cues)]
    if r.folded(at) == "published" and r.folded(at + 1) != "by":
        return []
    roles = {role for role, cues in r.words.by("roles").items() if r.folded(at) in cues}
    counted = r.folded(at) in r.words["stars"] and any(
        q.end <= r.tokens[at].start <= q.end + 2 for q in r.numbers)  # fmt: skip
    return [frozenset(roles)] if roles and not counted else []


def _before(r: Reading, at: int) -> list[frozenset[str]]:
    """`directed by X`, `starring X`, `written and directed by X`, `by X`."""
    at -= r.folded(at) in ("the", "a", "an")
    by = r.folded(at) in ("by", "由")
    linked = r.folded(at) in ("is", "are", "是", ":", "：", ",")
    place = at - 1 if by or linked else at
    if linked and (noun := _noun_before(r, at)) is not None:
        return _cues(r, noun)
    if r.folded(at) == ",":
        return []
    found: list[frozenset[str]] = []
    while place >= 0 and (cue := _cues(r, place)):
        if not by and r.folded(place) in r.words["active"] and not found:
            return []  # whom somebody directs
        found += cue
        place -= 2 if r.folded(place - 1) in _LISTED else 1
        if r.language == "zh" and r.folded(place) in _LISTED:
            place -= 1
    return found or ([CREATORS] if by and r.language == "en" else [])


def _noun_before(r: Reading, at: int) -> int | None:
    """`The director of this film is X`, `the director, X`: the place of the noun."""
    start = next((n for n in range(at - 1, -1, -1) if r.clause[n] != r.clause[at - 1]), -1) + 1
    nouns = r.found(r.words["role_nouns"], range(start, at))
    names = any(t.kind in ("fact", "theirs") for t in r.tokens[start:at])
    if not nouns or names or (r.folded(at) == "," and nouns[-1] != at - 1):
        return None
    return nouns[-1]


def _after(r: Reading, first: int, at: int) -> list[frozenset[str]]:
    """`X directs`, `X and Y are in the cast`, `X's film`, `X执导`."""
    if r.folded(at) in ("'s", "’", "'"):
        rest = [r.folded(n) for n in range(at + 1, at + 5)]
        titles = (t.kind == "title" for t in r.tokens[at + 1 : at + 4])
        owns = any(titles) or bool({*rest} & (r.words["creators"] | r.words["films"]))
        return [CREATORS] if owns else []
    if r.folded(at) == "的":
        return [CREATORS] if r.found(r.words["films"], [at + 1]) else []
    alone = r.folded(first - 1) in ("a", "an", "the", "this", "another") or not first
    if alone and r.folded(at) in r.words["films"]:
        return [CREATORS | {"country"}]
    start = at
    while r.folded(at) in r.words["role_links"] and at - start < 4:
        at += 1
    found: list[frozenset[str]] = []
    if at > start and (r.folded(at + 1) == "by" or r.folded(at) in r.words["makes"]):
        return []  # `X is played by Y`
    while (cue := _cues(r, at)) and r.folded(at) not in ("starring", "featuring"):
        found += cue
        linked = r.folded(at + 1) in _LISTED
        at += 2 if linked else 1
        if r.language == "en" and not linked:
            break
    if not found and r.folded(at) in ("in", "on", "join", "joins", "among"):
        names = [r.folded(n) for n in range(at + 1, at + 4)]
        is_in = names[:1] and (
            names[0] in ("it", "this") or r.tokens[at + 1].kind in ("title", "past")
        )
        if r.folded(at) == "in" and ("cast" in names or (is_in and at > start)):
            return [frozenset({"cast", "artist"})]
    return found


def later_roles(r: Reading) -> None:
    """`X directs it and also stars`: the verb's subject is the last person before it."""
    groups = list(_names(r))
    beside = {n for g in groups for n in (*range(g[0] - 4, g[0]), *range(g[-1] + 1, g[-1] + 6))}
    for at in range(len(r.tokens)):
        subjects = [g for g in groups if g[-1] < at and r.clause[g[-1]] >= r.clause[at] - 1]
        if at in beside and not any(
            r.folded(n) in ("and", "who", "he", "she") for n in (at - 1, at - 2)
        ):
            continue
        if r.language == "en" and r.folded(at + 1) != "by" and subjects and (cue := _cues(r, at)):
            if any(g[0] - 3 <= at < g[0] for g in groups):
                continue  # the next name is its object
            name = r.tokens[subjects[-1][-1]].text
            if not any(_roles_in(r, r.owner(n), r.tokens[n].text) & cue[0] for n in subjects[-1]):
                r.claim([at], "role", problem=f"{name} is not the {'/'.join(sorted(cue[0]))}")
