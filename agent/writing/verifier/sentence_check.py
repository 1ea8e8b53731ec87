"""One sentence examined: markup, negations, claims about the user, numbers, roles, and whether
every word that says something is in the catalogue."""

from collections.abc import Sequence
from difflib import SequenceMatcher
from itertools import pairwise

from shelftalker.data.field_roles import PEOPLE, role_of
from shelftalker.data.values import numbers_of, texts_of
from shelftalker.language.stems import has_chinese, stem, words_of
from shelftalker.writing.verifier.attribution import Relations
from shelftalker.writing.verifier.causality import Linking, in_order
from shelftalker.writing.verifier.facts import EXACT_ROLES, phrases_of, spellings
from shelftalker.writing.verifier.sentence import ROLE_NOUNS, number_of
from shelftalker.writing.verifier.user_claims import Claims


class SentenceCheck(Claims, Relations, Linking):
    """All the checks of one sentence. `rule`: the name of the one that failed."""

    rule = ""

    def problem(self) -> str | None:
        for examine in (
            self._markup,
            self._run_together,
            self._negation,
            self._user_claims,
            self._request_claims,
            self._numbers,
            self._roles,
            self._subjects,
            self._sharing,
            self._named_as,
            self._misspelt,
            self._cut_title,
            self._vocabulary,
            self._rests_on_something,
            self._causes,
            self._told_twice,
            self._article,
        ):
            if reason := examine():
                self.rule = examine.__name__.strip("_")
                return reason
        return None

    def _markup(self) -> str | None:
        marks = [t.text for t in self.tokens if t.kind == "mark" and t.text in _MARKUP]
        return f"it holds markup ({marks[0]})" if marks else None

    def _run_together(self) -> str | None:
        """`You viewed A, and B: It is from C.` reads as if B had been viewed too."""
        for colon, after in pairwise(self.tokens):
            if colon.text == ":" and after.kind == "word" and after.text in _SUBJECTS:
                return "two sentences run together"
        return None

    def unnamed(self) -> str:
        """The sentence without the names of items and people."""
        named = [
            token.kind in ("title", "past") or bool(token.roles & PEOPLE) for token in self.tokens
        ]
        shown = [t.text for t, name in zip(self.tokens, named, strict=True) if not name]
        return ("" if self.language == "zh" else " ").join(shown)

    def states(self) -> frozenset[str]:
        """What the sentence tells of the item."""
        said = {
            token.folded
            for at, token in enumerate(self.tokens)
            if at not in self.asked
            and (
                token.kind == "fact"
                or (token.kind == "number" and self._unit(at) != "stars")
                or (token.kind == "word" and not self._connecting(token))
            )
        }
        return frozenset(said)

    def _numbers(self) -> str | None:
        for at, token in enumerate(self.tokens):
            number = number_of(token)
            if number is None or at in self.asked or at in self.denied:
                continue
            if token.kind == "word" and token.folded == "one" and self._unit(at) is None:
                continue
            if reason := self._number_problem(at, number):
                return reason
        return self._stars_said()

    def _number_problem(self, at: int, number: float) -> str | None:
        unit = self._unit(at)
        token = self.tokens[at]
        if self._is_limit(at, number):
            return None
        if unit == "currency" or token.text[0] in "$€£¥":
            return "the catalogue names no currency"
        if unit == "stars":
            return None
        subject = self._subject(at)
        facts = numbers_of(self.g.history[subject].item) if subject >= 0 else self.g.numbers
        if unit == "hours":
            number, unit = number * 60, "runtime"
        roles = [unit] if unit else list(facts)
        if unit == "decade":
            return None if _decade(number, facts.get("year", [])) else f"wrong: {token.text}s"
        if any(number in facts.get(role, []) for role in roles):
            return None
        said = self._in_text(at) and not self._quoted_wrongly(at)
        return None if said else f"no fact says {token.text}"

    def _is_limit(self, at: int, number: float) -> bool:
        """`under $25`, where the request says so and the price keeps to it."""
        said = self.tokens[at - 1].folded if at else ""
        asked = self.tokens[at].text.lstrip("$€£¥") in self.g.asked_words
        prices = self.g.numbers.get("price", [])
        return said in ("under", "below") and asked and any(price < number for price in prices)

    def _vocabulary(self) -> str | None:
        parts: list[list[str]] = [[]]
        for at, token in enumerate(self.tokens):
            if token.text in _BREAKS:
                parts.append([])
            parts[-1].extend(self._unknown(at))
        if not any(parts) or self._said_in_text(parts):
            return self._nouns_named()
        return f"nothing supports {' '.join([word for part in parts for word in part][:4])!r}"

    def _unknown(self, at: int) -> list[str]:
        """What of a token only the catalogue's text can support."""
        token = self.tokens[at]
        if at in self.asked or at in self.denied:
            return []
        if number_of(token) is not None and self._only_in_text(at):
            return [token.folded]
        if token.kind == "theirs" and self._subject(at) < 0:
            return token.text.split()
        if token.kind != "word" or (self._connecting(token) and not self._is_name(at)):
            return []
        return list(token.text) if has_chinese(token.text) else [token.text]

    def _only_in_text(self, at: int) -> bool:
        number = number_of(self.tokens[at])
        stated = any(number in values for values in self.g.numbers.values())
        return not stated and self._unit(at) is None and self._in_text(at)

    def _said_in_text(self, parts: list[list[str]]) -> bool:
        """The words of each part occur, in their order, in one sentence of the catalogue's text:
        the same for all parts, or its own where a part has several words. Those of a title that
        describes the item may stand anywhere."""
        stems = [[s for s in map(stem, part) if s not in self.g.title_words] for part in parts]
        told = [part for part in stems if part]
        named = {
            word
            for token in self.tokens
            if token.kind == "fact" and token.roles & EXACT_ROLES
            for word in words_of(token.text)
        }
        sentences = [said for said in self.g.text_sentences if named <= set(said)]
        if any(all(in_order(part, said) for part in told) for said in sentences):
            return True
        own = all(len(part) > 1 for part in told) and not named
        return own and all(any(in_order(part, said) for said in sentences) for part in told)

    def _misspelt(self) -> str | None:
        """A name's word, or a title told as it stands, in another form than the catalogue's: of the
        brand Crane, `Cranes office thing 20`. What a title ends in may be one or several."""
        for at, token in enumerate(self.tokens):
            if token.kind != "word" or at in self.asked or self._connecting(token):
                continue
            named = stem(token.folded) in self.g.name_words
            if named and self.g.forms.isdisjoint(spellings(token.folded)):
                return f"the catalogue does not write {token.text!r}"
        for said in phrases_of(self.sentence):
            for stands in self.g.title_phrases:
                if (form := _altered(said, stands)) is not None:
                    return f"the title does not say {form!r}"
        return None

    def _cut_title(self) -> str | None:
        """What stands before a title's colon is not its name: `Ms. Fit` of `Ms. Fit: Yoga Mat`."""
        start, colon, _ = self.g.item.title.partition(": ")
        plain = " ".join(token.text for token in self.tokens if token.kind == "word")
        said, head = " ".join(words_of(plain)), " ".join(words_of(start))
        cut = colon and " " in head and f" {head} " in f" {said} "
        known = {text.casefold() for v in self.g.item.attributes.values() for text in texts_of(v)}
        return f"it cuts the title at {start!r}" if cut and start.casefold() not in known else None

    def _is_name(self, at: int) -> bool:
        text = self.tokens[at].text
        start = (
            at == 0
            or (at == 1 and self.tokens[0].kind == "mark")
            or self.tokens[at - 1].text in ":："
        )
        return text[0].isupper() and not start

    def _nouns_named(self) -> str | None:
        """`the director` is said with the director's name, or as shared with a history item."""
        if any(token.kind == "past" for token in self.tokens) and self._says_shared():
            return None
        if any(t.kind == "past" and self._role_of_past(at) for at, t in enumerate(self.tokens)):
            return None
        said = self._roles_said()
        for token in self.tokens:
            role = role_of(token.folded) if token.kind == "word" else ""
            if token.folded in ROLE_NOUNS and role not in said:
                return f"it names no {role}"
        return None

    def _rests_on_something(self) -> str | None:
        telling = ("fact", "past", "request", "number")
        claims = any(t.kind in telling or t.roles for t in self.tokens)
        texts = [t for t in self.tokens if t.kind == "word" and not self._connecting(t)]
        return None if claims or texts or self.asked else "it states no fact"


_SUBJECTS = frozenset(("It", "This", "These", "They"))
_BREAKS = frozenset(",;，；")
_MARKUP = frozenset("#*_`{}<>|\\[]~^")


def _decade(number: float, years: Sequence[float]) -> bool:
    return any(year // 10 * 10 == number for year in years)


def _altered(said: Sequence[str], title: Sequence[str]) -> str | None:
    """A word that a run of at least three words of a title has in another form, unless it is the
    run's last. Both in lower case."""
    own, theirs = [stem(word) for word in said], [stem(word) for word in title]
    runs = SequenceMatcher(None, own, theirs, autojunk=False).get_matching_blocks()
    for start, place, size in runs:
        pairs = zip(said[start : start + size - 1], title[place : place + size - 1], strict=True)
        other = [one for one, two in pairs if spellings(one).isdisjoint(spellings(two))]
        if size > 2 and other:
            return other[0]
    return None
