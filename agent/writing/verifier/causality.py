"""Rules of linking: no fact of an item is the cause of another, nothing is stated twice, numbers
have the right article.

Each rule takes a sentence and returns the problem, None where there is none.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import combinations

from shelftalker.data.values import value_forms
from shelftalker.language.stems import stem, stems_of
from shelftalker.writing.verifier.sentence import Sentence, number_of
from shelftalker.writing.verifier.tokens import SentenceToken


def causes(s: Sentence) -> str | None:
    """`Since it is animated, it runs 85 minutes`: the catalogue states both but no cause. What the
    user liked or asked for may be a cause."""
    for at, cause, effect in _links(s):
        sides = [[s.tokens[place] for place in side] for side in (cause, effect)]
        visitor = any(_is_about_user(s, place) for place in (*cause, *effect))
        if not visitor and all(any(_states(s, token) for token in side) for side in sides):
            if _is_in_the_text(s, s.tokens[at].text):
                continue
            return f"nothing shows the cause that it states ({s.tokens[at].text})"
    return None


def _links(s: Sentence) -> Iterator[tuple[int, range, range]]:
    """The positions of each causal link, of its cause and of its effect."""
    for at, token in enumerate(s.tokens):
        before = s.tokens[at - 1] if at else None
        if token.kind != "word":
            continue
        if token.folded in _EFFECT_WORDS:
            yield at, range(at), range(at + 1, len(s.tokens))
        elif _opens_cause(s, at):
            comma = _comma_after(s, at)
            leads = before is None or before.kind == "mark" or before.folded in _CONJUNCTIONS
            if leads and comma < len(s.tokens):
                yield at, range(at + 1, comma), range(comma, len(s.tokens))
            else:
                yield at, range(at + 1, len(s.tokens)), range(at)


def _opens_cause(s: Sentence, at: int) -> bool:
    """`as it is a thriller` states a cause; `since 1990` a time, `as a thriller` a kind."""
    token, after = s.tokens[at], s.tokens[at + 1 : at + 2]
    if not after or number_of(after[0]) is not None:
        return False
    if token.folded == "由":
        return after[0].text == "于"
    if token.folded == "as":
        opens = at == 0 or s.tokens[at - 1].kind == "mark"
        return opens and (after[0].kind == "title" or after[0].folded in _ITEM_PRONOUNS)
    return token.folded in _CAUSE_WORDS


def _comma_after(s: Sentence, at: int) -> int:
    places = (n for n in range(at, len(s.tokens)) if s.tokens[n].text in ",，")
    return next(places, len(s.tokens))


def _is_about_user(s: Sentence, at: int) -> bool:
    token = s.tokens[at]
    if token.kind in ("past", "request") or at in s.asked:
        return True
    return token.kind == "word" and token.folded in s.words.you | _USER_WORDS


def _states(s: Sentence, token: SentenceToken) -> bool:
    """Whether a token states something about the item, other than its name."""
    if token.kind == "word":
        return not s.is_connecting(token) and stem(token.folded) in s.facts.fact_words
    return token.kind in ("fact", "number")


def _is_in_the_text(s: Sentence, link: str = "") -> bool:
    """Whether one sentence of the catalogue's text has all that this one states, in its order."""
    stated = [token.text for token in s.tokens if _states(s, token) or token.text == link]
    words = [word for text in stated for word in stems_of(text)]
    return any(in_order(words, sentence) for sentence in s.facts.text_sentences)


def repetitions(s: Sentence) -> str | None:
    """`A 1988 film from 1988`. A value may be repeated beside a history item, in a claim about the
    user, and where two fields hold it, as of somebody who directs and plays."""
    if any(token.kind == "past" for token in s.tokens) or _is_in_the_text(s):
        return None
    stated = [
        s.tokens[at]
        for clause in s.clauses()
        if not any(_is_about_user(s, at) for at in clause)
        for at in clause
        if s.tokens[at].kind in ("fact", "number") and at not in s.denied
    ]
    for one, other in combinations(stated, 2):
        if _same_statement(one, other) and _fields_with(s, one) < 2:
            return f"it tells {other.text!r} twice"
    return None


def _fields_with(s: Sentence, token: SentenceToken) -> int:
    """How many fields hold the value of a token."""
    number = number_of(token)
    if number is None:
        return len(token.roles)
    return sum(values.count(number) for values in s.facts.numbers.values())


def articles(s: Sentence) -> str | None:
    """`an 85-minute film`, `a 90-minute film`."""
    for article, token in zip(s.tokens, s.tokens[1:], strict=False):
        if article.kind != "word" or article.text not in ("a", "A", "an", "An"):
            continue
        if token.kind == "number" and article.folded not in _articles(token.text):
            return f"wrong article: {article.text} {token.text}"
    return None


_CAUSE_WORDS = frozenset(["since", "because", "given", "因为", "既然"])
_EFFECT_WORDS = frozenset(["so", "therefore", "thus", "hence", "why", "所以", "因此", "因而"])
_CONJUNCTIONS = frozenset(["and", "but", "并", "并且", "而", "而且"])
_ITEM_PRONOUNS = frozenset(["it", "this", "they", "these"])
_USER_WORDS = frozenset(["request", "requested", "asked", "wanted", "history", "taste", "tastes",
                      "要求", "想看", "想要", "想找", "喜欢", "喜爱"])  # fmt: skip
_VOWEL = re.compile(r"8|1[18](?!\d)")
_READ_TWO_WAYS = re.compile(r"1[18]\d\d(?!\d)")
"""`an 1800` as eighteen hundred, `a 1800` as one thousand eight hundred."""


def _articles(number: str) -> tuple[str, ...]:
    """The articles that a number may have, by its pronunciation."""
    plain = number.lstrip("$€£¥")
    if _READ_TWO_WAYS.match(plain):
        return ("a", "an")
    return ("an",) if _VOWEL.match(plain) else ("a",)


def _same_statement(one: SentenceToken, other: SentenceToken) -> bool:
    if one.kind == other.kind == "number":
        return number_of(one) == number_of(other)
    return one.kind == other.kind == "fact" and bool(_forms(one) & _forms(other))


def _forms(token: SentenceToken) -> set[str]:
    return {stem(form) for form in value_forms(token.text, "")}


def in_order(words: Sequence[str], sentence: Sequence[str]) -> bool:
    """Whether the words occur in a sentence, in their order."""
    rest = iter(sentence)
    return all(word in rest for word in words)
