"""Slots about what rows deny, and about what no row has, however it is worded: who plays which
part, what the visitor owns, where a story is set; in Chinese a colour, material or origin.
"""

import re

from shelftalker.data.field_roles import PEOPLE
from shelftalker.language.stems import stem
from shelftalker.writing.history import shows
from shelftalker.writing.verifier.facts import PICK
from shelftalker.writing.verifier.reading import Reading, alike, in_row
from shelftalker.writing.verifier.slots import GENRES, states
from shelftalker.writing.verifier.words_of import compiled, rows_of


def denials(r: Reading) -> None:
    """A denial repeats one of the row, or denies a value that the row has not; it never denies what
    the row says. Others are left to the residue."""
    if r.language == "zh":
        _denials_zh(r)
        return
    text = {w for one in r.facts.text_sentences for w in one} | r.facts.row_words
    for at in r.found(r.words["negations"]):
        if at in r.covered:
            continue
        if r.folded(at) == "free" and r.folded(at - 1) == "-":
            named = stem(r.folded(at - 2))
            if named in text and not any(named in part for part in r.facts.denied):
                problem = f"it denies what the row says ({r.folded(at - 2)})"
                r.claim([at], "denial", problem=problem)
            continue
        after = [n for n in r.in_clause(at) if n > at]
        if r.owner(at) != PICK:
            if any(r.tokens[n].kind == "fact" or in_row(r, n) for n in after):
                r.claim([at], "denial", problem="no row of the history denies that")
            continue
        scope = [n for n in after if n <= at + 6]
        genres = r.found(GENRES - r.facts.row_words, scope)
        names = [n for n in scope if r.tokens[n].is_value] + genres
        words = [n for n in scope if r.tokens[n].kind == "word"]
        stems = [stem(r.folded(n)) for n in words]
        words = [n for n in words if len(r.folded(n)) > 3 and r.tokens[n].text.islower()]
        denied = {w for part in r.facts.denied if alike(part[-1], stems) for w in part}
        repeated = [n for n in words if alike(stem(r.folded(n)), denied)]
        own = [n for n in words if n not in repeated]
        own = [n for n in own if stem(r.folded(n)) not in r.words["plain"]]
        if r.folded(at).startswith(("do", "did")) or r.folded(at - 1) in ("do", "does", "did"):
            own = own[:1]  # its verb: `do not save him from being replaced`
        against = [n for n in own if alike(stem(r.folded(n)), text)]
        present = [n for n in names if states(r, PICK, r.tokens[n])]
        if present or (against and not repeated):
            said = r.tokens[(present or against)[0]].text
            r.claim([at], "denial", problem=f"it denies what the row says ({said})")
        elif names or repeated:
            r.claim([at, *names, *repeated], "denial", "row")


_DENIED = re.compile(r"(?:\bnon-?|\bun(?=\w{6})|\bnot? )(\w{5,})", re.IGNORECASE)


def affirmed(r: Reading) -> None:
    """What the row denies is not affirmed: no refill for a pen that is `non-refillable`."""
    if r.language == "zh":
        _affirmed_zh(r)
        return
    denied = {w.casefold() for w in _DENIED.findall(r.facts.item.text)} | r.facts.only_denied
    negations = [n for n in r.found(r.words["negations"]) if r.folded(n - 1) != "-"]
    for at, token in enumerate(r.tokens):
        word = stem(token.folded)
        free = token.kind == "word" and len(word) > 4 and not r.is_connecting(token)
        denies = not {"non", "not"}.isdisjoint(r.run(at - 2, at))
        denies = denies or any(n < at and not r.found(_BUT, range(n, at)) for n in negations)
        told = any(other.startswith(word[:6]) for other in denied)
        if free and told and not denies and at not in r.covered:
            r.claim([at], "denial", problem=f"the row denies that ({token.text})")


_BUT = frozenset({"but", "yet"})
_DENIED_ZH = re.compile(r"(?:不[要会能可带含用是收]?|没有?|无|未|免|别)([\u3400-\u9fff]{2,4})")


def _affirmed_zh(r: Reading) -> None:
    text = r.facts.item.text
    denied = {m[1][:2] for m in _DENIED_ZH.finditer(text)}
    only = {pair for pair in denied - r.words.all - r.words["shared"] if text.count(pair) < 2}
    for clause in re.finditer(r"[^，。；：！？]+", r.sentence):
        said = next((pair for pair in only if pair in clause.group()), "")
        if said and not any(word in clause.group() for word in r.words["negations"]):
            start = clause.start() + clause.group().index(said)
            r.claim(r.places(start, start + 2), "denial", problem=f"the row denies that ({said})")


_IS_NOT_ZH = re.compile(
    r"(?:^|[，。；])(?:它|[这本该][\u3400-\u9fff]{0,3})(不[\u3400-\u9fff]{1,3})[，。；]"
)
"""`这部电影不暴力`: the whole of what is said of the item."""


def _denials_zh(r: Reading) -> None:
    text, sentence = r.facts.item.embedding_text(), r.sentence
    if (whole := _IS_NOT_ZH.search(sentence)) and whole[1] not in text:
        r.claim(r.places(*whole.span(1)), "denial", problem=f"no row denies that ({whole[1]})")
    for at in r.found(r.words["negations"]):
        start, after = r.tokens[at].start, [n for n in r.in_clause(at) if n > at]
        flat = re.match("没有|不是|并非|无", sentence[start:])
        theirs = next((n for n in r.in_clause(at) if flat and r.tokens[n].kind == "theirs"
                      and r.tokens[n].start == start + flat.end()), None)  # fmt: skip
        if theirs is not None and not states(r, PICK, r.tokens[theirs]):
            r.claim([at, theirs], "denial", "row")
            continue
        if at in r.covered:
            continue
        if flat and sentence[start : flat.end() + start + 2] not in text:
            r.claim([at], "denial", problem=f"no row denies that ({flat.group()})")
            continue
        denial = re.match(r"[不没无非未别勿免]有?", sentence[start:])
        pair = sentence[start + (denial.end() if denial else 1) :][:2]
        told = len(pair) == 2 and pair in text and sentence[start : start + 3] not in text
        present = [r.tokens[n].text for n in after if r.tokens[n].kind == "fact"]
        if said := next(iter(present), pair if told else ""):
            r.claim([at], "denial", problem=f"it denies what the row says ({said})")


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


_BESIDE = 3
"""Words between a name and what it is said to play."""


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
