"""Slots about the visitor: what they did and like, in any wording.

Each slot takes a `Reading`, adds the claims that it finds, and marks their tokens as covered.
"""

import re
from collections.abc import Iterable, Sequence

from shelftalker.data.field_roles import PEOPLE
from shelftalker.data.item_types import noun_of
from shelftalker.data.values import texts_of
from shelftalker.language.numerals import value
from shelftalker.language.stems import stem, stems_of
from shelftalker.writing.history import shows
from shelftalker.writing.verifier.reading import Reading, alike
from shelftalker.writing.verifier.words_of import words_of

_EN = words_of("en")


def named_by_part(r: Reading) -> None:
    """`the 901 you viewed`: a part of a title names the item of the history that has all of it."""
    if r.language == "zh":
        _named_by_part_zh(r)
        return
    for you in r.found(r.words["you"]):
        inside = r.in_clause(you)
        verbs = [n for n in inside if n > you and _needs(r, n)]
        if not verbs or any(n in r.mentions for n in inside):
            continue
        needs = _needs(r, verbs[-1])
        after = [n for n in inside if n > verbs[-1]]
        before = [n for n in range(you - 1, -1, -1) if r.clause[n] >= r.clause[you] - 1]
        for run in (after, before):
            if _name_run(r, run, needs):
                break


def _needs(r: Reading, at: int) -> set[str]:
    """The events that a word may state."""
    return {need for need, words in r.words.by("events").items() if r.found(words, [at])}


def _name_run(r: Reading, run: Sequence[int], needs: set[str]) -> bool:
    """Take the longest beginning of a run whose words one item of the history has."""
    taken: dict[int, list[int]] = {}
    for index, past in enumerate(r.facts.history):
        if noun_of(past.item) in ("film", "book", "music", "title"):
            continue  # their titles are short: a part of one is an ordinary word
        if not any(shows(past, need) for need in needs):
            continue
        values = [text for value in past.item.attributes.values() for text in texts_of(value)]
        named = " ".join([past.item.title, *values]).replace("'n", "")
        words = stems_of(f"{named} {_CODE.sub(' ', named)}")  # `902XL` is read as two words
        taken[index] = []
        for at in run:
            word = r.folded(at)
            if r.tokens[at].kind == "mark" or word in _EN["name_fill"]:
                continue
            if word in _EN["name_breaks"] or not all(alike(w, words) for w in _written(r, at)):
                break
            taken[index].append(at)
    longest = max(map(len, taken.values()), default=0)
    if not longest:
        return False
    first, *others = [index for index, places in taken.items() if len(places) == longest]
    r.mentions.update(dict.fromkeys(taken[first], first))
    r.alike[first] = others
    r.claim(taken[first], "history", r.title(first))
    return True


_CODE = re.compile(r"(?<=\d)(?=[^\W\d])")


def _written(r: Reading, at: int) -> list[str]:
    token = r.tokens[at]
    number = next((q for q in r.numbers if q.start == token.start and q.value.is_integer()), None)
    return [f"{number.value:g}"] if number and token.kind == "word" else stems_of(token.text)


def _named_by_part_zh(r: Reading) -> None:
    text = r.sentence
    if not any(you in text for you in r.words["you"]) or r.mentions:
        return
    own = r.facts.item.title
    for clause in re.finditer(r"[^，。；！？、,]+", text):
        if not re.search("星|[你您]", clause.group()):
            continue
        best = ("", -1)
        for index, past in enumerate(r.facts.history):
            title = past.item.title
            parts = (title[a:b] for a in range(len(title)) for b in range(len(title), a + 1, -1))
            part = next((p for p in parts if p in clause.group() and p not in own), "")
            if len(part) > max(1, len(best[0])):
                best = (part, index)
        if best[0]:
            start = clause.start() + clause.group().index(best[0])
            r.mentions.update(dict.fromkeys(r.places(start, start + len(best[0])), best[1]))


def stars(r: Reading) -> None:
    """`four stars`, `a five-star film`, `top marks`: the visitor's rating of the item beside it."""
    for start, end, stars_ in _ratings(r):
        places = r.places(start, end)
        inside = r.in_clause(places[0])
        pasts = r.pasts_in(inside)
        if not pasts and r.mentions:
            near = min(r.mentions, key=lambda n: (abs(n - places[0]), n))
            pasts = {r.mentions[near]}
        events = {index: r.facts.history[index].event for index in pasts}
        wrong = [n for n, one in events.items() if (one.kind, one.value) != ("rating", stars_)]
        spoken_to = bool(r.found(r.words["you"]))
        problem = "" if pasts and spoken_to else "it gives stars that no event has"
        verbs = [n for n in inside if "rating" in _needs(r, n) and n < places[0]]
        if verbs and any(r.tokens[n].kind == "title" for n in range(verbs[0], places[0])):
            problem = "the user has not rated the pick"
        if r.folded(places[0] - 1) == "than":
            problem = "no row shows that of all of them"
        if wrong:
            problem = f"the user did not rate {r.facts.row(wrong[0]).title} so"
        r.claim(places, "stars", "history", problem)


def _ratings(r: Reading) -> Iterable[tuple[int, int, float]]:
    text = r.sentence
    if r.language == "zh":
        for m in re.finditer(r"(?:打|给|评)?[了过]?\s*([1-5一二三四五])\s*(?:颗)?星|(满分)", text):
            yield m.start(), m.end(), float("一二三四五".find(m[1]) + 1 or m[1]) if m[1] else 5.0
        return
    for m in re.finditer(r"\b([1-5](?:\.5)?|one|two|three|four|five)[ -]stars?\b", text, re.I):
        yield m.start(), m.end(), value(m[1]) if m[1].isalpha() else float(m[1])
        yield from _also_rated(r, m.end())
    for m in re.finditer(r"\b(?:full|top|perfect) (?:marks|score)\b", text, re.I):
        yield m.start(), m.end(), 5.0


def _also_rated(r: Reading, start: int) -> Iterable[tuple[int, int, float]]:
    """`and Heat four`, after the stars of another title."""
    for at, token in enumerate(r.tokens[:-1]):
        number, after = r.tokens[at + 1], r.folded(at + 2)
        listed = r.folded(at - 1) in ("and", ",") and token.start >= start
        if token.kind == "past" and listed and number.folded in _STARS and after in _STARS_END:
            yield number.start, number.end, float(_STARS.index(number.folded) % 5 + 1)


_STARS = ("one", "two", "three", "four", "five", "1", "2", "3", "4", "5")
_STARS_END = ("", ",", ";", ".", ":", "and", "but")


def visitor(r: Reading) -> None:
    """Each `you` is in a claim that an event or the request supports, or in words that claim
    nothing of the visitor; those are left to the residue."""
    for at in r.found(r.words["you"]):
        inside = r.in_clause(at)
        pasts = r.pasts_in(inside)
        needs = {n: _needs(r, n) for n in inside if n not in r.mentions and _needs(r, n)}
        if not pasts and needs and r.folded(at - 1) in ("which", "that", "whom", "one"):
            pasts = r.pasts_in(sorted(n for n in r.mentions if n < at)[-1:])
        if not pasts and needs and any(r.refers_to_pick(n) for n in inside):
            ids = (past.item.id for past in r.facts.history)
            pasts = {n for n, one in enumerate(ids) if one == r.facts.item.id}
        if pasts and needs:
            _events(r, at, pasts, needs)
        elif needs and r.claimed("stars") & set(inside):
            r.claim([at, *needs], "event", "history")
        elif r.language == "zh" and any(kinds - {"positive"} for kinds in needs.values()):
            r.claim([at, *needs], "event", problem="no event shows that of the user")
        elif problem := _unsupported(r, at, inside, list(needs)):
            r.claim([at], "visitor", problem=problem)
    _listed_pick(r)
    stated = any(c.kind in ("stars", "event") for c in r.claims)
    for n, index in r.mentions.items():
        disliked = r.facts.history[index].sign < 0 and not stated
        title = r.title(index)
        r.claim([n], "history", title, f"the user did not like {title}" if disliked else "")


def _listed_pick(r: Reading) -> None:
    """`You liked Heat, and Ronin.` says it of the pick too."""
    last = max((r.clause[n] for n, t in enumerate(r.tokens) if t.kind != "mark"), default=0)
    inside = [n for n, number in enumerate(r.clause) if number == last]
    listed = (r.tokens[n].kind in ("title", "mark") or r.folded(n) in ("and", "or") for n in inside)
    titles = [n for n in inside if r.tokens[n].kind == "title"] if all(listed) else []
    for at in titles if inside and r.folded(inside[0]) in ("and", ",", "or") else ():
        if any(c.kind == "event" and c.span[0] < r.tokens[at].start for c in r.claims):
            r.claim([at], "event", problem="no event of the pick shows that")


def _events(r: Reading, you: int, pasts: set[int], needs: dict[int, set[str]]) -> None:
    history = r.facts.history
    rated = any(c.kind == "stars" and not c.problem for c in r.claims)
    for n, kinds in needs.items():
        denials = r.found(r.words["negations"], range(min(you, n), max(you, n)))
        if denials and r.language == "en":
            kinds = {"negative"} if "positive" in kinds else set()
        loose = rated and r.folded(n) in r.words["said_loosely"]  # `it got four stars` says less
        wrong = [p for p in pasts if not loose and not any(shows(history[p], k) for k in kinds)]
        problem = f"the history does not show that of {r.title(wrong[0])}" if wrong else ""
        if r.found(r.words["times"], range(min(you, n), max(you, n) + 1)):
            problem = "no event shows when or how often the user did that"
        r.claim([n, you, *denials], "event", "history", problem)


def _unsupported(r: Reading, you: int, inside: Sequence[int], events: Sequence[int]) -> str:
    """Why a claim about the visitor has no support; empty where it claims nothing of them."""
    if you in r.covered:
        return ""
    if r.language == "zh":
        tastes = r.found(r.words["tastes"], inside)
        unlike = tastes and not _shown_taste(r, inside)
        return "no event shows what the user likes" if unlike else ""
    word = r.folded(you)
    if word == "your" and r.tokens[you + 1 : you + 2] and r.tokens[you + 1].kind == "fact":
        people = any(r.tokens[n].roles & PEOPLE for n in inside if n > you + 1)
        return "it says what the user's is" if people else ""
    before = {r.folded(n) for n in inside if n < you}
    if word in ("your", "yours", "yourself") or before & r.words["conditional"]:
        return ""
    object_ = you and r.tokens[you - 1].kind == "word" and r.clause[you - 1] == r.clause[you]
    if object_ and r.folded(you - 1) not in _EN["before_subject"]:
        return _relative(r, you)
    verb = next((n for n in inside if n > you and r.folded(n) not in _EN["adverbs"]), None)
    plain = r.words["modal"] | r.words["generic"]
    if verb is None or word in ("you'll", "you'd") or r.folded(verb) in plain:
        return ""
    between = {r.folded(n) for n in range(you, verb)} | {word}
    if r.folded(verb) in r.words["tastes"]:
        return "" if _shown_taste(r, inside) else "no event shows what the user likes"
    perfect = between & {"have", "had", "you've", "already", "did"}
    done = bool(perfect) and r.folded(verb) not in ("to", "a")
    if done or verb in events or r.folded(verb) in r.words["habits"] | r.words["asks"]:
        return "no event shows that of the user"
    if between & {"are", "were", "you're", "you've"}:
        named = any(r.tokens[n].is_value for n in inside if n > you)
        return "it says what the user is" if named else ""
    stated = r.tokens[verb].kind == "word" and "are" not in between
    return "no event shows that of the user" if stated else ""


def _relative(r: Reading, you: int) -> str:
    """`the tents you bought`: some item of the history with that event is such a thing; `gives you`
    claims nothing."""
    if r.folded(you + 1) not in r.words["did"]:
        return ""
    noun, needs = stem(r.folded(you - 1)), _needs(r, you + 1)
    for n, past in enumerate(r.facts.history):
        named = noun in r.facts.told(n) | r.words["any_item"]
        if named and any(shows(past, need) for need in needs):
            return ""
    return "no event shows that of the user"


def _shown_taste(r: Reading, inside: Sequence[int]) -> bool:
    """Whether most judged items with a value that is said to be liked were liked."""
    named = [r.tokens[n].text for n in inside if r.tokens[n].is_value]
    return bool(named) and all(map(r.facts.liked_with, named))
