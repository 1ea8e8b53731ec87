"""Decide whether a sentence about a pick is true: it must rest on a catalogue field, the user's own
history or the request, and say nothing else.

A sentence may consist of known names and numbers, of words that the catalogue's text has in the
same order, and of connecting vocabulary (`lexicon.py`). Whatever else it says is a reason to drop
it. The checks are strict on purpose: a small model invents, and a plain true text is at hand.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from shelftalker.catalog import Item
from shelftalker.lexicon import NOUN_MARKS, NUMBER_WORDS, ROLE_PARTS, VOCABULARIES, role_of
from shelftalker.request import Request
from shelftalker.spans import (
    Past,
    Reader,
    Token,
    has_chinese,
    numbers_of,
    same_value,
    shared,
    stem,
    texts_of,
    words_of,
)

LONGEST = 45
"""Words a sentence may have."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """One fact a text may state. For history, `value` is the title, and `field` the kind of event
    or the attribute that both items share."""

    text: str
    source: Literal["catalog", "history", "request"]
    field: str
    value: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a sentence may be shown, and why not."""

    ok: bool
    reason: str = ""

    def __bool__(self) -> bool:
        return self.ok


def check(
    sentence: str,
    evidence: Sequence[Evidence],
    item: Item,
    history: Sequence[Past] = (),
    request: Request | None = None,
) -> Verdict:
    """Check one sentence. `history` holds one entry per item, the user's last event with it."""
    return Grounds(evidence, item, history, request or Request()).check(sentence)


class Grounds:
    """What sentences about one pick may rest on; build once, check many."""

    def __init__(
        self,
        evidence: Sequence[Evidence],
        item: Item,
        history: Sequence[Past] = (),
        request: Request | None = None,
    ) -> None:
        self.item, self.history = item, history
        self.request = request or Request()
        self.evidence = evidence
        self.reader = Reader(item, history, self.request)
        self.numbers = numbers_of(item)

    def check(self, sentence: str) -> Verdict:
        """The first thing that is wrong with the sentence, or that nothing is."""
        problem = _shape(sentence) or _Reading(self, sentence.strip()).problem()
        return Verdict(problem is None, problem or "")

    @cached_property
    def text_sentences(self) -> list[list[str]]:
        """The catalogue text's sentences as stems, those with a negation left out."""
        sentences = re.split(r"(?<=[.!?。！？])\s*", self.item.text)
        return [words_of(text) for text in sentences if text and not _negated(text)]

    @cached_property
    def fact_words(self) -> set[str]:
        """Stems of all that the catalogue says of the item, title left out."""
        values = [t for value in self.item.attributes.values() for t in texts_of(value)]
        return {word for text in values for word in words_of(text)} | {
            word for sentence in self.text_sentences for word in sentence
        }

    @cached_property
    def asked_words(self) -> set[str]:
        """Stems of the request."""
        return set(words_of(f"{self.request.text} {self.request.message}"))

    def liked_with(self, value: str) -> bool:
        """Whether the user liked some item that has this value."""
        return any(
            past.sign > 0 and same_value(value, text)
            for past in self.history
            for field in past.item.attributes.values()
            for text in texts_of(field)
        )


class _Reading:
    """One sentence under examination."""

    def __init__(self, grounds: Grounds, sentence: str) -> None:
        self.g = grounds
        self.sentence = sentence
        self.language = "zh" if has_chinese(_outside_quotes(sentence)) else "en"
        self.words = VOCABULARIES[self.language]
        self.tokens = grounds.reader.tokens(sentence, self.language)
        self.asked = self._request_clause()

    def problem(self) -> str | None:
        for examine in (
            self._negation,
            self._user_claims,
            self._request_claims,
            self._numbers,
            self._roles,
            self._subjects,
            self._sharing,
            self._vocabulary,
            self._rests_on_something,
        ):
            if reason := examine():
                return reason
        return None

    # --- what each part of the sentence claims

    def _negation(self) -> str | None:
        for at, token in enumerate(self.tokens):
            if token.kind != "word" or at in self.asked:
                continue
            if token.folded in self.words.negations and not self._dislike_at(at):
                return f"it denies something ({token.text})"
        return None

    def _dislike_at(self, at: int) -> bool:
        """`you did not like X`, `你不喜欢X`: a claim about the user, checked as such."""
        if self.language == "zh":
            return self.tokens[at].text == "不喜欢"
        near = [token.folded for token in self.tokens[max(0, at - 2) : at + 2]]
        return near[-1] in ("like", "enjoy") and bool(set(near) & self.words.you)

    def _user_claims(self) -> str | None:
        for at, token in enumerate(self.tokens):
            if token.kind == "word" and token.folded in self.words.you and at not in self.asked:
                reason = self._claim_after(at)
                if reason:
                    return reason
        return None

    def _claim_after(self, at: int) -> str | None:
        denied = False
        position = at + 1
        while position < len(self.tokens):
            token = self.tokens[position]
            if token.kind == "number" or token.text in "-–" or token.folded in self.words.units:
                position += 1
            elif token.folded in self.words.modals:
                return None  # `you might enjoy` foresees, it does not claim
            elif token.folded in self.words.negations and token.folded not in self.words.claims:
                denied, position = True, position + 1
            elif token.folded in self.words.adverbs:
                position += 1
            else:
                break
        if position >= len(self.tokens):
            return None
        token = self.tokens[position]
        if token.kind == "word" and token.folded in self.words.claims:
            needs = self.words.claims[token.folded]
            return self._claim(at, position, "negative" if denied else needs)
        return self._bare_you(at, token)

    def _bare_you(self, at: int, token: Token) -> str | None:
        if self.language == "zh" or token.kind in ("mark", "title", "fact", "past"):
            if token.kind == "past" and self.tokens[at].folded != "your":
                return "it says of the user what no event shows"
            return None
        if token.folded in self.words.asks:
            return None if at in self.asked or self.asked else "it invents a request"
        if self.tokens[at].folded == "your":
            harmless = {"history", "list", "shelf", "mood", "next", "time", "taste", "tastes"}
            return None if token.folded in harmless else "it says what the user's is"
        harmless = {"a", "an", "the", "to", "with", "in", "for", "and", "if", "are", "this", "on"}
        return None if token.folded in harmless else "it says of the user what no event shows"

    def _claim(self, at: int, verb: int, needs: str) -> str | None:
        pasts, facts = self._objects(at, verb)
        if pasts:
            stars = self._stars_said()
            for index in pasts:
                if not _shows(self.g.history[index], needs):
                    title = self.g.history[index].item.title
                    return f"the history does not show that about {title}"
                if needs == "rating" and self._low_praise(index):
                    return "the rating is not that high"
            return None if stars is None else stars
        if needs == "positive" and facts:
            return next((f"no liked item has {f}" for f in facts if not self._known_taste(f)), None)
        if self.tokens[verb].folded in ("taste", "tastes", "给", "找"):
            follow = self.tokens[verb + 1].kind if verb + 1 < len(self.tokens) else "mark"
            return None if follow != "word" else "it says what the user's taste is"
        return "it says of the user what no event shows"

    def _low_praise(self, index: int) -> bool:
        highly = any(token.folded == "highly" for token in self.tokens)
        return highly and self.g.history[index].sign <= 0

    def _known_taste(self, value: str) -> bool:
        return self.g.liked_with(value) or set(words_of(value)) <= self.g.asked_words

    def _objects(self, at: int, verb: int) -> tuple[list[int], list[str]]:
        """History items and values that the claim is about: those after it, else just before."""
        pasts: list[int] = []
        facts: list[str] = []
        for token in self.tokens[verb + 1 :]:
            if token.folded in self.words.stops and token.kind in ("word", "mark"):
                break
            if token.kind == "title":
                return [], []
            if token.kind == "past":
                pasts.append(token.past)
            elif token.kind == "fact":
                facts.append(token.text)
        if not pasts and not facts:
            before = [t.past for t in self.tokens[max(0, at - 4) : at] if t.kind == "past"]
            pasts = before[-1:]
        return pasts, facts

    def _stars_said(self) -> str | None:
        """Every `n stars` must be the rating of the history item it stands by."""
        for at, token in enumerate(self.tokens):
            number = _number(token)
            if number is None or self._unit(at) != "stars":
                continue
            before = [t.past for t in self.tokens[:at] if t.kind == "past"]
            after = [t.past for t in self.tokens[at:] if t.kind == "past"]
            index = before[-1] if before else after[0] if after else None
            if index is None:
                return "it gives stars that no event has"
            event = self.g.history[index].event
            if event.kind != "rating" or event.value != number:
                return f"the user did not rate that {token.text} stars"
        return None

    def _request_clause(self) -> set[int]:
        """Positions of what the sentence says was asked for."""
        inside: set[int] = set()
        after_you = opened = False
        for at, token in enumerate(self.tokens):
            if token.kind == "mark" and token.text in ",;:.，。；：!！":
                after_you = opened = False
            elif token.folded in self.words.you:
                after_you = True
            elif after_you and token.folded in self.words.asks and token.kind == "word":
                opened = True
                continue
            if opened:
                inside.add(at)
        return inside

    def _request_claims(self) -> str | None:
        quoted = [at for at, token in enumerate(self.tokens) if token.kind == "request"]
        if any(at not in self.asked for at in quoted):
            return "it takes the request for a fact"
        said = [self.tokens[at] for at in sorted(self.asked)]
        known = self.words.words | self.words.negations
        content = [t for t in said if t.kind != "mark" and t.kind != "request"]
        content = [t for t in content if t.kind != "word" or t.folded not in known]
        wrong = [t for t in content if not set(words_of(t.text)) <= self.g.asked_words]
        if wrong:
            return f"nobody asked for {wrong[0].text}"
        if said and not content and not quoted:
            return "it speaks of a request that it does not state"
        fits = any(token.folded in self.words.fits for token in self.tokens)
        if self.asked and fits and not self.g.asked_words & self.g.fact_words:
            return "nothing in the catalogue shows that it fits the request"
        return None

    def _numbers(self) -> str | None:
        for at, token in enumerate(self.tokens):
            number = _number(token)
            if number is None or at in self.asked:
                continue
            if token.kind == "word" and token.folded == "one" and self._unit(at) is None:
                continue
            if reason := self._number_problem(at, number):
                return reason
        return self._stars_said()

    def _number_problem(self, at: int, number: float) -> str | None:
        unit = self._unit(at)
        token = self.tokens[at]
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
        return None if self._in_text(at) else f"no fact says {token.text}"

    def _unit(self, at: int) -> str | None:
        """The role that the words around a number give it."""
        after = [t for t in self.tokens[at + 1 : at + 3] if t.text not in "-–"]
        before = [t.folded for t in self.tokens[max(0, at - 2) : at]]
        if after and self.tokens[at].kind == "number" and after[0].text == "s":
            return "decade"
        if after and after[0].kind == "word":
            word = after[0].folded
            if word in self.words.units:
                return self.words.units[word]
            if role_of(word) in self.g.numbers and word not in self.words.cues:
                return role_of(word)
        if set(before) & {"price", "priced", "costs", "cost", "价格", "售价", "定价"}:
            return "price"
        if before and before[-1] in {"in", "since", "from"} and "year" in self.g.numbers:
            return "year"
        return next((role_of(w) for w in before[::-1] if role_of(w) in self.g.numbers), None)

    def _in_text(self, at: int) -> bool:
        number = self.tokens[at].folded
        return any(number in sentence for sentence in self.g.text_sentences)

    def _roles(self) -> str | None:
        """`directed by X` needs X among the directors."""
        wanted: frozenset[str] = frozenset()
        for at, token in enumerate(self.tokens):
            cue = self.words.cues.get(token.folded) if token.kind == "word" else None
            if cue and not self._is_star_rating(at):
                ahead = self._person_before(at) if self.language == "zh" else None
                if self.language == "en" and token.folded in _ACTIVE and self._next(at) != "by":
                    ahead = self._person_before(at)
                if ahead is not None and ahead.roles & PEOPLE_ROLES and not ahead.roles & cue:
                    return f"{ahead.text} is not the {'/'.join(sorted(cue))}"
                wanted = cue
            elif token.kind == "fact" and wanted:
                if not token.roles & wanted and token.roles & (PEOPLE_ROLES | {"country"}):
                    return f"{token.text} is not the {'/'.join(sorted(wanted))}"
            elif token.kind in ("fact", "title", "past"):
                continue
            elif token.folded not in _LISTING:
                wanted = frozenset()
        return None

    def _is_star_rating(self, at: int) -> bool:
        return any(_number(t) is not None for t in self.tokens[max(0, at - 2) : at])

    def _next(self, at: int) -> str:
        return self.tokens[at + 1].folded if at + 1 < len(self.tokens) else ""

    def _person_before(self, at: int) -> Token | None:
        before = [t for t in self.tokens[max(0, at - 2) : at] if t.text not in {"also", "在"}]
        return before[-1] if before and before[-1].kind == "fact" else None

    def _subject(self, at: int) -> int:
        """The history item that a value at this place is said of, -1 for the pick itself."""
        for before in range(at - 1, -1, -1):
            token = self.tokens[before]
            if token.kind == "past":
                return token.past if self._predicates(before + 1) else -1
            if token.kind == "title" or token.folded in _ITEM_WORDS or token.text in ";；":
                return -1
        return -1

    def _predicates(self, at: int) -> bool:
        """Whether a claim about a history title begins here: `Heat stars…`, `Heat, directed by…`"""
        following = [t for t in self.tokens[at : at + 3] if t.text not in _BEFORE_PREDICATE]
        if not following or _number(following[0]) is not None:
            return False
        first = following[0]
        return first.kind == "fact" or first.folded in _PREDICATES | set(self.words.cues)

    def _subjects(self) -> str | None:
        """What is said of a history item must be true of that item."""
        for at, token in enumerate(self.tokens):
            if token.kind == "fact" and (index := self._subject(at)) >= 0:
                other = self.g.history[index].item
                values = [t for value in other.attributes.values() for t in texts_of(value)]
                if not any(same_value(token.text, value) for value in values):
                    return f"{other.title} does not have {token.text}"
            if token.kind == "past" and (role := self._role_of_past(at)):
                other = self.g.history[token.past].item
                if not shared(self.g.item, other, role):
                    return f"{other.title} does not share its {role}"
        return None

    def _role_of_past(self, at: int) -> str | None:
        """The role named right before a history title: `the director of Heat`."""
        for token in reversed(self.tokens[max(0, at - 4) : at]):
            if token.kind == "word" and token.folded in self.words.cues:
                return role_of(token.folded) if role_of(token.folded) in ROLE_PARTS else None
            if token.kind not in ("word", "mark") or token.folded in self.words.stops:
                return None
        return None

    def _sharing(self) -> str | None:
        """`also`, `same`, `both` beside a history title: some value said must be shared with it."""
        pasts = [token.past for token in self.tokens if token.kind == "past"]
        if not pasts or not self._says_shared():
            return None
        said = [token for token in self.tokens if token.kind in ("fact", "number")]
        for index in pasts:
            other = self.g.history[index].item
            common = [text for _, text in shared(self.g.item, other)]
            numbers = {n for values in numbers_of(other).values() for n in values}
            if said and not any(
                any(same_value(token.text, text) for text in common) or _number(token) in numbers
                for token in said
            ):
                return f"{other.title} does not share that"
            if not said and not all(
                shared(self.g.item, other, role) for role in self._roles_named() or [None]
            ):
                return f"{other.title} does not share that"
        return None

    def _says_shared(self) -> bool:
        for at, token in enumerate(self.tokens):
            if token.kind != "word" or token.folded not in self.words.sharing:
                continue
            beside = {t.folded for t in self.tokens[max(0, at - 2) : at]}
            if not beside & (self.words.you | self.words.modals):
                return True
        return False

    def _roles_named(self) -> list[str | None]:
        return [
            role_of(token.folded)
            for token in self.tokens
            if token.kind == "word" and role_of(token.folded) in ROLE_PARTS
        ]

    # --- the words themselves

    def _vocabulary(self) -> str | None:
        unknown: list[str] = []
        for at, token in enumerate(self.tokens):
            if token.kind == "number" and token.folded not in unknown and self._only_in_text(at):
                unknown.append(token.folded)
            if token.kind != "word" or at in self.asked:
                continue
            if self._is_name(at):
                unknown.append(token.text)
            elif not self._connecting(token):
                unknown.extend([token.text] if self.language == "en" else list(token.text))
        if not unknown or self._said_in_text(unknown):
            return self._nouns_named()
        return f"nothing supports {' '.join(unknown[:4])!r}"

    def _only_in_text(self, at: int) -> bool:
        number = _number(self.tokens[at])
        stated = any(number in values for values in self.g.numbers.values())
        return not stated and self._unit(at) is None and self._in_text(at)

    def _said_in_text(self, words: list[str]) -> bool:
        """The words occur, in this order, in one sentence of the catalogue's text."""
        stems = [stem(word) for word in words]
        return any(_in_order(stems, sentence) for sentence in self.g.text_sentences)

    def _is_name(self, at: int) -> bool:
        text = self.tokens[at].text
        start = (
            at == 0
            or (at == 1 and self.tokens[0].kind == "mark")
            or self.tokens[at - 1].text in ":："
        )
        return text[0].isupper() and not start

    def _connecting(self, token: Token) -> bool:
        words = self.words
        folded = token.folded
        if folded in words.words or folded in words.you or folded in words.adverbs:
            return True
        if folded in NUMBER_WORDS or folded in words.units or folded in words.claims:
            return True
        if folded in words.negations or folded in words.asks or folded in words.modals:
            return True
        if folded in ("highly", "s") or role_of(folded) in self._roles_said():
            return True
        return any(folded in words.nouns[domain] for domain in self._domains())

    def _roles_said(self) -> set[str]:
        """Roles, and names of fields, whose value the sentence states."""
        said = {role for token in self.tokens for role in token.roles}
        for token in self.tokens:
            number = _number(token)
            said |= {r for r, v in self.g.numbers.items() if number in v and number is not None}
        return said | {word for role in said for word in re.split(r"[\W_]+", role)}

    def _nouns_named(self) -> str | None:
        """`the director` is said with the director's name, or as shared with a history item."""
        if any(token.kind == "past" for token in self.tokens) and self._says_shared():
            return None
        said = self._roles_said()
        for token in self.tokens:
            role = role_of(token.folded) if token.kind == "word" else ""
            if token.folded in _ROLE_NOUNS and role not in said:
                return f"it names no {role}"
        return None

    def _domains(self) -> list[str]:
        roles = {role_of(field) for field in self.g.item.facts()}
        return [domain for domain, marks in NOUN_MARKS.items() if roles & marks]

    def _rests_on_something(self) -> str | None:
        claims = any(t.kind in ("fact", "past", "request", "number") for t in self.tokens)
        texts = [t for t in self.tokens if t.kind == "word" and not self._connecting(t)]
        return None if claims or texts or self.asked else "it states no fact"


PEOPLE_ROLES = frozenset({"director", "cast", "writer", "author", "artist"})
_ROLE_NOUNS = frozenset({"director", "cast", "actor", "actors", "writer", "author", "artist",
                         "country", "brand", "导演", "演员", "编剧", "作者", "国家",
                         "品牌"})  # fmt: skip
_BEFORE_PREDICATE = frozenset('"”》」,，(（')
_ACTIVE = frozenset({"directed", "directs", "stars", "writes", "wrote"})
_LISTING = frozenset(["by", "and", ",", "&", "the", "is", "as", "are", *"、和与:：是"])
_ITEM_WORDS = frozenset(["this", "it", "its", "here", "you", *"这它本你", "这部", "这是"])
_PREDICATES = frozenset({"is", "was", "has", "had", "stars", "features", "with", "by", "from",
                         "which", "who", "includes", "runs", "belongs", "comes", "that",
                         "是", "由", "的", "来自", "属于"})  # fmt: skip
_TOKENS = re.compile(
    r"<\|[^|>]*\|>|<\|?/?[a-z_]+\|?>|\[/?INST\]|<<SYS>>|https?:|www\.|[#*_`{}<>|\\]"
)


def neutral(text: str) -> str:
    """Catalogue text made safe for a prompt: no control characters, chat tokens or markup."""
    text = unicodedata.normalize("NFKC", text)
    previous = None
    while previous != text:
        previous = text
        text = re.sub(r"<\|[^|>]*\|>|</?s>|\[/?INST\]|<</?SYS>>|<[^<>]{0,200}>", " ", text)
    text = re.sub(r"https?://\S+|www\.\S+", " ", text)
    text = "".join(" " if unicodedata.category(c) in ("Cc", "Cf", "Co", "Cs") else c for c in text)
    text = re.sub(r"(?i)\b(system|user|assistant)\s*:", r"\1 ", text)
    return re.sub(r"\s+", " ", re.sub(r"[`*_#{}<>|\\]+", " ", text)).strip()


def sentences_of(text: str) -> list[str]:
    """A text split into sentences; abbreviations such as `Mr.` and initials do not end one."""
    pieces = re.split(r"(?<=[.!?])[\"”']?\s+(?=[\"“'A-Z0-9])|(?<=[。！？])\s*|\n+", text)
    whole: list[str] = []
    for piece in pieces:
        if whole and re.search(r"(?:\b[A-Z]|\b(?:Mr|Mrs|Ms|Dr|St|Jr|Sr|vs|No|Vol))\.$", whole[-1]):
            whole[-1] += f" {piece}"
        elif piece and piece.strip():
            whole.append(piece.strip())
    return whole


def _shape(sentence: str) -> str | None:
    text = sentence.strip()
    if not text:
        return "it is empty"
    if _TOKENS.search(text) or "\n" in text:
        return "it holds markup, a link or a role token"
    if text[-1] not in '.!。！”"' or text.endswith("..."):
        return "it does not end"
    if len(text.split()) > LONGEST or len(text) > 8 * LONGEST:
        return "it is too long"
    return None


def _shows(past: Past, needs: str) -> bool:
    kind = past.event.kind
    if needs == "positive":
        return past.sign > 0
    if needs == "negative":
        return past.sign < 0 and kind != "skip"
    if needs == "seen":
        return kind in ("view", "play", "rating", "like", "dislike")
    if needs == "view":
        return kind in ("view", "click")
    return kind == needs


def _number(token: Token) -> float | None:
    if token.kind == "number":
        text = token.text.lstrip("$€£¥")
        text = re.sub(r",(?=\d{3})", "", text)
        try:
            return float(text)
        except ValueError:
            return -1.0
    return NUMBER_WORDS.get(token.folded) if token.kind == "word" else None


def _decade(number: float, years: Sequence[float]) -> bool:
    return any(year // 10 * 10 == number for year in years)


def _negated(text: str) -> bool:
    words = {word.casefold() for word in re.findall(r"\w+(?:['’]\w+)?", text)}
    chinese = VOCABULARIES["zh"].negations
    return bool(words & VOCABULARIES["en"].negations) or any(w in text for w in chinese)


def _in_order(words: Sequence[str], sentence: Sequence[str]) -> bool:
    rest = iter(sentence)
    return all(word in rest for word in words)


def _outside_quotes(sentence: str) -> str:
    return re.sub(r"《[^》]*》|“[^”]*”|\"[^\"]*\"", "", sentence)
