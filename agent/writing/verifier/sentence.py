"""A sentence to verify: its tokens, and the questions about them that several rules share."""

import re

from shelftalker.data.field_roles import ROLES, role_of
from shelftalker.language.stems import has_chinese, stem, words_of
from shelftalker.writing.verifier.facts import StatedFacts, content_of
from shelftalker.writing.verifier.lexicon import NUMBER_WORDS, VOCABULARIES
from shelftalker.writing.verifier.tokens import SentenceToken


class Sentence:
    """A sentence's tokens. `asked`: positions of the clause about the request; `denied`: positions
    that deny what the catalogue's text denies; `claimed`, `spoken_of`: what the rules on the user
    have covered, positions of verbs and indexes into the history."""

    def __init__(self, facts: StatedFacts, sentence: str) -> None:
        self.g = facts
        self.sentence = sentence
        self.tokens = facts.reader.tokens(sentence)
        # Titles do not tell a sentence's language, nor do other names beside a Chinese title.
        shows = ("word",) if has_chinese(facts.item.title) else ("word", "fact")
        chinese = any(t.kind in shows and has_chinese(t.text) for t in self.tokens)
        self.language = "zh" if chinese else "en"
        self.words = VOCABULARIES[self.language]
        self.asked = self._request_clause()
        self.denied = self._denied_as_the_text_does()
        self.claimed: set[int] = set()
        self.spoken_of: set[int] = set()

    def _unit(self, at: int) -> str | None:
        """The role of a number by the words around it."""
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
        """Whether a number after `listed as` is not in the title, or not with the next word of the
        sentence within three words of it."""
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
        """Roles and names of fields whose value the sentence states."""
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
        """Positions in the parts that deny exactly what a part of the catalogue's text denies."""
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
        """Positions of the words that the sentence says were asked for."""
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
    if token.kind == "number":
        text = token.text.lstrip("$€£¥")
        text = re.sub(r",(?=\d{3})", "", text)
        try:
            return float(text)
        except ValueError:
            return -1.0
    return NUMBER_WORDS.get(token.folded) if token.kind == "word" else None
