"""Rules on form, which hold for any wording: no markup, no cause that nothing shows, nothing told
twice, names and titles as the catalogue writes them.

Each rule takes a sentence that has been read and returns the problem, empty where there is none.
"""

from collections import Counter
from collections.abc import Callable
from difflib import SequenceMatcher
from itertools import pairwise

from shelftalker.language.stems import has_chinese, stem, stems_of
from shelftalker.writing.verifier.quoting import foreign_character
from shelftalker.writing.verifier.reading import Reading, in_row
from shelftalker.writing.verifier.residue import in_order
from shelftalker.writing.verifier.tokens import SentenceToken


def markup(r: Reading) -> str:
    """No characters of markup or code."""
    mark = next((t.text for t in r.tokens if t.kind == "mark" and t.text in _MARKUP), "")
    return f"it holds markup ({mark})" if mark else ""


def two_sentences(r: Reading) -> str:
    """`You viewed A, and B: It is from C.` reads as if B had been viewed too."""
    for before, after in pairwise(r.tokens):
        starts = after.kind == "word" and after.text in _SUBJECTS
        if starts and (before.text == ":" or (after.text != "I" and before.text not in _OPENING)):
            return "two sentences run together"
    return ""


def foreign(r: Reading) -> str:
    """Outside names, no hidden character and no letter of a script other than Latin and Chinese."""
    odd = (c for at, c in enumerate(r.sentence) if at not in r.named and foreign_character(c))
    found = next(odd, "")
    return f"it holds a character of another script ({found!r})" if found else ""


def orders(r: Reading) -> str:
    """No part of an order in the catalogue's text, which may be meant for a model."""
    title = set(stems_of(r.facts.item.title))
    for order in r.facts.orders:
        match = SequenceMatcher(None, order, stems := stems_of(r.sentence), autojunk=False)
        same = match.find_longest_match()
        if same.size >= min(4, len(order)) and set(order[same.a : same.a + same.size]) - title:
            return f"it repeats an order of the catalogue ({' '.join(stems[same.b : same.b + 4])})"
    return ""


def two_languages(r: Reading) -> str:
    """Words outside names are in one script; only the name of a field, and what the row writes so
    (`pH`), may be in the other."""
    open_ = (at for at in r.open if r.tokens[at].kind == "word")
    words = [r.tokens[at] for at in open_ if has_chinese(r.folded(at)) or not in_row(r, at)]
    mixed = len({has_chinese(word.text) for word in words}) > 1
    return "it mixes two languages" if mixed and not all(map(r.is_connecting, words)) else ""


def states_nothing(r: Reading) -> str:
    """A sentence needs a claim, a value, or a word that is no connecting vocabulary."""
    states = any(t.kind in ("fact", "past", "number") or t.roles for t in r.tokens)
    words = any(t.kind == "word" and not r.is_connecting(t) for t in r.tokens)
    if sum(t.kind != "mark" for t in r.tokens) < 2:  # `Yes.`
        words = any(stem(t.folded) in r.facts.row_words for t in r.tokens)
    return "" if states or words or r.claimed("request") or r.numbers else "it states no fact"


def causes(r: Reading) -> str:
    """`Since it is animated, it runs 85 minutes`: the catalogue states both but no cause. What the
    user liked or asked for may be a cause."""
    stated = [at for at, token in enumerate(r.tokens) if _states(r, token)]
    for at, token in enumerate(r.tokens):
        effect = token.folded in r.words["effects"] and not _is_addition(r, at)
        if token.kind != "word" or not (effect or _opens_cause(r, at)):
            continue
        leads = not effect and (r.folded(at - 1) in _BEFORE_CAUSE or not at)
        before = [] if leads else [n for n in stated if n < at]
        after = [n for n in stated if n > at]
        told = len(after) > 1 if leads else before and after
        visitor = any(n > at or not leads for n in _of_user(r))
        if told and not visitor and not _is_in_the_text(r, token.text):
            return f"nothing shows the cause that it states ({token.text})"
    return ""


def _of_user(r: Reading) -> set[int]:
    """The places of what is said of the user: their history, their request, their taste."""
    return {*r.mentions, *r.claimed("request"), *r.found(r.words["you"] | r.words["of_user"])}


def _is_addition(r: Reading, at: int) -> bool:
    """`and so does Heat`, `it does so`: no cause."""
    inverted = r.folded(at + 1) in r.words["auxiliaries"] or r.folded(at + 2) in ("be", "is")
    return r.folded(at) == "so" and (inverted or r.folded(at - 1) in r.words["auxiliaries"])


def _opens_cause(r: Reading, at: int) -> bool:
    """`as it is a thriller` states a cause; `since 1990` a time, `as a thriller` a kind."""
    after = next(iter(r.tokens[at + 1 :]), None)
    if after is None or after.kind == "number":
        return False
    if r.folded(at) == "as":
        opens = at == 0 or r.tokens[at - 1].kind == "mark"
        return opens and (after.kind == "title" or after.folded in r.words["pronouns"])
    return r.folded(at) in r.words["causes"] or r.folded(at) + after.text == "由于"


def _states(r: Reading, token: SentenceToken) -> bool:
    """Whether a token states something about the item, other than its name."""
    if token.kind == "word":
        return not r.is_connecting(token) and stem(token.folded) in r.facts.fact_words
    return token.kind in ("fact", "number")


def _is_in_the_text(r: Reading, link: str = "") -> bool:
    """Whether one sentence of the catalogue's text has all that this one states, in its order."""
    stated = [token.text for token in r.tokens if _states(r, token) or token.text == link]
    words = [word for text in stated for word in stems_of(text)]
    return any(in_order(words, sentence) for sentence in r.facts.text_sentences)


def repetitions(r: Reading) -> str:
    """`A 1988 film from 1988`. A value may be repeated beside a history item, in a claim about the
    user, and where two fields hold it, as of somebody who directs and plays."""
    words = [token.folded for token in r.tokens if token.kind == "word"]
    size = 6 if r.language == "zh" else 3  # most Chinese words are tokens of one character
    runs = [tuple(words[at : at + size]) for at in range(len(words) - size + 1)]
    doubled = any(a.folded == b.folded and len(a.text) > 3 for a, b in pairwise(r.tokens))
    if doubled or len(set(runs)) < len(runs):
        return "it repeats its own words"
    if _of_user(r) or _is_in_the_text(r):
        return ""
    values = Counter(stem(t.folded) for t in r.tokens if t.kind in ("fact", "number"))
    fields = {stem(t.folded): len(t.roles) for t in r.tokens if t.kind == "fact"}
    held = {**Counter(f"{n:g}" for own in r.facts.numbers.values() for n in own), **fields}
    twice = next((v for v, n in values.items() if n > max(1, held.get(v, 0))), "")
    return f"it tells {twice!r} twice" if twice else ""


def cut_title(r: Reading) -> str:
    """The part of a title before a colon is not its name: `Ms. Fit` of `Ms. Fit: Yoga Mat`."""
    start, colon, _ = r.facts.item.title.partition(": ")
    plain = " ".join(token.text for token in r.tokens if token.kind == "word")
    words, head = " ".join(stems_of(plain)), " ".join(stems_of(start))
    cut = colon and " " in head and f" {head} " in f" {words} "
    named = start in r.facts.item.text or start.casefold() in {v.casefold() for v in r.facts.values}
    return f"it cuts the title at {start!r}" if cut and not named else ""


_SUBJECTS = frozenset(("It", "This", "These", "They", "The"))
_OPENING = frozenset(".!?…\"“‘'«(–—/")
_MARKUP = frozenset("#*_`{}<>|\\[]~^")
_BEFORE_CAUSE = frozenset(["and", "but", "并", "并且", "而", "而且", ",", "，"])
RULES: tuple[Callable[[Reading], str], ...] = (
    markup,
    foreign,
    orders,
    two_sentences,
    two_languages,
    causes,
    repetitions,
    cut_title,
    states_nothing,
)
