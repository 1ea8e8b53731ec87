"""Slots about items: titles, values and their roles, unknown names, superlatives, promises.

Each slot takes a `Reading`, adds the claims that it finds, and marks their tokens as covered.
"""

import re
from collections.abc import Iterator, Sequence

from shelftalker.data.field_roles import PEOPLE, role_of
from shelftalker.data.item_types import TITLE_GENRES
from shelftalker.data.values import display_title, same_value, texts_of
from shelftalker.language.aliases import SYNONYMS, TRANSLATIONS
from shelftalker.language.sentences import sentences_of
from shelftalker.language.stems import stem, stems_of
from shelftalker.writing.verifier.attribution import CREATORS
from shelftalker.writing.verifier.facts import has
from shelftalker.writing.verifier.reading import PICK, Reading
from shelftalker.writing.verifier.tokens import SentenceToken

GENRES = frozenset(
    word for name in (*SYNONYMS, *(w for forms in SYNONYMS.values() for w in forms), *TITLE_GENRES)
    for word in (name, f"{name}s") if " " not in name and name not in ("us", "history", "children")
)  # fmt: skip
_ACTIVE = frozenset({"directs", "directed", "direct", "wrote", "writes"})
_LISTED = frozenset({"and", ",", "&", "、", "和", "与", "及"})


def titles(r: Reading) -> None:
    """Titles of the pick and of the history."""
    for at, token in enumerate(r.tokens):
        if token.kind == "title":
            r.claim([at], "title", "title")


def values(r: Reading) -> None:
    """Names and values: each is in the row of the item that it is said of, in the role that the
    words around it give; what is shared is in all rows."""
    for at, token in enumerate(r.tokens):
        if token.kind not in ("fact", "theirs") or at in r.covered:
            continue
        if token.kind == "theirs" and set(stems_of(token.text)) <= r.known.row_words:
            continue
        ordinary = token.text.islower() and (token.roles <= PEOPLE or r.folded(at - 1) == "your")
        if ordinary:
            continue  # the surname `Good` is no `good`
        owner = r.owner(at)
        shares = r.sharing(at) or (owner == PICK and _likened(r, at))
        owners = {owner, *([PICK, *r.pasts] if shares else ())}
        missing = [one for one in owners if not states(r, one, token)]
        lacking = display_title(r.known.item(missing[0]).title) if missing else ""
        r.claim([at], "value", "/".join(sorted(token.roles)),
                f"{lacking} does not have {token.text}" if missing else "")  # fmt: skip
    _kinds(r)
    for group in _names(r):
        expectations = _expected(r, group)
        if not expectations or any("cast" in expected for expected in expectations):
            _named_in_text(r, group)
        for expected in expectations:
            for at in group:
                roles = _roles_in(r, r.owner(at), r.tokens[at].text)
                if not roles & expected:
                    problem = f"{r.tokens[at].text} is not the {'/'.join(sorted(expected))}"
                    r.claim([at], "role", problem=problem)


def _kinds(r: Reading) -> None:
    """`These are gel pens too`: the product named beside them is of that kind as well."""
    titles = r.known.facts.title_words
    for at, token in enumerate(r.tokens):
        shares = r.sharing(at) or (r.pasts and _likened(r, at))
        if token.kind == "word" and at not in r.covered and shares and stem(token.folded) in titles:
            for past in r.pasts:
                item = r.known.item(past)
                if stem(token.folded) not in stems_of(f"{item.title} {item.text}"):
                    r.claim([at], "kind", problem=f"{item.title} is no {token.text}")


def _named_in_text(r: Reading, group: list[int]) -> None:
    """A person beside words of the text: a sentence of the text has to say it of that person."""
    if not r.tokens[group[0]].roles <= PEOPLE:
        return
    inside = [n for n in r.in_clause(group[0]) if n not in r.covered and r.tokens[n].kind == "word"]
    words = {stem(r.folded(n)) for n in inside if len(r.folded(n)) > 3}
    for line in sentences_of(r.known.facts.item.text):
        if (shared := words & set(stems_of(line))) and r.tokens[group[0]].text not in line:
            said = next(iter(shared))
            problem = f"the text does not say {said!r} of {r.tokens[group[0]].text}"
            r.claim([group[0]], "role", problem=problem)


def _likened(r: Reading, at: int) -> bool:
    """`It is a war film, like Heat`: what stands before `like` is said of both."""
    likes = [n for n in range(len(r.tokens)) if r.folded(n) == "like" and n + 1 in r.mentions]
    return any(n > at or n == 0 for n in likes)


def states(r: Reading, owner: int, token: SentenceToken) -> bool:
    """Whether an item, or one that a part of a title may mean, has a value or title detail."""
    if owner == PICK and token.kind == "fact":
        return True
    for one in (owner, *r.alike.get(owner, ())):
        item = r.known.item(one)
        words = set(stems_of(f"{item.title} {item.text}"))
        if has(item, token.text) or ("title" in token.roles and set(stems_of(token.text)) <= words):
            return True
    return False


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
    fields = r.known.item(owner).attributes.items()
    return {role_of(f) for f, v in fields if any(same_value(name, text) for text in texts_of(v))}


def _expected(r: Reading, group: list[int]) -> list[frozenset[str]]:
    """What the words before and after a list of names say that each of them is."""
    after = _after(r, group[-1] + 1)
    before = _before(r, group[0] - 1) if not (after and r.language == "zh") else []
    return [*before, *after]


def _cues(r: Reading, at: int) -> list[frozenset[str]]:
    """The roles that the word at a position gives."""
    if not 0 <= at < len(r.tokens) or r.tokens[at].kind != "word":
        return []
    if r.language == "zh":
        text = r.s.sentence[r.tokens[at].start :]
        by = r.words.by("roles").items()
        return [frozenset({role}) for role, cues in by if any(text.startswith(c) for c in cues)]
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
    place = at - 1 if by or r.folded(at) in ("is", "are", "是", ":", "：") else at
    found: list[frozenset[str]] = []
    while place >= 0 and (cue := _cues(r, place)):
        if not by and r.folded(place) in _ACTIVE and not found:
            return []  # whom somebody directs
        found += cue
        place -= 2 if r.folded(place - 1) in _LISTED else 1
        if r.language == "zh" and r.folded(place) in _LISTED:
            place -= 1
    return found or ([CREATORS] if by and r.language == "en" else [])


def _after(r: Reading, at: int) -> list[frozenset[str]]:
    """`X directs`, `X and Y are in the cast`, `X's film`, `X执导`."""
    if r.folded(at) in ("'s", "’", "'"):
        rest = [r.folded(n) for n in range(at + 1, at + 5)]
        titles = (t.kind == "title" for t in r.tokens[at + 1 : at + 4])
        owns = any(titles) or bool({*rest} & (r.words["creators"] | r.words["films"]))
        return [CREATORS] if owns else []
    start = at
    while r.folded(at) in r.words["role_links"] and at - start < 4:
        at += 1
    found: list[frozenset[str]] = []
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


def strong_words(r: Reading) -> None:
    """Names that no row has, genres that the item has not, promises, superlatives."""
    known = r.known.row_words | set(stems_of(" ".join(r.known.item(p).title for p in r.pasts)))
    for at, token in enumerate(r.tokens):
        if token.kind != "word" or at in r.covered:
            continue
        if problem := _strong(r, at, known):
            r.claim([at], "name" if token.text[:1].isupper() else "word", problem=problem)


def _strong(r: Reading, at: int, known: Sequence[str] | set[str] | frozenset[str]) -> str:
    word = r.folded(at)
    if r.language == "zh":
        text = r.s.sentence[r.tokens[at].start :]
        for kind in ("promises", "superlatives"):
            usual = any(text.startswith(w) for w in r.words["not_superlative"])
            found = next((w for w in r.words[kind] if text.startswith(w)), "")
            told = kind != "promises" and found in r.known.item(PICK).text
            if found and not usual and not told:
                return f"no row shows it ({found})"
        value = next((w for w in TRANSLATIONS["zh"].values() if text.startswith(w)), "")
        if len(value) > 1 and not has(r.known.item(PICK), value):
            return f"the row does not say {value}"
        return ""
    if word in ("i", "me", "my"):
        return "it speaks of its writer"
    if word in r.words["promises"]:
        return f"it promises something ({word})"
    in_row = stem(word) in known or word in known
    if in_row:
        return ""
    superlative = re.fullmatch(r"[a-z]{3,}est", word) and word not in r.words["not_superlative"]
    if superlative or word in r.words["superlatives"]:
        return f"no row shows it ({word})"
    if word in GENRES and r.known.facts.kind != "thing":
        return f"the row does not say {word}"
    starts = (
        at == 0
        or r.tokens[at - 1].text in ":：.\"“‘'«"
        or not any(t.kind != "mark" for t in r.tokens[:at])
    )
    if r.tokens[at].text[:1].isupper() and not starts and word not in ("i", "i'm", "i'd"):
        asked = {form for w in stems_of(r.known.facts.request.message) for form in (w,)}
        return "" if stem(word) in asked else f"no row has the name {r.tokens[at].text}"
    return ""
