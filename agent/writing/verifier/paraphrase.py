"""Words of the item's text must stand as the text has them: words left out may turn its meaning.

A clause that repeats the text's words must repeat them in their order, without a word skipped that
changes who does what to whom (`by`, `not`, a comma, a pronoun), from the start of what they say and
to its end. A clause that tells a story in part with other words must keep who does what to whom:
two words of the text stand in its order, in one of its clauses, or in a form that says the same
(the other voice, an adjective, a preposition that comes along, a pronoun for who was named before).
"""

import re
from collections.abc import Collection, Sequence

from shelftalker.language.stance import akin
from shelftalker.language.stems import stem, stems_of
from shelftalker.writing.verifier.reading import Reading
from shelftalker.writing.verifier.residue_zh import chinese_problem
from shelftalker.writing.verifier.words_of import words_of

_TOKEN = re.compile(r"[^\W_]+(?:['’]\w+)?|[,.;:!?()–—]")
_EN = words_of("en")


def paraphrase_problem(reading: Reading) -> str:
    """The first clause that repeats the text's words in another sense; empty where none does."""
    if reading.language == "zh":
        return chinese_problem(reading)
    item = reading.facts.item
    title = set(stems_of(item.title))
    text = [stem(t) for t in _TOKEN.findall(item.text)]
    known, small = set(text), reading.words["small"]
    story = reading.facts.kind != "thing" and reading.folded(0) != "what"  # `what drives him is …`
    for clause in sorted(set(reading.clause)):
        words = _words(reading, clause)
        plain = small | reading.words["weak"] if story else small
        content = [n for n, (word, open_) in enumerate(words) if open_ and word not in plain]
        whole = [n for n in content if words[n][0] in known]
        quoted = len(whole) >= QUOTED * len(content)
        if story and not quoted:
            content = [n for n in content if words[n][0] not in reading.words.connecting]
        forms = {n: _forms(words[n][0], known) for n in content}
        matched = [n for n in content if forms[n]]
        if story and matched and _is_dated(reading, clause):
            return "no row says when it plays"
        if len(matched) < 2 or not (quoted or (story and len(matched) >= OWN * len(content))):
            continue
        places = {n: [at for at, word in enumerate(text) if word in forms[n]] for n in matched}
        if problem := _misquoted(text, places, [word for word, _ in words], title, quoted):
            return problem
    return ""


QUOTED, OWN = 0.85, 0.6
"""Shares of a clause's words that the text has too: such a clause repeats the text, or tells what
the text of a story tells, with words of its own between."""


def _is_dated(reading: Reading, clause: int) -> bool:
    """Whether a clause has the year of a row after `in`, which is no year of its story."""
    years = {f"{year:g}" for year in reading.facts.numbers.get("year", ())}
    return any(
        token.text in years
        and reading.clause[at] == clause
        and reading.folded(at - 1) == "in"
        and reading.folded(at - 2) not in _CAME_OUT
        and token.text not in reading.facts.item.text
        for at, token in enumerate(reading.tokens)
    )


_CAME_OUT = frozenset({"out", "made", "released", "published", "produced"})


def _forms(word: str, known: Collection[str]) -> frozenset[str]:
    """The stems of the text that are a form of a word: `replaced` of `replace`."""
    return frozenset({word} & set(known) or (one for one in known if akin(word, one)))


def _words(reading: Reading, clause: int) -> list[tuple[str, bool]]:
    """The stems of a clause, each with whether a claim leaves it open."""
    return [
        (word, at not in reading.covered and token.kind != "number")
        for at, token in enumerate(reading.tokens)
        if reading.clause[at] == clause and token.kind != "mark"
        for word in stems_of(token.text)
    ]


def _misquoted(
    text: Sequence[str], places: dict[int, list[int]], words: Sequence[str], title: set[str],
    quoted: bool,
) -> str:  # fmt: skip
    matched = list(places)
    path = _path(list(places.values()))
    for n, m, p, q in zip(matched, matched[1:], path, path[1:], strict=False):
        between = words[n + 1 : m]
        if {words[n], words[m]} <= title or _EN["links"] & set(between):
            continue
        turned = q <= p and not _turned_rightly(text, words, (n, m), (p, q))
        later = set(words[m + 1 :])
        if turned or (q > p and not _joined(text, (p, q), between, later, quoted)):
            return f"the text has {words[n]!r} and {words[m]!r}, but not joined so"
    if not quoted:
        return ""
    start = path[0] - 1
    while start >= 0 and text[start] in ("a", "an", "the", "its", "his", "her", "their"):
        start -= 1
    whole = text[path[0] + 1 : path[0] + 2] in (["that"], ["who"], ["which"])
    leads = start >= 0 and text[start] in _EN["leads"] and text[start] not in words[: matched[0]]
    if leads and not whole:
        return f"the row says it only after {text[start]!r}"
    goes_on = "than" in text[path[-1] + 1 : path[-1] + 3] and "than" not in words[matched[-1] :]
    return "the text goes on with 'than' there" if goes_on else ""


def _joined(
    text: Sequence[str], written: tuple[int, int], between: Sequence[str], later: set[str],
    quoted: bool,
) -> bool:  # fmt: skip
    """Whether two words that stand in the text's order are joined as there; `later`: the words of
    the clause after them."""
    p, q = written
    if "by" in between and "by" not in text[p:q]:
        return False
    if (subject := _pronoun_for(text, p, q)) >= 0 and (
        subject > q or _joined(text, (subject, q), between, later, quoted)
    ):
        return True
    skipped = [w for w in text[p + 1 : q] if w not in between]
    if set(skipped) <= _LISTED:  # both in one list, which none of them rules
        return skipped in ([], [","]) or bool(_LISTED & set(between)) or len(between) > 1
    if skipped[0] == "," and skipped[1] in _EN["relative"]:
        skipped = skipped[1:]
    while skipped and skipped[0] in _EN["relative"]:
        skipped = skipped[1:]
    if skipped[-1:] == ["but"]:  # `a strange but adorable pet`
        skipped.pop()
    if "by" in skipped and later & set(skipped):  # `the site she founded`, of `founded by her`
        return not set(skipped) - later - _LISTED - {"by"}
    said = [w for w in between if w not in _EN["small"]]
    if not said and _BE & set(between) and not _BE & set(text[p:q]) and skipped:
        return not set(skipped) - _EN["small"] - {",", "–"}  # `V is a woman` of `V rescues a woman`
    loose = not quoted and (said or _EN["leads"] & set(between))
    turns = _EN["breaks"] if loose else _EN["turns"]
    all_ = skipped and _EN["quantifiers"] & set(between)
    most = _MOST_SKIPPED + _OWN_VERB * bool(loose)
    return len(skipped) <= most and turns.isdisjoint(skipped) and not all_


def _pronoun_for(text: Sequence[str], p: int, q: int) -> int:
    """The place of `they` or `he`, in this sentence or the next, for a word that opens this one; -1
    where there is none."""
    ends = [n for n in range(p, q) if text[n] == "."]
    marks = ".," if not ends else "."
    opens = p - max((n for n in range(p) if text[n] in marks), default=-1)
    if len(ends) > 1 or opens > (_OPENING if ends else _NAME):
        return -1
    inside = range(ends[0] + 1 if ends else p + 1, min(len(text), q + 2 * _OPENING) if ends else q)
    at = next((n for n in inside if text[n] in ("they", "he", "she")), -1)
    return -1 if "." in text[q:at] or (at > q and q - ends[0] > _MOST_SKIPPED) else at


_MOST_SKIPPED, _OWN_VERB, _OPENING, _NAME = 5, 3, 8, 3
_LISTED = frozenset({",", "and", "or"})
_BE = frozenset({"is", "are", "was", "were", "be", "been", "being"})


def _turned_rightly(
    text: Sequence[str], words: Sequence[str], said: tuple[int, int], written: tuple[int, int]
) -> bool:
    """Whether two words that stand the other way round in the text still mean the same: in a list,
    with the verb in the other voice, as an adjective before its noun, or where one of them comes
    with its preposition."""
    (n, m), (p, q) = said, written
    between, inside = set(words[n + 1 : m]), set(text[q + 1 : p])
    voice = {"by", *_BE}
    if not inside.isdisjoint(".!?;:"):
        return False
    if between & _LISTED and inside & _LISTED and inside <= _LISTED | {"the"}:
        return between <= _EN["small"]
    copula = _BE | {"a", "an", "the", "as", ",", "–", "so", "very", "all", "both"}
    apposed = [
        one & (_BE | {"as", ",", "–"}) and one <= copula and other <= {"a", "an", "as"}
        for one, other in ((between, inside), (inside, between))
    ]
    done = "by" in text[p + 1 : p + 4] and _BE.isdisjoint(text[p + 1 : p + 4])
    related = {"which", "whom", "where"} & between and between & inside & (_EN["leads"] | {"over"})
    ways = (
        "by" in inside and not between & voice,  # `she saves him`, of `he is saved by her`
        not inside & voice and ("by" in between or (between & _BE and "by" in words[m:])),
        any(apposed),  # `the deaf brother`, of `the brother is deaf`
        # `the cop who distrusts technology`, of `the techno-phobic cop`
        between and p - q <= 2 and not inside & (_EN["small"] | {","}),
        inside <= {"of"} and m == n + 1,  # `a hostile group`, of `a group of hostile men`
        related,
        n and done and not between & voice,  # `she runs the site`, of `the site is run by her`
        "into" in inside and {"out", "of"} <= between,
        _lead(words, n) and _lead(words, n) == _lead(text, p),
    )
    return any(ways)


def _lead(words: Sequence[str], at: int) -> str:
    """The preposition that leads to a word."""
    before = words[max(0, at - 4) : at]
    return next((word for word in reversed(before) if word in _EN["adjuncts"]), "")


def _path(places: Sequence[Sequence[int]]) -> list[int]:
    """The places of the words in the text that lie closest together; a step back costs more."""
    ends = {place: (0, [place]) for place in places[0]}
    for next_ in places[1:]:
        ends = {
            place: min(
                (cost + (place - last if place > last else last - place + _BACK), [*path, place])
                for last, (cost, path) in ends.items()
            )
            for place in next_
        }
    return min(ends.values())[1]


_BACK = 3
