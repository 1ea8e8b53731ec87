"""The slot about the request: what a sentence says was asked for is in the request, and it is met
in full or said not to be.
"""

import re
from collections.abc import Collection, Sequence

from shelftalker.data.values import same_value
from shelftalker.language.stems import stems_of
from shelftalker.writing.verifier.amounts import shown
from shelftalker.writing.verifier.facts import PICK, has
from shelftalker.writing.verifier.quantities import quantities_in
from shelftalker.writing.verifier.reading import Reading, alike


def requests(r: Reading) -> None:
    """What was asked for is in the request; it is met in full, or said not to be."""
    _handed_over(r)
    for cue in r.found(r.words["asks"]):
        places = _asked_places(r, cue)
        if places is None:
            continue
        asked = stems_of(f"{r.facts.request.message} {r.facts.request.text}")
        asked += [w for f in r.facts.request.filters for w in stems_of(str(f.value))]
        rest = [n for n in range(max(places) + 1, len(r.tokens)) if r.tokens[n].kind != "mark"]
        if all(_is_asked(r, n, asked) for n in rest):
            places = [*places, *rest]  # `you asked for calm music, no vocals`
        content = [n for n in places if _is_content(r, n)]
        strange = [n for n in content if not _is_asked(r, n, asked)]
        if strange:
            problem = f"nobody asked for {r.tokens[strange[0]].text}"
        else:
            problem = _unmet(r, cue, places, content) or _unstated(r, cue, places, content, asked)
        kind = "met" if _says_it_is_met(r, cue) else "request"  # which states it of the item too
        r.claim([cue, *places], kind, "request", problem)


def _handed_over(r: Reading) -> None:
    """`Here is your heist story` says that what was asked for is met."""
    unmet = bool(r.found(r.words["unmet"]))

    def claim(places: Sequence[int], missing: Sequence[int]) -> None:
        if missing:
            problem = f"no row shows that it is {r.tokens[missing[0]].text}"
            r.claim([*places, *missing], "request", problem=problem)

    if r.folded(0) in ("for", "made") and "," in r.sentence and not unmet:
        wished = [n for n in r.in_clause(0) if n and _is_wished(r, n)]
        claim([], [n for n in wished if not _is_shown(r, n)])
    for at in r.found(frozenset({"your"})):
        opens = r.folded(at - 1) in _HANDING or (at and r.tokens[at - 1].text == "!")
        noun = [n for n in r.in_clause(at) if at < n <= at + 4 and _is_content(r, n)]
        wished = [n for n in noun if _is_wished(r, n)]
        if opens or (wished == noun and not unmet):
            claim([at], [n for n in wished if not _is_shown(r, n)])


def _is_wished(r: Reading, at: int) -> bool:
    return _is_content(r, at) and r.is_like(at, r.facts.asked_words)


_HANDING = frozenset({"is", "here's", "s", "’s", "'s", "as", "meet", "are"})


def _asked_places(r: Reading, cue: int) -> list[int] | None:
    """Positions of what was asked for, None where the word is about no request."""
    inside = r.in_clause(cue)
    yous = r.found(r.words["you"], [n for n in inside if n < cue])
    if r.folded(cue) in _LOOKING and r.folded(cue + 1) != "for":
        return None
    if r.folded(cue - 1) == "as":
        return [cue - 1, *(n for n in range(cue - 1) if r.tokens[n].kind == "fact")]
    if not yous:
        return [cue - 1, *_before(r, cue - 1)] if _says_it_is_met(r, cue) else None
    if _says_it_is_met(r, cue):
        return [yous[-1] - 1, yous[-1], *_before(r, yous[-1] - 1)]
    you, after = yous[-1], _quoted(r, cue) or [n for n in inside if n > cue]
    if r.folded(you) == "your":
        return [*range(you, cue), *(after if r.folded(cue + 1) == "for" or _quoted(r, cue) else [])]
    if any(_is_content(r, n) for n in after) or r.language == "zh":
        return [you, *after]
    opens = [n for n in inside if n < you and r.folded(n) in _OPENS and r.folded(you - 1) != "what"]
    start = max(opens, default=inside[0] - 1)
    return [n for n in (*range(start + 1, cue), *after) if n in inside]


_LOOKING = ("looking", "searching", "search", "hoping")
_OPENS = ("is", "are", "isn't", "was", "here", "here's", "just")


def _says_it_is_met(r: Reading, cue: int) -> bool:
    """`as you asked`, `as requested`."""
    spoken = r.folded(cue - 2) == "as" and r.folded(cue - 1) in r.words["you"]
    return spoken or (r.folded(cue - 1) == "as" and r.folded(cue) == "requested")


def _before(r: Reading, end: int) -> list[int]:
    """Positions of the values before `as you asked`, up to a colon or semicolon, and of the words
    there that were asked for."""
    start = max((n + 1 for n in range(end) if r.tokens[n].text in ":;."), default=0)
    facts = [n for n in range(start, end) if r.tokens[n].kind == "fact"]
    words = [n for n in range(start, end) if r.tokens[n].kind == "word" and _is_content(r, n)]
    return [*facts, *(n for n in words if _is_asked(r, n, r.facts.asked_words))]


def _quoted(r: Reading, cue: int) -> list[int]:
    """Positions of the request's very words, where they stand in quotation marks after the cue."""
    quote = re.search(r"[\"“](.+?)[\"”]", r.sentence[r.tokens[cue].start :])
    if quote is None or quote[1].casefold() not in r.facts.request.message.casefold():
        return []
    return r.places(*(r.tokens[cue].start + place for place in quote.span()))


def _is_content(r: Reading, at: int) -> bool:
    token = r.tokens[at]
    if token.kind in ("title", "mark", "past"):
        return False
    if r.language == "zh":
        return (
            token.text not in "的了一个部要想找看是这和你您“”" and token.text not in r.words["asks"]
        )
    return not any(r.folded(at) in r.words[kind] for kind in _NO_WISH)


_NO_WISH = (
    "generic_request", "negations", "you", "asks", "item", "unmet", "adverbs", "no_wish",
)  # fmt: skip


def _is_asked(r: Reading, at: int, asked: Collection[str]) -> bool:
    token, item = r.tokens[at], r.facts.item
    own = has(item, token.text)
    if own and any(has(item, word) and same_value(word, token.text) for word in asked):
        return True
    if r.language == "zh":
        return all(c in r.facts.request.message for c in token.text)
    aliases = r.words.by("aliases")
    spoken = re.findall(r"\w+", r.facts.request.message.casefold())
    if any(same_value(one, token.text) for word in spoken for one in aliases.get(word, ())):
        return True  # a comedy is what `funny` asks for
    if any(q.start <= token.start < q.end for q in r.numbers):
        wanted = {q.value for q in quantities_in(r.facts.request.message)}
        return any(q.value in wanted for q in r.numbers if q.start <= token.start < q.end)
    return r.is_like(at, asked)


def _unmet(r: Reading, cue: int, places: Sequence[int], content: Sequence[int]) -> str:
    """Why the sentence may not say or imply that what was asked for is met."""
    refused = r.facts.refused_words
    wrong = [n for n in content if set(stems_of(r.tokens[n].text)) & refused]
    beside = {*places, *(n for at in wrong for n in range(at - 4, at))}  # `no film with horror`
    if wrong and not r.found(r.words["negations"], beside):
        return f"nobody asked for {r.tokens[wrong[0]].text}"
    rest = [n for n in range(len(r.tokens)) if n != cue and n not in places]
    told = any(r.refers_to_pick(n) or r.tokens[n].kind in ("fact", "past") for n in rest)
    if not (told or _says_it_is_met(r, cue)):
        return ""
    every = range(len(r.tokens))
    outside = [n for n in every if n not in places or r.folded(n) in ("isn't", "not")]
    said = r.found(r.words["unmet"], outside) or _says_what_it_is(r, cue, content)
    missing = [n for n in content if not _is_shown(r, n)]
    if not said:
        return f"no row shows that it is {r.tokens[missing[0]].text}" if missing else ""
    are = [r.folded(n + 1) for n in outside if r.folded(n) == "is"]
    claims = not {"one", "exactly", "it", "that"}.isdisjoint(are)
    return "it says that a request is met" if claims and missing else ""


def _says_what_it_is(r: Reading, cue: int, content: Sequence[int]) -> bool:
    """`You asked for a lamp; these are markers`: the kind that it is instead."""
    match = _INSTEAD.search(r.sentence, r.tokens[cue].start)
    places = r.places(*match.span(1)) if match else []
    words = [n for n in places if r.tokens[n].kind != "mark"]
    asked = {stem for n in content for stem in stems_of(r.tokens[n].text)}
    told = {stem for n in words for stem in stems_of(r.tokens[n].text)}
    shown = [n for n in words if r.tokens[n].kind == "fact" or told & r.facts.title_words]
    return bool(shown) and not asked & told


_INSTEAD = re.compile(
    r"[;:,—–] (?:but )?(?:this(?: one)?|these|it)(?: is|['’]s| are) ([^,;:.]+)", re.I
)


def _unstated(
    r: Reading, cue: int, places: Sequence[int], content: Sequence[int], asked: Sequence[str]
) -> str:
    """`Just what you asked for` says that all that was asked for is met."""
    whole = r.found(r.words["wholly"]) or r.folded(places[0] - 1) == "what"
    if content or not whole or any(r.tokens[n].kind == "past" for n in places):
        return ""
    if not asked:
        return "it speaks of a request, and there is none"
    rest = [n for n in range(len(r.tokens)) if n not in places or n == cue]
    if r.found(r.words["unmet"], rest):
        return ""
    plain = r.words["generic_request"] | r.words["words"]
    missing = [w for w in asked if w not in plain and not alike(w, r.facts.row_words)]
    return f"no row shows that it is {missing[0]}" if missing else ""


def _is_shown(r: Reading, at: int) -> bool:
    token, item = r.tokens[at], r.facts.item
    if token.kind == "fact":
        return True
    if number := next((q for q in r.numbers if q.start <= token.start < q.end), None):
        bounded = any(isinstance(f.value, int | float) for f in r.facts.request.filters)
        return bounded or shown(r, number, PICK)
    if r.language == "zh":
        return all(c in item.embedding_text() for c in token.text)
    if r.is_like(at, r.facts.row_words) or set(stems_of(token.text)) & r.facts.refused_words:
        return True
    aliases = r.words.by("aliases").get(token.folded, frozenset())
    bounds = [re.split("([<>])", alias) for alias in aliases if "<" in alias or ">" in alias]
    bounded = any(
        q.role == role and (q.value < float(limit) if sign == "<" else q.value > float(limit))
        for role, sign, limit in bounds
        for q in r.facts.quantities(PICK)
    )
    return bounded or any(has(item, alias.replace("-", " ")) for alias in aliases)
