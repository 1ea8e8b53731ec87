"""One sentence under examination: its tokens, and the facts that it is held against."""

import re
from collections.abc import Sequence
from functools import cached_property

from shelftalker.data.catalog import Item
from shelftalker.data.field_roles import PEOPLE, ROLES, role_of
from shelftalker.data.item_types import noun_of
from shelftalker.data.values import numbers_of, same_value, texts_of
from shelftalker.language.stems import has_chinese, stem, words_of
from shelftalker.types import Request
from shelftalker.writing.compose.facts import kind_of_both
from shelftalker.writing.verifier.lexicon import NUMBER_WORDS, VOCABULARIES, negated
from shelftalker.writing.verifier.quoting import quotable, trusted
from shelftalker.writing.verifier.tokenizer import Past, SentenceToken, SentenceTokenizer


class StatedFacts:
    """What sentences about one pick may rest on."""

    def __init__(self, item: Item, history: Sequence[Past], request: Request) -> None:
        self.item, self.history, self.request = item, history, request
        self.reader = SentenceTokenizer(item, history, request)
        self.numbers = numbers_of(item)

    @cached_property
    def text_sentences(self) -> list[list[str]]:
        """The catalogue text's sentences as stems, less what may not be quoted; of one that denies,
        what stands before the part that does. A headline is a sentence too."""
        plain = [words_of(_affirmed(text)) for text in self._quotable]
        return [*plain, *([words_of(self.item.title)] if self._says_by_title else [])]

    @cached_property
    def denials(self) -> list[list[str]]:
        """The content, in order, of the parts of the text's sentences that deny something."""
        parts = [part for text in self._quotable for part in _PARTS.split(text) if negated(part)]
        return [content_of(words_of(part)) for part in parts]

    @cached_property
    def title_words(self) -> frozenset[str]:
        """Stems of the title where it describes the item, as a shop's titles do; at least those of
        the kind that it is of together with something of the history."""
        if self.kind == "thing" and self._says_by_title:
            return frozenset(words_of(self.item.title))
        kinds = (kind_of_both(self.item, past.item) for past in self.history)
        return frozenset(words_of(" ".join(kinds)))

    @cached_property
    def title_phrases(self) -> list[list[str]]:
        """The words between a title's marks, in lower case, where it describes the item."""
        return phrases_of(self.item.title) if self._says_by_title else []

    @cached_property
    def name_words(self) -> frozenset[str]:
        """Stems of the names of brands, people and countries that the item's attributes hold."""
        attributes = self.item.attributes.items()
        exact = [value for field, value in attributes if role_of(field) in EXACT_ROLES | {"brand"}]
        return frozenset(
            word for value in exact for text in texts_of(value) for word in words_of(text)
        )

    @cached_property
    def forms(self) -> frozenset[str]:
        """Words as the catalogue writes them of the item, in all spellings."""
        values = [text for value in self.item.attributes.values() for text in texts_of(value)]
        texts = (self.item.title, self.item.text, *values)
        words = (word for text in texts for part in phrases_of(text) for word in part)
        return frozenset(form for word in words for form in spellings(word))

    @cached_property
    def _quotable(self) -> list[str]:
        if not trusted(self.item.text):
            return []
        sentences = re.split(r"(?<=[.!?。！？])\s*", self.item.text)
        return [text for text in sentences if quotable(text)]

    @cached_property
    def _says_by_title(self) -> bool:
        return self.kind in ("thing", "news") and quotable(self.item.title)

    @cached_property
    def kind(self) -> str:
        """`film`, `thing`, …, or `any`; as `noun_of`."""
        return noun_of(self.item)

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

    @cached_property
    def refused_words(self) -> set[str]:
        """Stems of what the request rules out: `tense, but not violent`."""
        parts = re.split(r"[,;.，。；]|\bbut\b|但", f"{self.request.text}. {self.request.message}")
        wanted = {word for part in parts if not negated(part) for word in words_of(part)}
        return self.asked_words - wanted

    def liked_with(self, value: str) -> bool:
        """Whether the user liked some item that has this value."""
        return any(past.sign > 0 and has(past.item, value) for past in self.history)


class Sentence:
    """A sentence's tokens, with what several of the checks ask of them."""

    def __init__(self, facts: StatedFacts, sentence: str) -> None:
        self.g = facts
        self.sentence = sentence
        self.tokens = facts.reader.tokens(sentence)
        # Titles do not show a sentence's language, nor other names beside a Chinese title.
        shows = ("word",) if has_chinese(facts.item.title) else ("word", "fact")
        chinese = any(t.kind in shows and has_chinese(t.text) for t in self.tokens)
        self.language = "zh" if chinese else "en"
        self.words = VOCABULARIES[self.language]
        self.asked = self._request_clause()
        self.denied = self._denied_as_the_text_does()
        self.claimed: set[int] = set()
        self.spoken_of: set[int] = set()

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
        if before and before[-1] in {"in", "since", "from"} and not self._in_text(at):
            return "year"
        return next((role_of(w) for w in before[::-1] if role_of(w) in self.g.numbers), None)

    def _in_text(self, at: int) -> bool:
        number = self.tokens[at].folded
        return any(number in sentence for sentence in self.g.text_sentences)

    def _quoted_wrongly(self, at: int) -> bool:
        """Whether a number of what the item is `listed as` does not stand so in its title: with the
        word after it soon after it there too."""
        if all(token.folded != "listed" for token in self.tokens[:at]):
            return False
        number, title = self.tokens[at].folded, words_of(self.g.item.title)
        words = (words_of(t.text) for t in self.tokens[at + 1 :] if t.kind in ("word", "fact"))
        follows = next((found[0] for found in words if found), None)
        return not any(
            said == number and (follows is None or follows in title[place + 1 : place + 4])
            for place, said in enumerate(title)
        )

    def _is_star_rating(self, at: int) -> bool:
        return any(number_of(t) is not None for t in self.tokens[max(0, at - 2) : at])

    def _next(self, at: int) -> str:
        return self.tokens[at + 1].folded if at + 1 < len(self.tokens) else ""

    def _roles_said(self) -> set[str]:
        """Roles, and names of fields, whose value the sentence states."""
        said = {role for token in self.tokens for role in token.roles}
        for token in self.tokens:
            number = number_of(token)
            said |= {r for r, v in self.g.numbers.items() if number in v and number is not None}
        return said | {word for role in said for word in re.split(r"[\W_]+", role)}

    def _connecting(self, token: SentenceToken) -> bool:
        words = self.words
        folded = token.folded
        if folded in words.words or folded in words.you or folded in words.adverbs:
            return True
        if folded in NUMBER_WORDS or folded in words.units or folded in words.claims:
            return True
        if (
            folded in words.cues
            or folded in words.negations
            or folded in words.asks
            or folded in words.modals
        ):
            return True
        if folded == "they":  # several of a product; `they share` would speak of two items
            said = {t.folded for t in self.tokens}
            return self.g.kind == "thing" and not said & words.sharing
        if folded in ("highly", "s") or {role_of(folded), stem(folded)} & self._roles_said():
            return True
        return any(folded in words.nouns.get(kind, ()) for kind in self._kinds())

    def _kinds(self) -> set[str]:
        """What the item may be called: what has a price is a product too."""
        return {self.g.kind, *(["thing"] if "price" in self.g.numbers else [])}

    def _past_next(self, at: int) -> bool:
        after = [t for t in self.tokens[at + 1 : at + 3] if t.text not in BEFORE_PREDICATE | {"《"}]
        return bool(after) and after[0].kind == "past"

    def _denied_as_the_text_does(self) -> set[int]:
        """Positions in those parts that deny just what, and all that, a part of the text denies."""
        inside: set[int] = set()
        for part in self._parts():
            tokens = [self.tokens[at] for at in part]
            if any(t.kind == "past" or t.folded in self.words.you for t in tokens):
                continue
            words = [w for t in tokens if t.kind != "title" for w in words_of(t.text)]
            said = content_of(words)
            denials = self.g.denials if set(said) & self.words.negations else []
            if any(denial[-len(said) :] == said for denial in denials):
                inside.update(part)
        return inside

    def _parts(self) -> list[list[int]]:
        """Positions of the tokens between commas and joining words."""
        parts: list[list[int]] = [[]]
        for at, token in enumerate(self.tokens):
            if token.folded in PART_ENDS:
                parts.append([])
            else:
                parts[-1].append(at)
        return parts

    def _roles_named(self) -> list[str | None]:
        return [
            role_of(token.folded)
            for token in self.tokens
            if token.kind == "word" and role_of(token.folded) in ROLES
        ]

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


_PARTS = re.compile(r"[,;:]|\b(?:that|which|who|and|but|because|so)\b")
PART_ENDS = frozenset(", ; : that which who and but because so".split())  # noqa: SIM905
EXACT_ROLES = PEOPLE | {"country"}
ROLE_NOUNS = frozenset({"director", "cast", "actor", "actors", "writer", "author", "artist",
                         "country", "brand", "导演", "演员", "编剧", "作者", "国家",
                         "品牌"})  # fmt: skip
_FILLERS = frozenset(map(stem, VOCABULARIES["en"].words)) - VOCABULARIES["en"].negations
BEFORE_PREDICATE = frozenset('"”》」,，(（')


def has(item: Item, text: str) -> bool:
    values = [value for field in item.attributes.values() for value in texts_of(field)]
    return any(same_value(text, value) for value in values)


def number_of(token: SentenceToken) -> float | None:
    if token.kind == "number":
        text = token.text.lstrip("$€£¥")
        text = re.sub(r",(?=\d{3})", "", text)
        try:
            return float(text)
        except ValueError:
            return -1.0
    return NUMBER_WORDS.get(token.folded) if token.kind == "word" else None


def phrases_of(text: str) -> list[list[str]]:
    """The words and numbers between a text's marks, in lower case."""
    parts = re.split(r"[^\w\s'’]+", text.casefold().replace("’", "'"))
    return [part.split() for part in parts if part.strip()]


def spellings(word: str) -> set[str]:
    """What is the same name as a word in lower case: `elmer's`, `elmers` as many write it, and
    `elmer`, whose it is."""
    return {word.replace("'", ""), word.removesuffix("'s")}


def content_of(words: Sequence[str]) -> list[str]:
    """Stems without the connecting ones; what denies stays."""
    return [word for word in words if word not in _FILLERS]


def _affirmed(text: str) -> str:
    """What a sentence says before the part of it that denies something."""
    at = 0
    for part in _PARTS.split(text):
        if negated(part):
            return text[:at]
        at = text.index(part, at) + len(part)
    return text
