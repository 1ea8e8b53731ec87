"""A sentence to verify: its tokens, and the questions about them that several rules share."""

import re

from shelftalker.data.field_roles import ROLES, role_of
from shelftalker.language.stems import has_chinese, stem, stems_of
from shelftalker.writing.verifier.facts import StatedFacts, content_of
from shelftalker.writing.verifier.lexicon import NUMBER_WORDS, VOCABULARIES
from shelftalker.writing.verifier.tokens import SentenceToken


class Sentence:
    """The tokens of one sentence and the facts about its pick. `asked`: positions of what it says
    was asked for; `denied`: of denials that the catalogue's text has too. Never changed."""

    def __init__(self, facts: StatedFacts, sentence: str) -> None:
        self.facts = facts
        self.sentence = sentence
        self.tokens = facts.reader.tokens(sentence)
        # Titles do not show the language of a sentence, nor do other names beside a Chinese title.
        shows = ("word",) if has_chinese(facts.item.title) else ("word", "fact")
        chinese = any(t.kind in shows and has_chinese(t.text) for t in self.tokens)
        self.language = "zh" if chinese else "en"
        self.words = VOCABULARIES[self.language]
        self.asked = self._request_clause()
        self.denied = self._denied_by_the_text_too()

    def unit(self, at: int) -> str | None:
        """The role that the words around a number give it."""
        after = [t for t in self.tokens[at + 1 : at + 3] if t.text not in "-–"]
        before = [t.folded for t in self.tokens[max(0, at - 2) : at]]
        if after and self.tokens[at].kind == "number" and after[0].text == "s":
            return "decade"
        if after and after[0].kind == "word":
            word = after[0].folded
            if word in self.words.units:
                return self.words.units[word]
            if role_of(word) in self.facts.numbers and word not in self.words.cues:
                return role_of(word)
        if set(before) & {"price", "priced", "costs", "cost", "价格", "售价", "定价"}:
            return "price"
        if before and before[-1] in {"in", "since", "from"} and not self.is_in_text(at):
            return "year"
        return next((role_of(w) for w in before[::-1] if role_of(w) in self.facts.numbers), None)

    def is_in_text(self, at: int) -> bool:
        """Whether the catalogue's text has the token."""
        number = self.tokens[at].folded
        return any(number in sentence for sentence in self.facts.text_sentences)

    def is_misquoted(self, at: int) -> bool:
        """Whether a number after `listed as` is not in the title with the next word near it."""
        if all(token.folded != "listed" for token in self.tokens[:at]):
            return False
        number, title = self.tokens[at].folded, stems_of(self.facts.item.title)
        words = (stems_of(t.text) for t in self.tokens[at + 1 :] if t.kind in ("word", "fact"))
        follows = next((stems[0] for stems in words if stems), None)
        return not any(
            word == number and (follows is None or follows in title[place + 1 : place + 4])
            for place, word in enumerate(title)
        )

    def follows_number(self, at: int) -> bool:
        """As `stars` does in `5 stars`."""
        return any(number_of(t) is not None for t in self.tokens[max(0, at - 2) : at])

    def next_word(self, at: int) -> str:
        """The next token, case-folded; empty at the end."""
        return self.tokens[at + 1].folded if at + 1 < len(self.tokens) else ""

    def stated_roles(self) -> set[str]:
        """The roles and field names of the values in the sentence, and their words."""
        roles = {role for token in self.tokens for role in token.roles}
        for token in self.tokens:
            number = number_of(token)
            roles |= {
                r for r, v in self.facts.numbers.items() if number in v and number is not None
            }
        return roles | {word for role in roles for word in re.split(r"[\W_]+", role)}

    def is_connecting(self, token: SentenceToken) -> bool:
        """Whether a word states nothing about the item by itself."""
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
        if folded == "they":  # for plural products; `they share` would be about two items
            folded_words = {t.folded for t in self.tokens}
            return self.facts.kind == "thing" and not folded_words & words.sharing
        if folded in ("highly", "s") or {role_of(folded), stem(folded)} & self.stated_roles():
            return True
        return any(folded in words.nouns.get(kind, ()) for kind in self.item_nouns())

    def item_nouns(self) -> set[str]:
        """The types whose nouns may be used: an item with a price is a product too."""
        return {self.facts.kind, *(["thing"] if "price" in self.facts.numbers else [])}

    def past_follows(self, at: int) -> bool:
        """Whether a title of the history comes next."""
        after = [t for t in self.tokens[at + 1 : at + 3] if t.text not in BEFORE_PREDICATE | {"《"}]
        return bool(after) and after[0].kind == "past"

    def _denied_by_the_text_too(self) -> set[int]:
        """Positions of clauses that deny exactly what a clause of the catalogue's text denies."""
        inside: set[int] = set()
        for clause in self.clauses():
            tokens = [self.tokens[at] for at in clause]
            if any(t.kind == "past" or t.folded in self.words.you for t in tokens):
                continue
            words = [w for t in tokens if t.kind != "title" for w in stems_of(t.text)]
            content = content_of(words)
            denials = self.facts.denials if set(content) & self.words.negations else []
            if any(denial[-len(content) :] == content for denial in denials):
                inside.update(clause)
        return inside

    def clauses(self) -> list[list[int]]:
        """Positions of the tokens between commas and conjunctions."""
        parts: list[list[int]] = [[]]
        for at, token in enumerate(self.tokens):
            if token.folded in PART_ENDS:
                parts.append([])
            else:
                parts[-1].append(at)
        return parts

    def roles_named(self) -> list[str | None]:
        """The roles named by a word: `director`."""
        return [
            role_of(token.folded)
            for token in self.tokens
            if token.kind == "word" and role_of(token.folded) in ROLES
        ]

    def _request_clause(self) -> set[int]:
        """Positions of what the sentence says was asked for: after `you asked for`."""
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


PART_ENDS = frozenset(", ; : that which who and but because so".split())  # noqa: SIM905
BEFORE_PREDICATE = frozenset('"”》」,，(（')
ROLE_NOUNS = frozenset({"director", "cast", "actor", "actors", "writer", "author", "artist",
                         "country", "brand", "导演", "演员", "编剧", "作者", "国家",
                         "品牌"})  # fmt: skip


def number_of(token: SentenceToken) -> float | None:
    """The value of a number or number word; -1 for a number in an unknown format."""
    if token.kind == "number":
        text = token.text.lstrip("$€£¥")
        text = re.sub(r",(?=\d{3})", "", text)
        try:
            return float(text)
        except ValueError:
            return -1.0
    return NUMBER_WORDS.get(token.folded) if token.kind == "word" else None
