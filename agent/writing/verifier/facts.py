"""The facts about one pick that a sentence may state: catalogue fields, text, history, request."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cached_property

from shelftalker.data.catalog import Item
from shelftalker.data.item_types import noun_of
from shelftalker.data.product_kinds import shared_kind
from shelftalker.data.values import keys_of, numbers_of, same_value, texts_of
from shelftalker.language.sentences import sentences_of
from shelftalker.language.stems import stem, stems_of
from shelftalker.types import Request
from shelftalker.writing.history import HistoryIndex, Past
from shelftalker.writing.verifier.quantities import RowQuantity, quantities_of
from shelftalker.writing.verifier.quoting import (
    free_of_injection,
    is_order,
    is_order_to_a_model,
    is_plain_statement,
    is_story,
)
from shelftalker.writing.verifier.tokenizer import SentenceTokenizer
from shelftalker.writing.verifier.words_of import denial_in, negated, words_of

PICK = -1
"""The item that the text is about, where others are places in the history."""


class StatedFacts:
    """What sentences about one pick may rest on."""

    def __init__(self, item: Item, history: Sequence[Past], request: Request) -> None:
        self.item, self.request = item, request
        self.history = HistoryIndex.of(history)

    @cached_property
    def tokenizer(self) -> SentenceTokenizer:
        """Reads sentences about the item."""
        return SentenceTokenizer(self.item, self.history)

    @cached_property
    def numbers(self) -> Mapping[str, list[float]]:
        """As `numbers_of` the item."""
        return numbers_of(self.item)

    def row(self, owner: int = PICK) -> Item:
        """The pick, or an item of the history."""
        return self.item if owner == PICK else self.history[owner].item

    def quantities(self, owner: int) -> tuple[RowQuantity, ...]:
        """Those of an item's row."""
        return quantities_of(self.row(owner))

    def told(self, owner: int) -> frozenset[str]:
        """Stems of an item's title and text."""
        return frozenset(stems_of(f"{self.row(owner).title} {self.row(owner).text}"))

    @cached_property
    def kind(self) -> str:
        """`film`, `thing`, …, or `any`; as `noun_of`."""
        return noun_of(self.item)

    @cached_property
    def values(self) -> list[str]:
        """The texts of the item's attributes."""
        return [text for value in self.item.attributes.values() for text in texts_of(value)]

    @cached_property
    def row_words(self) -> frozenset[str]:
        """Stems of all that the row says: values, text, and a title that is no name."""
        aliases = [form for text in self.values for form in keys_of(text)]
        text = self.item.text if free_of_injection(self.item.text) else ""
        says = self.kind in ("thing", "news", "any")  # a name says little
        title = self.item.title if says else ""
        return frozenset(stems_of(" ".join([title, text, *self.values, *aliases])))

    @cached_property
    def text_sentences(self) -> list[list[str]]:
        """The catalogue text's sentences as stems, without those that may not be quoted; of one
        that denies something, the part before the denial. A headline is a sentence too."""
        text = self.item.text if free_of_injection(self.item.text) else ""
        sentences = filter(is_plain_statement, re.split(r"(?<=[.!?。！？])\s*", text))
        plain = [stems_of(_affirmed(sentence)) for sentence in sentences]
        return [*plain, *([stems_of(self.item.title)] if self._says_by_title else [])]

    @cached_property
    def fact_words(self) -> set[str]:
        """Stems of what the catalogue states about the item, without the title."""
        values = {word for text in self.values for word in stems_of(text)}
        return values.union(*self.text_sentences)

    @cached_property
    def denied(self) -> list[list[str]]:
        """Stems of the parts of the text that deny something."""
        parts = _CLAUSES.split(self.item.text)
        return [stems_of(part) for part in parts if negated(part)]

    @cached_property
    def only_denied(self) -> set[str]:
        """Stems that the text has only where it denies something: `nonporous surfaces`, and
        `non-porous surfaces`, deny no surface."""
        text = re.sub(r"\b([Nn])on-(?=[a-z])", r"\1on", self.item.text)
        parts = (part for part in _CLAUSES.split(text) if negated(part))
        inside = Counter(w for part in parts for w in stems_of(denial_in(part)) if len(w) > 4)
        whole = Counter(stems_of(f"{self.item.title}. {self.item.text}"))
        return {word for word, count in inside.items() if whole[word] <= count}

    @cached_property
    def title_words(self) -> frozenset[str]:
        """Stems of the title where it describes the item, as a shop's titles do; else those of the
        kind of product that it shares with an item of the history."""
        if self.kind != "thing":
            return frozenset()
        if self._says_by_title:
            return frozenset(stems_of(self.item.title))
        kinds = (shared_kind(self.item, other) for other in self.history.things)
        return frozenset(stems_of(" ".join(kinds)))

    @cached_property
    def written(self) -> str:
        """All that the rows say, as they write it, in lower case and without apostrophes."""
        rows = [self.item, *(past.item for past in self.history)]
        texts = [f"{row.title} {row.text} {row.attributes}" for row in rows]
        return re.sub("['’]", "", " ".join([*texts, self.request.message]).casefold())

    @cached_property
    def orders(self) -> list[list[str]]:
        """Stems of the text's sentences that tell a reader or a model what to do, and of those of
        the request that are meant for a model."""
        asked = filter(is_order_to_a_model, sentences_of(self.request.message))
        return [
            *(stems_of(s) for s in sentences_of(self.item.text) if is_order(s) and not is_story(s)),
            *map(stems_of, asked),
        ]

    @cached_property
    def _says_by_title(self) -> bool:
        plain = re.sub(r"\s*#\S+", "", self.item.title)  # a model number is no sign of code
        return self.kind in ("thing", "news") and is_plain_statement(plain)

    @cached_property
    def asked_words(self) -> set[str]:
        """Stems of the request."""
        return set(stems_of(f"{self.request.text} {self.request.message}"))

    @cached_property
    def refused_words(self) -> set[str]:
        """Stems of the words that the request rules out: `tense, but not violent`."""
        parts = re.split(r"[,;.，。；]|\bbut\b|但", f"{self.request.text}. {self.request.message}")
        wanted = {word for part in parts if not negated(part) for word in stems_of(part)}
        return self.asked_words - wanted

    def liked_with(self, value: str) -> bool:
        """Whether the user liked most of the items with this value that they judged."""
        signs = [past.sign for past in self.history if past.sign and has(past.item, value)]
        return 2 * sum(sign > 0 for sign in signs) > len(signs)


_PARTS = re.compile(r"[,;:]|\b(?:that|which|who|and|but|because|so)\b")
_CLAUSES = re.compile(r"[.,;:!?。，；：！？]|\b(?:and|but|that|which|who)\b")


def has(item: Item, text: str) -> bool:
    """Whether an item has a value."""
    return any(
        same_value(text, own) for field in item.attributes.values() for own in texts_of(field)
    )


def content_of(words: Sequence[str]) -> list[str]:
    """Stems without connecting words; negations stay."""
    return [word for word in words if word not in _FILLERS]


_FILLERS = frozenset(map(stem, words_of("en")["words"])) - words_of("en")["denying"]


def _affirmed(text: str) -> str:
    """The part of a sentence before the part that denies something."""
    at = 0
    for part in _PARTS.split(text):
        if negated(part):
            return text[:at]
        at = text.index(part, at) + len(part)
    return text
