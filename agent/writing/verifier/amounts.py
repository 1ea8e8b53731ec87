"""Slots about numbers: each is in the row of the item that it is said of, and comparisons between
items are computed from both rows.
"""

import re
from dataclasses import replace

from shelftalker.data.field_roles import role_of
from shelftalker.data.values import texts_of, values_in_common
from shelftalker.language.stems import has_chinese, stem, stems_of
from shelftalker.writing.verifier.counts import COUNTS, claims_ratio, fractions
from shelftalker.writing.verifier.facts import PICK
from shelftalker.writing.verifier.grammar import kind_of_quantity, taken_by
from shelftalker.writing.verifier.quantities import RowQuantity, codes_in, quantities_in
from shelftalker.writing.verifier.reading import Reading
from shelftalker.writing.verifier.tokens import SentenceToken
from shelftalker.writing.verifier.words_of import words_of

_MOST_NAMED = 4  # kinds of fields: `to` takes so many that a list of them explains nothing


def numbers(r: Reading) -> None:
    """Every number is in the row of the item that it is said of, with its unit."""
    for q in r.numbers:
        places = r.places(q.start, q.end)
        if set(places) <= r.covered:
            continue
        times = next((n for n in (places[-1], places[-1] + 1) if r.folded(n) == "times"), None)
        if times is not None and claims_ratio(r, times, q.value):
            r.claim(places, "difference", "rows")
            continue
        contrasted = _contrasted(r, places[0])
        owners = {r.owner(places[0]) if contrasted is None else contrasted}
        q = q if contrasted is None else _with_unit(r, q)
        if r.sharing(places[0]):
            owners |= {PICK, *r.pasts}
        unsupported = [one for one in owners if not shown(r, q, one)]
        text = r.sentence[q.start : q.end]
        kinds, verb = taken_by(r, q)
        of = f" as {' or '.join(sorted(kinds))}" if 0 < len(kinds) < _MOST_NAMED else ""
        problem = f"no row says {text}{of}" if unsupported else _currency(r, r.tokens[places[0]])
        if not problem:
            first = places[0]
            places += verb
            places += r.found(r.words["packed"], [max(places) + 1])
            if q.measure == "length":
                places += r.found(r.words["sides"], [max(places) + 1])
            told = r.words["approximate"] | r.words["under"] | r.words["over"]
            places += r.found(told, [min(places) - 1])
            if contrasted is not None:
                places += r.found(r.words["contrasts"], range(first - 4, first))
        r.claim(places, "number", "row", problem)
    fractions(r)
    for start, code in codes_in(r.sentence):
        places = r.places(start, start + len(code))
        if not set(places) <= r.covered and start not in r.named:
            rows = f"{r.facts.item.title} {r.facts.item.text}".casefold().replace("-", "")
            known = code.casefold().replace("-", "") in rows
            r.claim(places, "code", "row", "" if known else f"no row says {code}")


def _contrasted(r: Reading, at: int) -> int | None:
    """The item of the history beside whose number the pick's stands: `24 instead of 65`; None where
    none is."""
    if not r.pasts or r.words["contrasts"].isdisjoint(r.run(at - 4, at)):
        return None
    return min(r.mentions.items(), key=lambda one: abs(one[0] - at))[1]


def _with_unit(r: Reading, q: RowQuantity) -> RowQuantity:
    """The number after `instead of` in the unit of the one before it: `24 lb instead of 65`."""
    before = [one for one in r.numbers if one.end <= q.start]
    digits = re.match(r"\d+(?:\.\d+)?(?![\d,])", r.sentence[before[-1].start :]) if before else None
    if q.measure or q.noun or not digits or not float(digits[0]):
        return q
    last = before[-1]
    return replace(q, value=q.value * last.value / float(digits[0]), measure=last.measure,
                   noun=last.noun)  # fmt: skip


def shown(r: Reading, q: RowQuantity, owner: int) -> bool:
    low, high = _bounds(r, q)
    before = r.folded(r.places(q.start, q.end)[0] - 1)
    if before in ("under", "below") and f"{q.value:g}" in r.facts.asked_words:
        low = 0.0  # the request's limit
    rows = [q for one in (owner, *r.alike.get(owner, ())) for q in r.facts.quantities(one)]
    if q.noun and any(
        role_of(field) == role_of(q.noun) and len(texts_of(value)) == q.value > 1
        for field, value in r.facts.row(owner).attributes.items()
    ):
        return True  # `two directors`, `four genres`
    if wanted := taken_by(r, q)[0]:
        q = replace(q, noun="") if wanted == {"price"} else q
        rows = [q for q in rows if kind_of_quantity(q) in ("", *wanted)]
    for other in rows:
        if other.until is not None and all(n.value != other.until for n in r.numbers):
            continue  # one end of a range says little without the other
        if q.measure == "decade":
            same = other.role == "year" or other.measure == "decade"
            same = same and other.value // 10 * 10 == q.value
        else:
            same = low <= other.value <= high and q.is_like(other)
            same = same and _names_the_same(r, q, other, owner)
        if same:
            return True
    return False


def _currency(r: Reading, token: SentenceToken) -> str:
    rows = f"{r.facts.item.title} {r.facts.item.text} {r.facts.request.message}"
    known = token.text[0] not in "$€£¥" or token.text[0] in rows
    return "" if known else "the catalogue names no currency"


def _bounds(r: Reading, q: RowQuantity) -> tuple[float, float]:
    """What a row may say for `just under two hours`, `around 200 pages`, `49`."""
    words = [r.folded(n) for n in r.places(max(0, q.start - 14), q.start)][-3:]
    after = r.sentence[q.end : q.end + 2]
    near = 0.05 * q.value if words and (set(words) & r.words["approximate"]) else 0.0
    if set(words[-2:]) & r.words["under"] or (words[-1:] == ["to"] and "close" in words):
        return 0.9 * q.value, q.value
    if set(words[-2:]) & r.words["over"] or (has_chinese(after) and after[:1] in r.words["over"]):
        return q.value, 1.15 * q.value
    rounding = 0.004 * q.value if q.measure in ("length", "mass", "volume") else 1e-6
    return q.value - max(near, rounding), q.value + max(near, rounding)


def _names_the_same(r: Reading, q: RowQuantity, other: RowQuantity, owner: int) -> bool:
    """Whether the words around two numbers speak of the same thing: no `12 pages` of `12 pens`, and
    no `190 pages in colour` where the row has another number for colour."""
    own = {o.value for o in r.facts.quantities(owner) if q.noun and o.noun == q.noun}
    before = r.folded(r.places(q.start, q.end)[0] - 1)
    named = f"{before} {q.value:g}" in r.facts.row(owner).embedding_text().casefold()  # `HP 63`
    if own and q.value not in own and not (q.measure or named or other.role == "year"):
        return False  # `75 unique colours` of 75 pens in 70 unique colours
    too_common = words_of("en")["too_common"]
    if q.measure or other.measure:
        alike = True
    elif other.role == "year":
        alike = q.value >= 1000
    elif other.role in ("price", "rating") and q.noun:
        alike = other.role == "price" and q.noun in r.words["currency"]
    else:
        counts = q.noun in COUNTS or other.noun in COUNTS or not other.noun
        known = q.noun in r.facts.row_words or not q.noun.isascii() or q.noun in COUNTS
        rare = q.value > 12 and other.end > 0
        near = set(stems_of(r.sentence)) - {f"{q.value:g}"} if rare else q.near - {q.noun}
        shared = {w for w in near & other.near if not w.isdigit()} - too_common - {other.noun}
        following = _following(r, q)
        if not any(one.noun in following for one in r.facts.quantities(owner) if one != other):
            shared |= {other.noun} & following - {""}
        alike = not q.noun or q.noun == other.noun or (counts and known) or bool(shared)
    rivals = [
        rival for rival in r.facts.quantities(owner)
        if rival.end and rival.value != other.value and rival.noun == other.noun
        and rival.measure == other.measure and rival.near != other.near
    ]  # fmt: skip
    bound = {w for rival in rivals for w in rival.near} - other.near - too_common
    wrong = {w for w in (q.near & bound) if not w.isdigit()}
    common = (q.near & other.near) - too_common - {q.noun}
    return alike and not (wrong and other.end and all(w.isdigit() for w in common))


def _following(r: Reading, q: RowQuantity) -> set[str]:
    """The stems of the words after a number, up to a mark or a small word: `250 letter-size
    sheets`."""
    found: set[str] = set()
    for token in r.tokens[r.places(q.start, q.end)[-1] + 1 :][:4]:
        if token.text != "-" and (token.kind != "word" or token.folded in r.words["small"]):
            break
        found.add(stem(token.folded))
    return found


def comparisons(r: Reading) -> None:
    """`longer than Heat`, `fewer sheets than the blue one`, `nine years before Heat`:
    computed from both rows."""
    thans = r.found(frozenset({"than"}))
    if not r.pasts:
        for at in thans:
            if _comparative(r, at - 1) or _comparative(r, at - 2):
                r.claim([at], "comparison", problem="nothing is named that it is compared with")
        return
    for at in range(len(r.tokens)):
        if at not in r.covered and (dimension := _comparative(r, at)):
            _compare(r, at, *dimension)
    _equal(r)
    for at in thans:
        if at not in r.covered and any(n in r.mentions for n in range(at, at + 5)):
            r.claim([at], "comparison", problem="the rows do not show which is more so")


def _equal(r: Reading) -> None:
    """`The same runtime as Heat`: by both rows."""
    for match in _SAME.finditer(r.sentence):
        places = r.places(*match.span())
        beside = [n for n in r.mentions if n >= places[-1]] or list(r.mentions)
        other = r.mentions[min(beside)]
        word = stem(match["what"].lower())
        pairs = _pairs(r, "length" if word == "runtime" else word, other)
        alike = any(own == theirs for own, theirs in pairs)
        alike = alike or bool(values_in_common(r.facts.item, r.facts.row(other), role_of(word)))
        if not alike and (pairs or role_of(word) != word or word in r.words.by("dimension_fields")):
            problem = f"the rows do not show that of {r.title(other)}"
            r.claim(places, "comparison", problem=problem)


_SAME = re.compile(r"\bthe same (?P<what>[a-z]+) (?:as|of)\b", re.IGNORECASE)


def _comparative(r: Reading, at: int) -> tuple[str, int, list[int]] | None:
    """The dimension that a word compares, which of both has more, and the words that say so."""
    word, after = r.folded(at), r.folded(at + 1)
    if r.language == "zh":
        cue = r.beginning(at, r.words.signs) if r.tokens[at].kind == "word" else ""
        end = r.tokens[at].start + len(cue)
        stepped = len(r.pasts) == 1 and any(0 <= q.start - end <= 1 for q in r.numbers)
        than = [n for n in range(at) if "比" in r.tokens[n].text]
        return (*r.words.signs[cue], [at, *than]) if cue and (stepped or than) else None
    if word in r.words.signs:
        stepped = any(0 <= r.tokens[at].start - q.end <= 1 for q in r.numbers)
        bare = word in r.words["bare_comparatives"] or r.folded(at - 1) in ("year", "years")
        joined = not {"than", "by"}.isdisjoint(r.run(at, at + 5))
        return (*r.words.signs[word], [at]) if joined or bare or stepped else None
    numbered = at > 0 and any(q.end <= r.tokens[at - 1].start <= q.end + 1 for q in r.numbers)
    if word in ("more", "fewer", "less"):
        sign = 1 if word == "more" else -1
        if after == "than" and numbered:
            return stem(r.folded(at - 1)), sign, [at - 1, at]
        if after and "than" in r.run(at + 2, at + 5):
            return stem(after), sign, [at, at + 1]
    years = not {"year", "years"}.isdisjoint(r.run(at - 3, at))
    if years and word in ("before", "after") and (at + 1 in r.mentions or at + 2 in r.mentions):
        return "year", 1 if word == "after" else -1, [at]
    return None


def _compare(r: Reading, at: int, dimension: str, sign: int, places: list[int]) -> None:
    english = r.language == "en"
    beside = [n for n in r.mentions if (n > at) == english]
    other = r.mentions[(min if english else max)(beside, default=next(iter(r.mentions)))]
    pairs = _pairs(r, dimension, other)
    first = min(places)
    after = r.tokens[at + 2].start if r.folded(at + 1) == "by" and at + 2 < len(r.tokens) else -1
    years = _YEARS.search(r.sentence, 0, r.tokens[first].start)  # `fifteen years older`
    first = r.tokens[first].start - len(years[0] if years else "")
    steps = [
        q
        for q in r.numbers
        if 0 <= first - q.end <= 1
        or q.start == after
        or (not english and 0 <= q.start - r.tokens[at].start <= 3)
    ]
    right = bool(pairs) and all((own - theirs) * sign > 0 for own, theirs in pairs)
    for q in steps:
        covered = r.places(q.start, q.end)
        low, high = _bounds(r, q)
        right = right and any(low <= abs(own - theirs) <= high for own, theirs in pairs)
        r.claim(covered, "difference", "rows", "" if right else "the rows do not differ by that")
    problem = "" if right else f"the rows do not show that beside {r.title(other)}"
    r.claim([*places, *(n for n in range(at, at + 4) if r.folded(n) == "than")], "comparison",
            f"{dimension} of both rows", problem)  # fmt: skip


_YEARS = re.compile(r"(?<=\w) years? $")


def _pairs(r: Reading, dimension: str, other: int) -> list[tuple[float, float]]:
    """The numbers of the pick and another item in a dimension, where each row has one."""
    names = r.words.by("dimension_fields").get(dimension, frozenset({dimension}))
    rows = [r.facts.quantities(owner) for owner in (PICK, other)]
    found = [
        {q.value for q in one if q.role in names}
        or {q.value for q in one if dimension == "mass" and q.measure == dimension}
        or {q.value for q in one if q.noun == dimension}
        for one in rows
    ]
    if dimension == "size" and not (found[0] or found[1]):
        titles = [quantities_in(r.facts.row(owner).title) for owner in (PICK, other)]
        sides = [sorted(q.value for q in title if q.measure == "length") for title in titles]
        return list(zip(*sides, strict=True)) if len(sides[0]) == len(sides[1]) else []
    if not (found[0] or found[1]):
        found = [{q.value for q in one if q.noun in COUNTS} for one in rows]
    own, theirs = found
    return [(own.pop(), theirs.pop())] if len(own) == len(theirs) == 1 else []
