"""What a sentence relates: names to their roles, values to the item that has them, the pick to the
items of the user's history."""

from shelftalker.data.field_roles import PEOPLE, ROLES, role_of
from shelftalker.data.values import numbers_of, same_value, shared
from shelftalker.language.aliases import COUNTRY_ADJECTIVES
from shelftalker.language.stems import stem, words_of
from shelftalker.writing.verifier.facts import EXACT_ROLES, has
from shelftalker.writing.verifier.sentence import BEFORE_PREDICATE, ROLE_NOUNS, Sentence, number_of
from shelftalker.writing.verifier.tokenizer import SentenceToken


class Relations(Sentence):
    """The checks of roles, subjects and of what is said to be shared."""

    def _roles(self) -> str | None:
        """`directed by X` needs X among the directors, `X plays` needs X in the cast."""
        wanted: frozenset[str] = frozenset()
        for at, token in enumerate(self.tokens):
            if token.kind == "fact":
                roles = self._own_role(at) or wanted
                if roles and not token.roles & roles and token.roles & EXACT_ROLES:
                    return f"{token.text} is not the {'/'.join(sorted(roles))}"
                if self._of_person(at) or self._in_adjective(at):
                    return f"no fact says that of {token.text}"
                if not roles and token.roles & PEOPLE and self._told_of_person(at):
                    return f"no fact is about {token.text}"
            elif token.kind == "word" and token.folded in self.words.cues:
                if not self._is_star_rating(at):
                    wanted = frozenset() if self._doer_before(at) else self.words.cues[token.folded]
            elif token.folded in _MAKING:
                wanted = wanted or CREATORS
            elif token.kind not in ("title", "past") and token.folded not in _LISTING:
                wanted = frozenset()
        return None

    def _own_role(self, at: int) -> frozenset[str] | None:
        """The role that what follows gives: `X directs`, `X is the director`, `an X film`."""
        cues = self.words.cues
        after = self._after_list(at)
        first = after[0].folded if after else ""
        nouns = frozenset().union(*self.words.nouns.values())
        if first in ("'", "’") or (first == "的" and len(after) > 1 and after[1].text in nouns):
            return CREATORS
        if first in _ACTIVE and not (len(after) > 1 and after[1].folded == "by"):
            return cues.get(first, CREATORS if first in _MAKERS else frozenset({"cast"}))
        if (
            self.language == "zh"
            and first in cues
            and not (len(after) > 1 and after[1].text == "是")
        ):
            return cues[first]
        named = [t for t in after if t.folded not in _LINKS]
        if first in _LINKS | {","} and named and named[0].folded in cues:
            role = cues[named[0].folded]
            return role if named[0].folded in ROLE_NOUNS else None
        alone = at == 0 or self.tokens[at - 1].folded in _ARTICLES
        return CREATORS | {"country", "brand"} if first in nouns and alone else None

    def _after_list(self, at: int) -> list[SentenceToken]:
        """The tokens after a name, or after the list of names that it is part of."""
        end = at + 1
        while end + 1 < len(self.tokens) and self.tokens[end].folded in {"and", "和", "、", "与"}:
            if self.tokens[end + 1].kind != "fact":
                break
            end += 2
        return self.tokens[end : end + 4]

    def _told_of_person(self, at: int) -> bool:
        """`X is French`, `X, from France`: the catalogue states facts of items, not of people."""
        after = [t.folded for t in self._after_list(at)]
        return bool(after) and (after[0] in _OF_ITEMS or after[:2] == [",", "from"])

    def _of_person(self, at: int) -> bool:
        """`a history of X`, but not `the director of X`."""
        if at < 2 or self.tokens[at - 1].folded != "of":
            return False
        return bool(self.tokens[at].roles & PEOPLE) and (
            self.tokens[at - 2].folded not in self.words.cues
        )

    def _in_adjective(self, at: int) -> bool:
        """`in Italian` speaks of a language, which a country does not show."""
        token = self.tokens[at]
        said_in = at > 0 and self.tokens[at - 1].folded == "in"
        return said_in and token.roles == {"country"} and token.folded in COUNTRY_ADJECTIVES

    def _doer_before(self, at: int) -> bool:
        """Whether a name before an active verb is its subject, so that none is due after it."""
        if at == 0 or self.tokens[at].folded not in _ACTIVE or self._next(at) == "by":
            return self.language == "zh" and at > 0 and self.tokens[at - 1].kind == "fact"
        return self.tokens[at - 1].kind == "fact"

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
        """Whether a claim about a history title begins here: `Heat stars…`, `Heat, a drama…`"""
        if [t.folded for t in self.tokens[at : at + 2]] in ([",", "a"], [",", "an"]):
            return True
        following = [t for t in self.tokens[at : at + 3] if t.text not in BEFORE_PREDICATE]
        if not following or number_of(following[0]) is not None:
            return False
        first = following[0]
        return first.kind == "fact" or first.folded in _PREDICATES | set(self.words.cues)

    def _subjects(self) -> str | None:
        """What is said of a history item must be true of that item."""
        for at, token in enumerate(self.tokens):
            if token.kind in ("fact", "theirs") and (index := self._subject(at)) >= 0:
                other = self.g.history[index].item
                if not has(other, token.text):
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
                role = role_of(token.folded)
                return role if role in ROLES and role != "rating" else None
            if token.kind not in ("word", "mark") or token.folded in self.words.stops:
                return None
        return None

    def _sharing(self) -> str | None:
        """`also`, `same`, `like` beside a history title: what is said there must be shared."""
        pasts = [token.past for token in self.tokens if token.kind == "past"]
        mark = self._sharing_mark()
        if not pasts or mark is None:
            return None
        said, kinds = self._shared_values(mark), self._kinds_said()
        for other in (self.g.history[index].item for index in pasts):
            if strange := kinds - set(words_of(other.title)):
                return f"{other.title} is no {' '.join(sorted(strange))}"
            common = [text for _, text in shared(self.g.item, other)]
            numbers = {n for values in numbers_of(other).values() for n in values}
            for token in said:
                alike = any(same_value(token.text, text) for text in common)
                if not alike and number_of(token) not in numbers:
                    return f"{other.title} does not share {token.text}"
            roles = self._roles_named() or [None]
            told = said or kinds
            if not told and not all(shared(self.g.item, other, role) for role in roles):
                return f"{other.title} does not share that"
        return None

    def _kinds_said(self) -> set[str]:
        """Stems of the words that say what a product is, by its title."""
        words = (t for t in self.tokens if t.kind == "word" and not self._connecting(t))
        return {stem(t.text) for t in words} & self.g.title_words

    def _shared_values(self, mark: int) -> list[SentenceToken]:
        """The values said to be shared: those after the mark in its clause, else before it."""
        values = [
            at
            for at, t in enumerate(self.tokens)
            if t.kind == "fact" or (t.kind == "number" and self._unit(at) != "stars")
        ]
        stops = {
            at for at, t in enumerate(self.tokens) if t.text in set(",;:，；：") or t.text == "so"
        }
        if self.tokens[mark].folded in ("like", "像"):
            return [self.tokens[at] for at in values if at > mark]
        end = min((at for at in stops if at > mark), default=len(self.tokens))
        start = max((at for at in stops if at < mark), default=-1)
        after = [self.tokens[at] for at in values if mark < at < end]
        return after or [self.tokens[at] for at in values if start < at < end]

    def _named_as(self) -> str | None:
        """`it is Heat`, `based on Heat`: what one title is to the other, no field says."""
        for at, token in enumerate(self.tokens):
            unasked = token.kind == "past" and token.past not in self.spoken_of
            if unasked and self.g.history[token.past].sign < 0:
                return f"the user did not like {token.text}"
            if token.kind not in ("past", "title") or self._role_of_past(at):
                continue
            before = [t for t in self.tokens[max(0, at - 2) : at] if t.text not in _OPENING]
            word = before[-1].folded if before else ""
            about_past = any(t.kind == "past" for t in self.tokens[:at])
            if word in _NAMING and (
                token.kind == "past" or (about_past and word not in ("is", "are"))
            ):
                return f"nothing shows what {token.text} is to the other"
        return None

    def _says_shared(self) -> bool:
        return self._sharing_mark() is not None

    def _sharing_mark(self) -> int | None:
        for at, token in enumerate(self.tokens):
            near = {t.folded for t in self.tokens[max(0, at - 3) : at]}
            if token.folded == "in" and self._past_next(at):
                return at
            if token.folded in ("like", "像") and self._past_next(at) and not near & self.words.you:
                return at
            if token.kind != "word" or token.folded not in self.words.sharing:
                continue
            beside = {t.folded for t in self.tokens[max(0, at - 2) : at]}
            if not beside & (self.words.you | self.words.modals):
                return at
        return None


CREATORS = frozenset({"director", "author", "writer", "artist", "brand", "publisher"})
_LINKS = frozenset(["is", "was", "are", "were", "in", "the", "as", "a", "是"])
_OPENING = frozenset('"“《「(（')
_NAMING = frozenset(["is", "are", "was", "on", "of", "from", "called", "named", "about", "this",
                     "title", "than", "by", "with",
                     "是", "这是", "叫", "名", "名为", "自", "来自", "出自"])  # fmt: skip
_OF_ITEMS = frozenset(["a", "an", "is", "was", "are", "were", "comes", "come", "runs", "lasts",
                       "belongs", "has", "have", "costs", "dates", "from",
                       "是", "来自", "属于", "片长"])  # fmt: skip
_MAKING = frozenset({"by", "of"})
_MAKERS = frozenset({"made", "makes"})
_ACTIVE = frozenset({"directed", "directs", "stars", "star", "starred", "writes", "wrote", "made",
                     "makes", "plays", "play", "appears", "appear"})  # fmt: skip
_ARTICLES = frozenset({"a", "an", "the", "this", "another", "这部", "一部"})
_LISTING = frozenset(
    ["by", "and", ",", "&", "the", "is", "as", "are", "to", "under", *"、和与:：是"]
)
_ITEM_WORDS = frozenset(["this", "it", "they", "its", "here", "you", *"这它本你", "这部", "这是"])
_PREDICATES = frozenset({"is", "was", "has", "had", "stars", "features", "with", "by", "from",
                         "which", "who", "includes", "runs", "belongs", "comes", "that",
                         "于", "在", "是", "由", "的", "来自", "属于"})  # fmt: skip
