"""How a sentence joins what it tells: no fact of an item is the cause of another, nothing is told
twice, and a number has the article that it is read with."""

import re
from collections.abc import Iterator, Sequence
from itertools import combinations

from shelftalker.data.values import value_forms
from shelftalker.language.stems import stem, words_of
from shelftalker.writing.verifier.sentence import Sentence, number_of
from shelftalker.writing.verifier.tokenizer import SentenceToken


class Linking(Sentence):
    """The checks of causes, of repetitions and of articles before numbers."""

    def _causes(self) -> str | None:
        """`Since it is animated, it runs 85 minutes`: the catalogue states both and no cause. What
        the user liked or asked for may be the cause of a pick, or what a fact speaks for."""
        for at, cause, effect in self._links():
            sides = [[self.tokens[place] for place in side] for side in (cause, effect)]
            visitor = any(self._of_visitor(place) for place in (*cause, *effect))
            if not visitor and all(any(map(self._tells, side)) for side in sides):
                if self._as_the_text_says(self.tokens[at].text):
                    continue
                return f"nothing shows the cause that it states ({self.tokens[at].text})"
        return None

    def _links(self) -> Iterator[tuple[int, range, range]]:
        """Where a cause is linked to an effect, and the places of both."""
        for at, token in enumerate(self.tokens):
            before = self.tokens[at - 1] if at else None
            if token.kind != "word":
                continue
            if token.folded in _EFFECT:
                yield at, range(at), range(at + 1, len(self.tokens))
            elif self._opens_cause(at):
                comma = self._comma_after(at)
                leads = before is None or before.kind == "mark" or before.folded in _JOINING
                if leads and comma < len(self.tokens):
                    yield at, range(at + 1, comma), range(comma, len(self.tokens))
                else:
                    yield at, range(at + 1, len(self.tokens)), range(at)

    def _opens_cause(self, at: int) -> bool:
        """`since 1990` tells a time and `as a thriller` a kind; `as it is a thriller` a cause."""
        token, after = self.tokens[at], self.tokens[at + 1 : at + 2]
        if not after or number_of(after[0]) is not None:
            return False
        if token.folded == "由":
            return after[0].text == "于"
        if token.folded == "as":
            opens = at == 0 or self.tokens[at - 1].kind == "mark"
            return opens and (after[0].kind == "title" or after[0].folded in _ITEM)
        return token.folded in _CAUSE

    def _comma_after(self, at: int) -> int:
        places = (n for n in range(at, len(self.tokens)) if self.tokens[n].text in ",，")
        return next(places, len(self.tokens))

    def _of_visitor(self, at: int) -> bool:
        token = self.tokens[at]
        if token.kind in ("past", "request") or at in self.asked:
            return True
        return token.kind == "word" and token.folded in self.words.you | _VISITOR

    def _tells(self, token: SentenceToken) -> bool:
        """Whether it says something of the item but its name."""
        if token.kind == "word":
            return not self._connecting(token)
        return token.kind in ("fact", "number")

    def _as_the_text_says(self, link: str = "") -> bool:
        """Whether one sentence of the catalogue's text has, in this order, all that this says."""
        told = [token.text for token in self.tokens if self._tells(token) or token.text == link]
        words = [word for text in told for word in words_of(text)]
        return any(in_order(words, said) for said in self.g.text_sentences)

    def _told_twice(self) -> str | None:
        """`A 1988 film from 1988`. Beside an item of the history a value may be told of both, and
        beside what the user likes or wants of the item too; one that two fields hold, as who
        directs and plays, may be told of each."""
        if any(token.kind == "past" for token in self.tokens) or self._as_the_text_says():
            return None
        told = [
            self.tokens[at]
            for part in self._parts()
            if not any(map(self._of_visitor, part))
            for at in part
            if self.tokens[at].kind in ("fact", "number") and at not in self.denied
        ]
        for one, other in combinations(told, 2):
            if _same(one, other) and self._fields_with(one) < 2:
                return f"it tells {other.text!r} twice"
        return None

    def _fields_with(self, token: SentenceToken) -> int:
        """How many fields hold what a token tells."""
        number = number_of(token)
        if number is None:
            return len(token.roles)
        return sum(values.count(number) for values in self.g.numbers.values())

    def _article(self) -> str | None:
        """`an 85-minute film`, `a 90-minute film`."""
        for article, token in zip(self.tokens, self.tokens[1:], strict=False):
            if article.kind != "word" or article.text not in ("a", "A", "an", "An"):
                continue
            if token.kind == "number" and article.folded not in _articles(token.text):
                return f"wrong article: {article.text} {token.text}"
        return None


_CAUSE = frozenset(["since", "because", "given", "因为", "既然"])
_EFFECT = frozenset(["so", "therefore", "thus", "hence", "why", "所以", "因此", "因而"])
_JOINING = frozenset(["and", "but", "并", "并且", "而", "而且"])
_ITEM = frozenset(["it", "this", "they", "these"])
_VISITOR = frozenset(["request", "requested", "asked", "wanted", "history", "taste", "tastes",
                      "要求", "想看", "想要", "想找", "喜欢", "喜爱"])  # fmt: skip
_VOWEL = re.compile(r"8|1[18](?!\d)")
_EITHER = re.compile(r"1[18]\d\d(?!\d)")
"""`an 1800` as eighteen hundred, `a 1800` as one thousand eight hundred."""


def _articles(number: str) -> tuple[str, ...]:
    """The articles that a number may have, by how it is read."""
    plain = number.lstrip("$€£¥")
    if _EITHER.match(plain):
        return ("a", "an")
    return ("an",) if _VOWEL.match(plain) else ("a",)


def _same(one: SentenceToken, other: SentenceToken) -> bool:
    if one.kind == other.kind == "number":
        return number_of(one) == number_of(other)
    return one.kind == other.kind == "fact" and bool(_forms(one) & _forms(other))


def _forms(token: SentenceToken) -> set[str]:
    return {stem(form) for form in value_forms(token.text, "")}


def in_order(words: Sequence[str], sentence: Sequence[str]) -> bool:
    """Whether the words occur in a sentence, in their order."""
    rest = iter(sentence)
    return all(word in rest for word in words)
