"""Slots about items: titles, values and their roles, unknown names, superlatives, promises.

Each slot takes a `Reading`, adds the claims that it finds, and marks their tokens as covered.
"""

import re
from collections.abc import Collection

from shelftalker.data.field_roles import PEOPLE, role_of
from shelftalker.data.item_types import TITLE_GENRES
from shelftalker.data.relations import relation_to, relation_words
from shelftalker.data.values import values_in_common
from shelftalker.language.aliases import COUNTRY_ADJECTIVES, SYNONYMS, TRANSLATIONS
from shelftalker.language.stems import stem, stems_of
from shelftalker.writing.verifier.facts import PICK, has
from shelftalker.writing.verifier.reading import Reading
from shelftalker.writing.verifier.tokens import SentenceToken

GENRES = frozenset(
    word for name in (*SYNONYMS, *(w for forms in SYNONYMS.values() for w in forms), *TITLE_GENRES)
    for word in (name, f"{name}s") if " " not in name and name not in ("us", "history", "children")
)  # fmt: skip

COUNTRIES = frozenset(
    name for name, forms in SYNONYMS.items() if not COUNTRY_ADJECTIVES.isdisjoint(forms)
)


def titles(r: Reading) -> None:
    """Titles of the pick and of the history."""
    for at, token in enumerate(r.tokens):
        if token.kind == "title":
            r.claim([at], "title", "title")


def values(r: Reading) -> None:
    """Names and values: each is in the row of the item that it is said of, in the role that the
    words around it give; what is shared is in all rows."""
    for at, token in enumerate(r.tokens):
        if not token.is_value or at in r.covered:
            continue
        if token.kind == "theirs" and set(stems_of(token.text)) <= r.facts.row_words:
            continue
        if token.text.islower() and (token.roles <= PEOPLE or r.folded(at - 1) == "your"):
            continue  # the surname `Good` is no `good`
        owner = r.owner(at)
        if owner == PICK and token.kind == "theirs" and _is_denied(r, at):
            continue
        maker = re.match("['’]s ", r.sentence[token.end :])  # `Oz's film, too`
        shares = not maker and (r.sharing(at) or (owner == PICK and _likened(r, at)))
        owners = {owner, *([PICK, *r.pasts] if shares else ()), *_of_past(r, at)}
        missing = [one for one in owners if not states(r, one, token)]
        before = r.folded(at - 1)
        if token.roles == {"country"} and before == "in" and token.folded in COUNTRY_ADJECTIVES:
            r.claim([at], "value", problem=f"no row says that its language is {token.text}")
        lacks = f"{r.title(missing[0])} does not have {token.text}" if missing else ""
        r.claim([at], "value", "/".join(sorted(token.roles)), lacks)
    _kinds(r)


def _is_denied(r: Reading, at: int) -> bool:
    """Whether a negation stands before a value in its clause: `it has no romance`."""
    if r.language == "zh":
        return r.sentence[: r.tokens[at].start].endswith(("不是", "并非", "不属于", "没有"))
    return bool(r.found(r.words["negations"], [n for n in r.in_clause(at) if at - 5 <= n < at]))


def _of_past(r: Reading, at: int) -> list[int]:
    """The item of the history that a list of names is said to be of: `X and Y, both in Heat`, `X,
    whose Heat you liked`."""
    rest = range(at + 1, len(r.tokens))
    end = next((n for n in rest if not (r.folded(n) in _LISTED or r.tokens[n].roles & PEOPLE)), -1)
    if r.folded(end) not in _OF_PAST or not r.tokens[at].roles & PEOPLE:
        return []
    named = (n for n in rest[end - at :][:5] if n in r.mentions or r.refers_to_pick(n))
    return [r.mentions[n] for n in (next(named, -1),) if n in r.mentions]


def returns(r: Reading) -> None:
    """`Brings Ford back`, `Ford again`: an item of the history has them too."""
    for at, token in enumerate(r.tokens):
        beside = {r.folded(at + 1), r.folded(at - 1)} & r.words["returning"]
        if not (token.roles & PEOPLE and beside and r.facts.history):
            continue
        seen = r.pasts or range(len(r.facts.history))
        if not any(states(r, past, token) for past in seen):
            r.claim([at], "shared", problem=f"no item of the history has {token.text}")


_LISTED = frozenset({",", "and", "&"})
_OF_PAST = frozenset(
    {"both", "all", "whose", "seen", "who", "was", "were", "is", "are", "also", "part"}
)


def relations(r: Reading) -> None:
    """What the pick is to an item of the history: `from the director of Heat` needs a director that
    both have; nothing shows that it `is` Heat, or is `based on` it."""
    spoken_to = r.found(r.words["you"])
    for at, token in enumerate(r.tokens):
        past = token.kind == "past"
        if not past and token.kind != "title":
            continue
        if past and (_ties(r, at) or _states_relation(r, at)):
            continue
        if past and (noun := _role_noun(r, at)) is not None:
            role, other = role_of(r.folded(noun)), r.facts.row(token.past)
            if not values_in_common(r.facts.item, other, role):
                r.claim([noun], "shared", problem=f"{other.title} does not share its {role}")
            continue
        before = [n for n in range(max(0, at - 2), at) if r.tokens[n].text not in _OPENING]
        links = r.words["is_another"] | (r.words["rests_on"] if not spoken_to else frozenset())
        linked = bool(r.found(links, before[-1:]))
        of_past = any(n in r.mentions for n in range(at)) and r.folded(at - 1) not in ("is", "are")
        if linked and (past or of_past):
            r.claim([before[-1]], "relation", problem=f"nothing shows what {token.text} is to it")


def _ties(r: Reading, at: int) -> bool:
    """Claim `More gel pens, after the` and `From the maker of the` before a title of the history:
    both are of that kind, or of one maker."""
    found = _TIE.search(r.sentence, 0, r.tokens[at].start)
    if found is None:
        return False
    own, other = r.facts.item, r.facts.row(r.tokens[at].past)
    shared = bool(values_in_common(own, other, "brand"))
    if found["kind"]:
        rows = (stems_of(f"{one.title} {' '.join(map(str, one.attributes.values()))}")
                for one in (own, other))  # fmt: skip
        shared = all(set(stems_of(found["kind"])) <= set(row) for row in rows)
    problem = "" if shared else f"{r.title(r.tokens[at].past)} does not share that"
    r.claim(r.places(*found.span()), "shared", "rows", problem)
    return True


_TIE = re.compile(
    r"(?:\b(?:more|another) (?P<kind>[\w' -]+), after|\bfrom the maker of)(?: the)? $",
    re.IGNORECASE,
)


def _states_relation(r: Reading, at: int) -> bool:
    """Claim `sequel of` before a title, where the pick's row says so, and the pick is said to be
    that."""
    relation = relation_to(r.facts.item, r.facts.row(r.tokens[at].past))
    words = relation_words(relation[0]) if relation else ()
    start = at - len(words)
    verb = start - 1 - (r.folded(start - 1) in ("a", "an", "the"))
    says = tuple(map(r.folded, range(start, at))) == words and r.folded(verb) == "is"
    if not relation or not says or verb < 1 or not r.refers_to_pick(verb - 1):
        return False
    r.claim(range(start, at), "relation", relation[0])
    return True


def _role_noun(r: Reading, at: int) -> int | None:
    """The place of a role near a title, where no name of that role stands beside it."""
    inside = r.in_clause(at)
    fields = frozenset(map(role_of, r.facts.item.attributes)) - set(r.facts.numbers)
    nouns = r.found(r.words["role_nouns"] | fields, [n for n in inside if abs(n - at) < 6])
    roles = {role for n in inside for role in r.tokens[n].roles}
    return nouns[-1] if nouns and role_of(r.folded(nouns[-1])) not in roles else None


_OPENING = frozenset('"“《「(（')


def _kinds(r: Reading) -> None:
    """`These are gel pens too`: the product named beside them is of that kind as well."""
    titles = r.facts.title_words
    for at, token in enumerate(r.tokens):
        shares = r.sharing(at) or (r.pasts and _likened(r, at))
        shares = shares and r.folded(at - 1) not in ("this", "these")  # names the pick
        if token.kind == "word" and at not in r.covered and shares and stem(token.folded) in titles:
            for past in r.pasts:
                if stem(token.folded) not in r.facts.told(past):
                    r.claim([at], "kind", problem=f"{r.facts.row(past).title} is no {token.text}")


def _likened(r: Reading, at: int) -> bool:
    """`It is a war film, like Heat`: what stands before `like` is said of both."""
    likes = [n for n in range(len(r.tokens)) if r.folded(n) == "like" and n + 1 in r.mentions]
    return any(n > at or n == 0 for n in likes)


def states(r: Reading, owner: int, token: SentenceToken) -> bool:
    """Whether an item, or one that a part of a title may mean, has a value or title detail."""
    if owner == PICK and token.kind == "fact":
        return True
    own = stems_of(token.text) if "title" in token.roles else None
    return any(
        has(r.facts.row(one), token.text) or (own is not None and r.facts.told(one).issuperset(own))
        for one in (owner, *r.alike.get(owner, ()))
    )


def strong_words(r: Reading) -> None:
    """Names that no row has, genres that the item has not, promises, superlatives."""
    known = r.facts.row_words | set(stems_of(" ".join(r.facts.row(p).title for p in r.pasts)))
    for at, token in enumerate(r.tokens):
        if token.kind != "word" or at in r.covered:
            continue
        if problem := strong_word(r, at, known):
            r.claim([at], "name" if token.text[:1].isupper() else "word", problem=problem)
        elif joined := _joined_name(r, at):
            r.claim([at, at + 1], "name", problem=f"no row has the name {joined}")


def _joined_name(r: Reading, at: int) -> str:
    """A name whose parts are in the rows, but not together: the first name of one person with the
    surname of another."""
    first, *after = r.tokens[at : at + 2]
    named = r.language != "zh" and r.is_name(at) and first.text.isalpha()
    if not named or not after or not after[0].roles & PEOPLE:
        return ""
    name, owners = f"{first.text} {after[0].text}", (PICK, *range(len(r.facts.history)))
    known = any(name in str(r.facts.row(one).facts()) for one in owners)
    return "" if known or name in r.facts.request.message else name


def strong_word(r: Reading, at: int, known: Collection[str]) -> str:
    """Why a word may not stand where no claim holds it; `known`: stems that the rows have."""
    word = r.folded(at)
    if r.language == "zh":
        usual = r.beginning(at, r.words["not_superlative"])
        for kind in ("promises", "superlatives") if not usual else ():
            found = r.beginning(at, r.words[kind])
            if found and (kind == "promises" or found not in r.facts.item.text):
                return f"no row shows it ({found})"
        value = r.beginning(at, TRANSLATIONS["zh"].values())
        if len(value) > 1 and not has(r.facts.item, value):
            return f"the row does not say {value}"
        return ""
    if word in r.words["writer"] and r.folded(at + 1) not in r.words["writer_may"]:
        return "it speaks of its writer"
    if word in r.words["promises"]:
        return f"it promises something ({word})"
    maker = r.folded(at - 1) in ("from", "by", "of")
    one = word if maker else word.removesuffix("s")  # `these Sharpies`
    if any(form in known for form in (stem(word), word, stem(one))):
        bare = re.sub("['’]s?$|['’]", "", word)
        written = bare in r.facts.written or (not maker and bare[:-1] in r.facts.written)
        return "" if written or not r.is_name(at) else f"the catalogue does not write {word!r}"
    before = r.run(at - 3, at)
    gift = word == "free" and before[-1] != "-" and r.folded(at + 1) not in ("of", "from")
    if gift and r.words["negations"].isdisjoint(before):
        return "it promises something (free)"
    superlative = re.fullmatch(r"[a-z]{3,}est", word) and word not in r.words["not_superlative"]
    if superlative or word in r.words["superlatives"]:
        return f"no row shows it ({word})"
    genre = word in GENRES and r.facts.kind != "thing"
    if genre or (r.tokens[at].text.istitle() and word in COUNTRIES):
        return f"the row does not say {word if genre else r.tokens[at].text}"
    name = r.is_name(at) and word not in ("i", "i'm", "i'd")
    if name and stem(word) not in stems_of(r.facts.request.message):
        return f"no row has the name {r.tokens[at].text}"
    return ""
