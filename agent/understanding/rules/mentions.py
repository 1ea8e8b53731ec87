"""Find catalogue values in a message: "thriller", "Bill Murray", "Hitchcock".

The longest match wins, from left to right. Common words ("home", "family") count as values only if
the sentence uses them as values.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from shelftalker.language.tokens import Word
from shelftalker.understanding.head.roles import WordRoles
from shelftalker.understanding.rules import request_words
from shelftalker.understanding.rules.cues import runs_on
from shelftalker.understanding.rules.name_cues import (
    in_a_word,
    is_compared,
    names_language,
    role_before,
)
from shelftalker.understanding.rules.negation import Negation
from shelftalker.understanding.rules.vocabulary import (
    MAX_PHRASE_WORDS,
    CatalogVocabulary,
    VocabularyEntry,
)

NO_MENTION = OWN_DEMAND = 0.6
"""Share of `none` and `background` from which a common word is no value, and share of `demand` from
which "my phone" is asked for."""


@dataclass(frozen=True, slots=True)
class Mention:
    """Words first..last name `entries`: of one field if demanded, of every field if excluded."""

    first: int
    last: int
    entries: tuple[VocabularyEntry, ...]
    after_or: bool = False
    plural: bool = False
    listed: bool = False


def find_values(
    tokens: Sequence[Word],
    text: str,
    taken: Sequence[bool],
    negation: Negation,
    vocabulary: CatalogVocabulary,
    roles: WordRoles | None = None,
) -> list[Mention]:
    """The catalogue values named by words that have not been interpreted yet."""
    context = _Context(tokens, text, taken, negation, vocabulary, roles)
    matches: list[Mention] = []
    place = 0
    while place < len(tokens):
        mention = None if context.blocked(place) else context.value_at(place)
        if mention:
            matches.append(mention)
        place = mention.last + 1 if mention else place + 1
    return matches


@dataclass(frozen=True, slots=True)
class _Context:
    tokens: Sequence[Word]
    text: str
    taken: Sequence[bool]
    negation: Negation
    vocabulary: CatalogVocabulary
    roles: WordRoles | None = None

    def blocked(self, place: int) -> bool:
        return self.taken[place] or self.negation.negator[place]

    def value_at(self, first: int) -> Mention | None:
        """The longest value that starts here, then a surname, then a near miss of a name."""
        free = first
        while free < min(len(self.tokens), first + MAX_PHRASE_WORDS) and not self.blocked(free):
            free += 1
        for length in range(free - first, 0, -1):
            if entries := self._exact(first, length):
                return self._mention(first, length, entries)
        if entries := self._surname(first):
            return self._mention(first, 1, entries)
        for length in range(min(free - first, 4), 0, -1):
            if entries := self._near(first, length):
                return self._mention(first, length, entries)
        return None

    def _exact(self, first: int, length: int) -> list[VocabularyEntry]:
        run = self.tokens[first : first + length]
        categories = self.vocabulary.categories.get(tuple(word.stem for word in run), ())
        names = self.vocabulary.names.get(tuple(word.text for word in run), ())
        names = () if in_a_word(self.tokens, self.taken, first, length) else names
        flag = self.vocabulary.flags.get(tuple(word.text for word in run))
        if flag:
            return [VocabularyEntry(flag, "true", 0)]
        matches = [e for e in categories if self._counts(first, length, e)]
        if self._is_name(first, length):
            matches += names
        return matches

    def _counts(self, first: int, length: int, entry: VocabularyEntry) -> bool:
        """Whether this category word is used as a value here."""
        run = self.tokens[first : first + length]
        before = self.tokens[first - 1].text if first else ""
        if self._in_a_name(first, length, entry) or in_a_word(
            self.tokens, self.taken, first, length
        ):
            return False
        shares = self.roles.of(first, first + length - 1) if self.roles else {}
        if before in request_words.POSSESSIVES and shares.get("demand", 0) < OWN_DEMAND:
            return False
        if shares and (length > 1 or len(run[0].text) > 2):
            apart = shares["none"] + shares["background"]
            if apart < NO_MENTION or shares["background"] >= NO_MENTION:
                return apart < NO_MENTION
        if before in ("in", "en") and entry.field.casefold() in request_words.COLOURS.split():
            return True
        if length == 1 and len(run[0].text) <= 2 and run[0].text.isascii():
            return run[0].raw.isupper()
        if not entry.tied and (length > 1 or run[0].text not in request_words.COMMON):
            return True
        after = self.tokens[first + length].text if first + length < len(self.tokens) else ""
        return (
            after in request_words.ITEM_NOUNS
            or self._is_category(self._beside(first + length, 1))
            or self._is_category(self._beside(first - 1, -1))
            or before in ("genre", "category", "section", "department", "brand", "kategorie")
            or (first > 0 and self.negation.negator[first - 1])
            or (self.negation.ruled_out[first] and before in request_words.OR)
            or self._alone(first, length)
        )

    def _asked_for(self, first: int, last: int) -> bool:
        """Whether the head takes these words for something that the message asks about."""
        assert self.roles is not None
        shares = self.roles.of(first, last)
        return shares["none"] + shares["background"] < NO_MENTION

    def _in_a_name(self, first: int, length: int, entry: VocabularyEntry) -> bool:
        """Whether this is part of a proper name ("The English Teacher") or of a compound."""
        last = first + length - 1
        if runs_on(self.tokens, last) and not self._is_category(last + 1):
            return True
        if not first:
            return False
        before, gap = self.tokens[first - 1], self.text[: self.tokens[first].start]
        compound = gap.endswith("-") and before.text != "non"
        if compound and entry.field.startswith(("countr", "language")):
            return True
        led = runs_on(self.tokens, first - 1) and before.text not in request_words.FILLER
        return led and not self.blocked(first - 1) and not self._is_category(first - 1)

    def _beside(self, place: int, step: int) -> int:
        """The place, or the next one past an "and" or "or"."""
        if 0 <= place < len(self.tokens):
            text = self.tokens[place].text
            if text in request_words.AND or text in request_words.OR:
                return place + step
        return place

    def _is_category(self, place: int) -> bool:
        """Whether a value that needs no context stands here, in the same clause."""
        if not 0 <= place < len(self.tokens):
            return False
        stems = tuple(word.stem for word in self.tokens[max(place - 1, 0) : place + 1])
        known = self.vocabulary.categories
        return any(not entry.tied for entry in (*known.get(stems[-1:], ()), *known.get(stems, ())))

    def _alone(self, first: int, length: int) -> bool:
        """Whether these words are the whole clause but for filler. Not after "at", "for", "in"."""
        last = first + length - 1
        if first and self.tokens[first - 1].text in request_words.PLACE_PREPOSITIONS:
            return False
        return self._empty_until(range(first - 1, -1, -1), 1) and self._empty_until(
            range(last + 1, len(self.tokens)), 0
        )

    def _empty_until(self, places: range, side: int) -> bool:
        """Whether all words in this direction are filler, up to the end of the clause."""
        for place in places:
            word, neighbour = self.tokens[place], self.tokens[place + (1 if side else -1)]
            gap = self.text[min(word.end, neighbour.end) : max(word.start, neighbour.start)]
            if set(gap) & set(",.;:!?，。、") or word.text in request_words.CONTRAST_WORDS:
                return True
            value = (word.stem,) in self.vocabulary.categories
            if word.text not in request_words.FILLER and not value and not self.blocked(place):
                return False
        return True

    def _is_name(self, first: int, length: int) -> bool:
        """Whether these words are used as a name; one word alone needs more evidence."""
        run = self.tokens[first : first + length]
        if all(word.text in request_words.FILLER for word in run):
            return False
        if length > 1 or not run[0].text.isascii():
            return True
        if is_compared(self.tokens, self.text, first):
            return False
        if self.roles is not None and not run[0].capital and len(run[0].text) > 2:
            named = role_before(self.tokens, first) != "" or run[0].text not in request_words.COMMON
            return named and self._asked_for(first, first)
        if len(run[0].text) <= 2:
            return run[0].raw.isupper() and not self._is_shouted()
        if run[0].text in request_words.COMMON:
            before = self.tokens[first - 1].text if first else ""
            return run[0].capital and (
                role_before(self.tokens, first) != "" or before in ("no", "not", "without")
            )
        return run[0].capital or role_before(self.tokens, first) != "" or self._negated_alone(first)

    def _is_shouted(self) -> bool:
        """Whether the whole message is in capitals, so that capitals are no evidence."""
        long = (word for word in self.tokens if len(word.raw) > 2)
        return len(self.tokens) > 1 and all(word.raw.isupper() for word in long)

    def _negated_alone(self, first: int) -> bool:
        return first > 0 and self.negation.negator[first - 1]

    def _surname(self, first: int) -> list[VocabularyEntry]:
        word = self.tokens[first]
        entries = list(self.vocabulary.surnames.get(word.text, ()))
        if len({entry.value for entry in entries}) != 1 or is_compared(
            self.tokens, self.text, first
        ):
            return []
        if not word.capital and role_before(self.tokens, first) != "by":
            return []  # "with little blood" names nobody
        # Another first name before, or a surname after: somebody else is meant.
        if first and self.tokens[first - 1].capital and self._follows_name(first):
            return []
        if runs_on(self.tokens, first) and not self._is_category(first + 1):
            return []
        return entries if self._signed(first) else []

    def _signed(self, first: int) -> bool:
        """Whether the sentence uses this word as a surname: "by Kubrick", "a Kubrick film"."""
        word = self.tokens[first]
        before = self.tokens[first - 1].text if first else ""
        if role_before(self.tokens, first) or before in ("no", "without", "ohne", "sans", "sin"):
            return True
        after = self.tokens[first + 1].text if first + 1 < len(self.tokens) else ""
        described = after in request_words.ITEM_NOUNS or self._is_category(first + 1)
        listed = before in request_words.OR or before in request_words.AND
        return word.capital and (described or (listed and self.tokens[first - 2].capital))

    def _follows_name(self, first: int) -> bool:
        gap = self.text[self.tokens[first - 1].end : self.tokens[first].start]
        before = self.tokens[first - 1]
        return (
            gap == " " and not self.blocked(first - 1) and before.text not in request_words.FILLER
        )

    def _near(self, first: int, length: int) -> list[VocabularyEntry]:
        run = self.tokens[first : first + length]
        if is_compared(self.tokens, self.text, first) or any(
            word.text in request_words.FILLER for word in run
        ):
            return []
        signed = all(word.capital for word in run) or role_before(self.tokens, first) != ""
        if length == 1 and (run[0].text in request_words.COMMON or not run[0].capital):
            return []
        if not signed and not self._negated_alone(first):
            return []
        near = self.vocabulary.near_name(tuple(word.text for word in run))
        return list(self.vocabulary.names[near]) if near else []

    def _mention(self, first: int, length: int, entries: Sequence[VocabularyEntry]) -> Mention:
        before = self.tokens[first - 1].text if first else ""
        earlier = self.tokens[first - 2].text if first > 1 else ""
        after_or = bool({before, earlier} & set(request_words.OR)) or (
            (earlier, before) == ("还", "是")
        )
        if not self.negation.ruled_out[first]:
            entries = [self._meant(first, length, entries)]
        last = self.tokens[first + length - 1]
        gap = self.text[self.tokens[first - 1].end : self.tokens[first].start] if first else ","
        listed = not first or before in request_words.AND or "," in gap
        end, plural = first + length - 1, last.text != last.stem
        return Mention(first, end, tuple(entries), after_or, plural, listed)

    def _meant(
        self, first: int, length: int, entries: Sequence[VocabularyEntry]
    ) -> VocabularyEntry:
        """Of several fields that have this value, the one that the sentence means."""
        role = role_before(self.tokens, first)
        nouns = {"by": request_words.CREATOR_FIELDS, "with": request_words.CAST_FIELDS}.get(
            role, ""
        ).split()
        language = names_language(self.tokens, first, length)

        def fit(entry: VocabularyEntry) -> tuple[bool, bool, int]:
            name = entry.field.casefold()
            if name.startswith("language"):
                return language, language, entry.rows
            return name in nouns, name.startswith("countr") and not language, entry.rows

        return max(entries, key=fit)
