"""The slot about the words beside a value: they say of which kind it is, and in which role.

`made of` takes a material and `comes from` a place or a maker; who stands after `directed by` or
before `stars` has that role in the row. `words/grammar.yaml` has the kinds of fields, the words
before each kind, and the patterns around people and makers. Values of fields without a kind, and
values beside other words, are not judged here.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

from shelftalker.data.field_roles import PEOPLE, chinese_role_words, role_of, words_in
from shelftalker.data.values import same_value, texts_of
from shelftalker.language.sentences import sentences_of
from shelftalker.language.stems import stem, stems_of
from shelftalker.writing.verifier.facts import content_of
from shelftalker.writing.verifier.quantities import RowQuantity
from shelftalker.writing.verifier.reading import Reading
from shelftalker.writing.verifier.tokens import SentenceToken
from shelftalker.writing.verifier.words_of import rows_of, words_of

Roles = frozenset[str]
CREATORS = frozenset({"director", "author", "writer", "artist", "brand", "publisher"})
_LISTED = frozenset({",", "and", "or", "&", "、", "和", "与", "及"})
_BETWEEN = frozenset({"a", "an", "the", "its", "only", "just", "also", "about", "around", "pure"})
_MEASURES = {"mass": "weight", "time": "duration", "length": "size", "volume": "size",
             "page": "pages"}  # fmt: skip
_NUMBERS = frozenset({"rating", "count", "pages"})
"""Kinds of numbers: after words that take no other, a value is not judged."""
_OF_NUMBERS = _NUMBERS | {"price", "duration", "date", "weight", "size"}
_OF_ALL = frozenset({"of", "at", "for", "to", "with", "by", "under", "over"})
"""Words that a number of any kind stands after."""
_COPULAS = frozenset({"is", "are", "was", "were", ":", "是", "为", "：", "有"})


def kinds(r: Reading) -> None:
    """No value stands after words that take another kind."""
    for at, token in enumerate(r.tokens):
        if not token.is_value or at in r.covered:
            continue
        own = kinds_of_value(token)
        head, wanted = taken_before(r, at)
        held = not own or wanted <= _NUMBERS or bool(own & wanted)
        if held or _is_modifier(r, at, own) or _in_text(r, head, token):
            continue
        is_ = " and ".join(sorted(own))
        problem = f"the row has {token.text} as {is_}, which does not stand after {head!r}"
        r.claim([at], "value", problem=problem)


def kinds_of_value(token: SentenceToken) -> Roles:
    """The kinds of the fields that hold a value; none where one of them has no kind."""
    kinds = [kind_of_field(role) for role in token.roles]
    return frozenset(kinds) if all(kinds) else frozenset()


@lru_cache(maxsize=1024)
def kind_of_field(name: str) -> str:
    """The kind of a field by its role or its name; empty where it has none."""
    known = {name, role_of(name), *words_in(name)}
    kinds = rows_of("grammar")["kinds"].items()
    return next((kind for kind, names in kinds if known.intersection(names.split())), "")


def kind_of_quantity(q: RowQuantity) -> str:
    """The kind of a number of the row: by its field, its unit, or what it counts."""
    counted = "count" if q.noun and not q.role else ""
    return kind_of_field(q.role) or _MEASURES.get(q.measure, counted)


def taken_by(r: Reading, q: RowQuantity) -> tuple[Roles, list[int]]:
    """The kinds that the words before a number take, or the currency after it, and the places of
    the words that say nothing else: `weighs`. Of a number with a unit or a noun, only where the
    words take one kind."""
    places = r.places(q.start, q.end)
    after = r.tokens[places[-1] + 1 : places[-1] + 2]
    head, wanted = taken_before(r, places[0])
    if any(kinds_of_value(token) == {"currency"} for token in after):
        wanted = frozenset({"price"})
    elif q.noun or head in _OF_ALL or r.folded(places[0] - 1) in _LISTED:
        return frozenset(), []
    one = len(wanted) == 1 and (not q.measure or wanted <= set(_MEASURES.values()))
    if not wanted & _OF_NUMBERS or (q.measure and not one):
        return frozenset(), []
    verb = [n for n in (places[0] - 1,) if one and r.folded(n) == head]
    return wanted, verb


def taken_before(r: Reading, at: int) -> tuple[str, Roles]:
    """The words that a value stands after, and the kinds that they take; the values of a list stand
    after the same words."""
    while r.folded(at - 1) in _LISTED and r.tokens[at - 2].is_value:
        at -= 2
    if kind := _field_named(r, at):
        return kind, frozenset({kind})
    heads = _heads(r.language)
    if r.language == "zh":
        before_it = r.sentence[: r.tokens[at].start]
        head = next((one for one in heads if before_it.endswith(one)), "")
        return head, heads.get(head, frozenset())
    start = at
    while start and r.clause[start - 1] == r.clause[at] and r.tokens[start - 1].kind == "word":
        start -= 1
    before = r.run(max(start, at - 5), at)
    while before:
        ends = (" ".join(before[-size:]) for size in (3, 2, 1))
        if head := next((end for end in ends if end in heads), ""):
            return head, heads[head]
        if before.pop() not in _BETWEEN:
            break
    return "", frozenset()


def _field_named(r: Reading, at: int) -> str:
    """The kind of the field that the sentence names: `its brand is`, `品牌是`."""
    if r.folded(at - 1) not in _COPULAS:
        return ""
    if r.language == "zh":
        before = r.sentence[: r.tokens[at - 1].start]
        names = " ".join(rows_of("grammar")["kinds"].values()).split()
        named = (n for n in (*names, *chinese_role_words()) if not n.isascii())
        return kind_of_field(next((n for n in named if before.endswith(n)), ""))
    noun = r.folded(at - 2)
    own = r.folded(at - 3) in ("the", "its", "whose", "")
    return kind_of_field(stem(noun)) or kind_of_field(noun) if own else ""


def _is_modifier(r: Reading, at: int, kinds: Roles) -> bool:
    """Whether a noun follows that the value describes: `with a Brook lid`."""
    token = r.tokens[at]
    if re.match("['’]s ", r.sentence[token.end :]):
        return True  # `in Mann's thriller`
    described = kinds & set(rows_of("grammar")["modifiers"].split())
    if r.language == "zh" or not described or at + 1 >= len(r.tokens):
        return False
    after = r.tokens[at + 1]
    nouns = r.words["films"].union(*r.words.by("nouns").values())
    plain = after.folded in nouns or not (r.is_connecting(after) or r.is_name(at + 1))
    named = after.kind == "word" and plain and after.text[:1].isalpha()
    return named or after.is_value


def _in_text(r: Reading, head: str, token: SentenceToken) -> bool:
    """Whether the text of the item has the same words before the value."""
    space = "" if r.language == "zh" else " "
    return f"{head}{space}{token.text}".casefold() in r.facts.item.text.casefold()


@lru_cache(maxsize=2)
def _heads(language: str) -> dict[str, Roles]:
    """By words, the kinds that they take; the longest first."""
    found: dict[str, Roles] = {}
    for kind, heads in rows_of("grammar")[language].items():
        for head in filter(None, map(str.strip, heads.split(","))):
            found[head] = found.get(head, frozenset()) | {kind}
    return dict(sorted(found.items(), key=lambda one: -len(one[0])))


def roles(r: Reading) -> None:
    """The people and makers that stand together have the roles that the sentence gives them."""
    for group in _groups(r):
        before, after = _given(r, group, "before"), _given(r, group, "after")
        given = after or before if r.language == "zh" else [*before, *after]
        if not given or any("cast" in one for one in given):
            _named_in_text(r, group)
        if r.tokens[group[0]].roles <= PEOPLE and _matched(r, group, "refused", bool(given)):
            r.claim(group, "role", problem=f"no fact is about {r.tokens[group[0]].text}")
        for wanted in given:
            for at in group:
                _hold(r, [at], wanted)
        for wanted in _given(r, group, "later"):
            _hold(r, group, wanted)


def _hold(r: Reading, names: list[int], wanted: Roles) -> None:
    """A problem where none of the names has a wanted role."""
    for n in names:
        for field, value in r.facts.row(r.owner(n)).attributes.items():
            texts = texts_of(value) if role_of(field) in wanted else ()
            if any(same_value(r.tokens[n].text, text) for text in texts):
                return
    problem = f"{r.tokens[names[-1]].text} is not the {'/'.join(sorted(wanted))}"
    r.claim(names, "role", problem=problem)


def _named_in_text(r: Reading, group: list[int]) -> None:
    """A person beside words of the text: a sentence of the text has to say it of that person."""
    name = r.tokens[group[0]]
    if not name.roles <= PEOPLE:
        return
    inside = [n for n in r.in_clause(group[0]) if n not in r.covered and r.tokens[n].kind == "word"]
    words = set(content_of([stem(r.folded(n)) for n in inside if len(r.folded(n)) > 3]))
    for line in sentences_of(r.facts.item.text):
        if (shared := words & set(stems_of(line))) and name.text not in line:
            problem = f"the text does not say {min(shared)!r} of {name.text}"
            r.claim([group[0]], "role", problem=problem)


def _groups(r: Reading) -> Iterator[list[int]]:
    """Positions of the people and makers that stand together in a list."""
    group: list[int] = []
    for at, token in enumerate(r.tokens):
        named = token.is_value and token.roles & (PEOPLE | {"brand", "publisher"})
        two = token.text == "," and r.folded(at + 1) == "and" and len(group) == 1
        if named:  # not in one list: `stars X, and Y is the director`
            group.append(at)
        elif group and (two or token.folded not in _LISTED - {"or"} or at + 1 == len(r.tokens)):
            yield group
            group = []
    if group:
        yield group


_GIVEN = {"creators": CREATORS, "origin": CREATORS | {"country"},
          "cast": frozenset({"cast", "artist"})}  # fmt: skip


def _given(r: Reading, group: list[int], side: str) -> list[Roles]:
    """What the words on a side of a list of names say that each of them is."""
    match = _matched(r, group, side)
    found = match.groupdict() if match else {}
    if not (told := found.get("cues") or found.get("noun")):
        return [_GIVEN[name] for name, text in found.items() if text and name in _GIVEN]
    cues, roles = re.findall(_listed(r.language, "cue"), told), r.words.by("roles").items()
    given = (frozenset(role for role, words in roles if cue in words) for cue in cues)
    return [one for one in given if one]


def _matched(
    r: Reading, group: list[int], side: str, has_role: bool = False
) -> re.Match[str] | None:
    """The first pattern of a side that the sentence fits."""
    tags = [_tagged(r, n) for n in range(len(r.tokens))]
    tags[group[0] : group[-1] + 1] = ["R" * has_role + "V"]
    text = ("" if r.language == "zh" else " ").join(tags)
    return next((m for one in _patterns(r.language).get(side, ()) if (m := one.search(text))), None)


def _tagged(r: Reading, at: int) -> str:
    """A token as patterns have it: a word, or a letter for what it is."""
    token = r.tokens[at]
    counted = any(q.end <= token.start <= q.end + 2 for q in r.numbers)
    if counted and token.folded in r.words["stars"]:
        return "N"
    tags = {"title": "T", "past": "P", "fact": "F", "theirs": "F", "number": "N"}
    return tags.get(token.kind, token.folded)


@lru_cache(maxsize=2)
def _patterns(language: str) -> dict[str, list[re.Pattern[str]]]:
    return {
        side: [
            re.compile(re.sub(r"@(\w+)", lambda m: _listed(language, m[1]), p)) for p in patterns
        ]
        for side, patterns in rows_of("grammar")["around"][language].items()
    }


def _listed(language: str, name: str) -> str:
    """A list of words that patterns name, as a pattern."""
    words = words_of(language)
    cues = frozenset().union(*words.by("roles").values())
    lists = {"cue": cues, "plain": cues - words["active"], "listed": _LISTED - {"or"}}
    forms = [_ONLY_BEFORE_BY.get(w, re.escape(w)) for w in lists.get(name, words[name])]
    whole = "(?:{})" if language == "zh" else r"(?<!\S)(?:{})(?!\S)"
    return whole.format("|".join(sorted(forms, key=len, reverse=True)))


_ONLY_BEFORE_BY = {"published": "published(?= by)"}
