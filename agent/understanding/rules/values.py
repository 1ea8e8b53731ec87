"""Find catalogue values in a message: "thriller", "Bill Murray", "Hitchcock".

The longest match wins, from left to right. Whether a word is meant as a value is for the role head
to say; without it, common words ("home", "family") count only beside a noun for items.
"""

import re
from collections.abc import Iterator, Sequence

from shelftalker.language.tokens import phrase
from shelftalker.understanding.head.roles import NO_MENTION
from shelftalker.understanding.rules.mentions import Mention, role_before, runs_on
from shelftalker.understanding.rules.parse_state import ParseState
from shelftalker.understanding.rules.tables import request_words
from shelftalker.understanding.rules.vocabulary import MAX_PHRASE_WORDS, VocabularyEntry

_ENDING = re.compile(r"([^\W\d_]{6,}?)e[rsnm]?$")  # an inflected adjective: `französischer`


def find_values(state: ParseState) -> list[Mention]:
    """The catalogue values named by words that have not been interpreted yet."""
    finder = _Finder(state)
    matches: list[Mention] = []
    place = 0
    while place < len(state.words):
        mention = None if finder.blocked(place) else finder.value_at(place)
        if mention:
            matches.append(mention)
        place = mention.last + 1 if mention else place + 1
    return matches


class _Finder:
    def __init__(self, state: ParseState) -> None:
        self.tokens, self.text, self.taken = state.words, state.text, state.taken
        self.vocabulary, self.negation, self.roles = state.vocabulary, state.negation, state.roles
        self.sounded = dict(self._sounded())

    def _sounded(self) -> Iterator[tuple[int, tuple[int, Sequence[VocabularyEntry]]]]:
        """The names in Chinese signs, by their first word: how many words, and which values."""
        for one in () if self.text.isascii() else self.vocabulary.sounded.find(self.text):
            fields = request_words.CREATOR_FIELDS if one.makes else request_words.CAST_FIELDS
            entries = self.vocabulary.names[phrase(one.name)]
            meant = [entry for entry in entries if entry.field.casefold() in fields.split()]
            at = [n for n, word in enumerate(self.tokens) if one.start <= word.start < one.end]
            yield at[0], (len(at), meant or entries)

    def blocked(self, place: int) -> bool:
        return self.taken[place] or self.negation.negator[place]

    def value_at(self, first: int) -> Mention | None:
        """The longest value that starts here, then a surname, then a near miss of a name."""
        if first in self.sounded:
            return self._mention(first, *self.sounded[first])
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
        texts = tuple(word.text for word in run)
        if flag := self.vocabulary.flags.get(texts):
            return [VocabularyEntry(flag, "true", 0)]
        if self._in_a_word(first, length):
            return []
        categories = self.vocabulary.categories.get(tuple(word.stem for word in run), ())
        if not categories and length == 1 and (bare := _ENDING.match(run[0].text)):
            categories = self.vocabulary.categories.get((bare[1],), ())
        matches = [entry for entry in categories if self._counts(first, length, entry)]
        names = self.vocabulary.names.get(texts, ())
        return [*matches, *names] if names and self._is_name(first, length) else matches

    def _in_a_word(self, first: int, length: int) -> bool:
        """Whether a single Chinese sign is part of a longer word: 纸 in 卫生纸, 男 in 男主角."""
        sign, after = self.tokens[first].text, self._text(first + 1)
        if length > 1 or sign.isascii():
            return False
        before = self._text(first - 1) if not self.tokens[first].gap else ""
        led = not before.isascii() and before not in "的色要买找款" and not self.blocked(first - 1)
        return (led and sign not in "男女") or (after != "" and after in "人主生性友演星孩")

    def _counts(self, first: int, length: int, entry: VocabularyEntry) -> bool:
        """Whether this category word is used as a value here."""
        run = self.tokens[first : first + length]
        if length == 1 and len(run[0].text) <= 2 and run[0].text.isascii():
            return run[0].raw.isupper()
        if self._in_a_name(first, length, entry):
            return False
        return (
            self.roles is not None
            or not entry.tied
            or self._text(first + length) in request_words.ITEM_NOUNS
            or self._text(first - 1) in request_words.ITEM_NOUNS
            or len(self.tokens) == length
        )

    def _text(self, place: int) -> str:
        return self.tokens[place].text if 0 <= place < len(self.tokens) else ""

    def _in_a_name(self, first: int, length: int, entry: VocabularyEntry) -> bool:
        """Whether this is part of a proper name ("The English Teacher") or of a compound."""
        last = first + length - 1
        if runs_on(self.tokens, last) and not self._is_category(last + 1):
            return True
        if not first:
            return False
        if self.tokens[first].gap == "-" and self._text(first - 1) != "non":
            return entry.field.startswith(("countr", "language"))
        led = runs_on(self.tokens, first - 1) and self._text(first - 1) not in request_words.FILLER
        return led and not self.blocked(first - 1) and not self._is_category(first - 1)

    def _is_category(self, place: int) -> bool:
        """Whether a value that needs no context stands here."""
        if not 0 <= place < len(self.tokens):
            return False
        stems = tuple(word.stem for word in self.tokens[max(place - 1, 0) : place + 1])
        known = self.vocabulary.categories
        return any(not entry.tied for entry in (*known.get(stems[-1:], ()), *known.get(stems, ())))

    def _is_name(self, first: int, length: int) -> bool:
        """Whether these words are used as a name; one word alone needs more evidence."""
        run = self.tokens[first : first + length]
        if all(word.text in request_words.FILLER for word in run):
            return False
        if length > 1 or not run[0].text.isascii():
            return True
        if len(run[0].text) <= 2:
            return run[0].raw.isupper() and not self._is_shouted()
        named = role_before(self.tokens, first) != ""
        if run[0].text in request_words.COMMON:
            return named and (run[0].capital or self.roles is None)
        if self.roles is not None and not run[0].capital:
            return self.roles.apart(first, first) < NO_MENTION
        return run[0].capital or named or (first > 0 and self.negation.negator[first - 1])

    def _is_shouted(self) -> bool:
        """Whether the whole message is in capitals, so that capitals are no evidence."""
        long = (word for word in self.tokens if len(word.raw) > 2)
        return len(self.tokens) > 1 and all(word.raw.isupper() for word in long)

    def _surname(self, first: int) -> list[VocabularyEntry]:
        """The person whose surname the sentence uses: "by Kubrick", "a Kubrick film"; or whose
        first name, in "with Keanu" and "not elvis"."""
        word = self.tokens[first]
        role, before = role_before(self.tokens, first), self._text(first - 1)
        denied = first > 0 and self.negation.negator[first - 1]
        entries = list(self.vocabulary.surnames.get(word.text, ()))
        sure = word.capital or role == "by"
        if not entries and (role or denied):
            entries = list(self.vocabulary.given_names.get(word.text, ()))
            sure = sure or not any(one.capital for one in self.tokens[1:] if len(one.raw) > 3)
        if len({entry.value for entry in entries}) != 1 or not sure:
            return []  # "with little blood" names nobody
        # Another first name before, or a surname after: somebody else is meant.
        led = first and self.tokens[first - 1].capital and not self.blocked(first - 1)
        if led and before not in request_words.FILLER and word.gap == " ":
            return []
        if runs_on(self.tokens, first) and not self._is_category(first + 1):
            return []
        after = self._text(first + 1)
        described = after in request_words.ITEM_NOUNS or self._is_category(first + 1)
        linked = before in request_words.OR or before in request_words.AND
        signed = role or denied or described or (linked and self.tokens[first - 2].capital)
        return entries if signed else []

    def _near(self, first: int, length: int) -> list[VocabularyEntry]:
        run = self.tokens[first : first + length]
        if any(word.text in request_words.FILLER for word in run):
            return []
        if length == 1 and (run[0].text in request_words.COMMON or not run[0].capital):
            return []
        signed = all(word.capital for word in run) or role_before(self.tokens, first) != ""
        if not signed and not (first > 0 and self.negation.negator[first - 1]):
            return []
        near = self.vocabulary.near_name(tuple(word.text for word in run))
        return list(self.vocabulary.names[near]) if near else []

    def _mention(self, first: int, length: int, entries: Sequence[VocabularyEntry]) -> Mention:
        before, earlier = self._text(first - 1), self._text(first - 2)
        led = {before, earlier, self._text(first - 3)}  # "or a great comedy"
        after_or = not led.isdisjoint(request_words.OR) or earlier + before == "还是"
        if not self.negation.ruled_out[first]:
            entries = [self._meant(first, length, entries)]
        last = self.tokens[first + length - 1]
        listed = not first or before in request_words.AND or "," in self.tokens[first].gap
        plural = last.text != last.stem
        return Mention(first, first + length - 1, tuple(entries), after_or, plural, listed)

    def _meant(
        self, first: int, length: int, entries: Sequence[VocabularyEntry]
    ) -> VocabularyEntry:
        """Of several fields that have this value, the one that the sentence means."""
        fields = {"by": request_words.CREATOR_FIELDS, "with": request_words.CAST_FIELDS}
        named = fields.get(role_before(self.tokens, first), "").split()
        language = (
            self._text(first + length) in request_words.OF_LANGUAGE
            or self._text(first - 1) in request_words.IN_LANGUAGE
        )

        def fit(entry: VocabularyEntry) -> tuple[bool, bool, int]:
            name = entry.field.casefold()
            if name.startswith("language"):
                return language, language, entry.rows
            return name in named, name.startswith("countr") and not language, entry.rows

        return max(entries, key=fit)
