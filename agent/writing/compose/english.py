"""English sentences about one item, each true by construction: many patterns for a kind of fact."""

from collections.abc import Collection, Mapping, Sequence
from typing import ClassVar

from shelftalker.data.catalog import Item
from shelftalker.data.item_types import noun_of
from shelftalker.data.values import all_titles
from shelftalker.language.stems import words_of
from shelftalker.writing.compose.facts import (
    KIND,
    Chooser,
    Fact,
    fits,
    is_number,
    likeness,
    title_unlike,
)
from shelftalker.writing.compose.genres import kind_of_genres
from shelftalker.writing.compose.phrases import capital, joined_clauses, lowered, with_article
from shelftalker.writing.compose.product_kinds import here_again, is_plural, kind_named, this_is
from shelftalker.writing.history import HistoryIndex, Past

PHRASED = ("director", "writer", "author", "artist", "cast", "country", "brand")


class EnglishComposer:
    """The sentences; a subclass for another language keeps the same methods."""

    nouns: ClassVar[Mapping[str, str]] = {
        "film": "film", "book": "book", "music": "pick", "news": "article", "thing": "item",
        "title": "title", "any": "pick",
    }  # fmt: skip
    kinds: ClassVar = True
    """Whether the language can say what products are by their titles."""

    def __init__(self, item: Item, history: Sequence[Past], choose: Chooser) -> None:
        index = HistoryIndex.of(history)
        self.title = title_unlike(item, index.title_forms)
        self.item, self.choose = item, choose
        self.sort = noun_of(item)
        self.noun = self.nouns[self.sort]
        self._own_titles = {form.casefold() for form in all_titles(item.title)}
        self.past = index.by_title

    def opening(
        self, facts: Sequence[Fact], wanted: Collection[str] = ()
    ) -> tuple[str, list[Fact]]:
        """One sentence that names the item with up to four facts, and the facts left. `wanted`:
        words of the request; the sentence begins with what of it this is."""
        kind = next((f for f in facts if f.role == "genre"), None)
        year = next((f for f in facts if f.role == "year"), None)
        phrased = [f for f in facts if f.role in PHRASED][: self.choose("count", [1, 2, 2])]
        if self.noun == "item" or (kind is None and not phrased):
            return (self.single(facts[0], self.title), list(facts[1:])) if facts else ("", [])
        year = None if self.sort == "any" else year
        used = [f for f in (kind, year, *phrased) if f]
        named = kind if kind and self._is_kind(kind) else None
        noun = self.kind(named) if named else self.noun
        phrased.sort(key=_clause_order)
        clauses = [*phrased, *([kind] if kind and not named else [])]
        bare = self.sort == "any" and clauses[0].role != "cast"
        about = "" if bare else with_article(f"{year.values[0] if year else ''} {noun}".strip())
        left = [f for f in facts if f not in used]
        if kind and (met := _met(kind, wanted)):
            return self.asked(met, about, clauses), left
        return self.choose("opening", self._openings(about, clauses)), left

    def asked(self, met: Fact, about: str, clauses: Sequence[Fact]) -> str:
        """What was asked for, and that this is it."""
        you = self.choose("asked", ["You asked for", "You wanted"])
        whole = joined_clauses(about, [self._filed(f) for f in clauses])
        return f"{you} {with_article(self.kind(met))}, and {self.title} is {whole}."

    def _openings(self, about: str, clauses: Sequence[Fact]) -> list[str]:
        whole = joined_clauses(about, [self._filed(f) for f in clauses])
        patterns = [f"{self.title} is {whole}."]
        maker = next((f for f in clauses if f.role in ("director", "writer", "author")), None)
        others = [self._filed(f) for f in clauses if f is not maker]
        if maker and (about or others):
            rest = joined_clauses(about, others)
            patterns.append(f"{capital(self.phrase(maker))}, {self.title} is {rest}.")
            if verb := self._verb(maker):
                patterns.append(f"{self.joined(maker.values[:2])} {verb} {self.title}, {rest}.")
        cast = next((f for f in clauses if f.role == "cast"), None)
        if cast and (about or len(clauses) > 1):
            others = [self._filed(f) for f in clauses if f is not cast]
            with_cast = capital(self.phrase(cast))
            patterns.append(f"{with_cast}, {self.title} is {joined_clauses(about, others)}.")
        return [*patterns, f"Here is {self.title}, {whole}."]

    def single(self, fact: Fact, subject: str = "") -> str:
        """One sentence about one fact."""
        thing = self.noun == "item"
        named = subject if self.title in subject else ""
        plural = self._are_several and subject != "It"
        this = "They" if plural else "It" if thing else f"This {self.noun}"
        it = subject or self.choose("subject", ["They" if plural else "It", this])
        value = self.joined(fact.values)
        many = len(fact.values) > 1
        are, come = ("are", "come") if plural else ("is", "comes")
        by = "written by" if self.sort in WRITTEN else "by"
        listed = f"{it} {are} listed under {self.joined(fact.values, lower=True)}."
        patterns = {
            "director": [f"{it} is directed by {value}.", f"{value} directed it."],
            "cast": [f"The cast includes {value}.", f"{it} has {value} in the cast.",
                     f"{value} {'are' if many else 'is'} in the cast."],
            "writer": [f"{it} is written by {value}.", f"{value} wrote it."],
            "author": [f"{it} {are} {by} {value}.",
                       f"{value} {'are the authors' if many else 'is the author'}."],
            "artist": [f"{it} is by {value}.", f"The artist is {value}."],
            "genre": [f"{it} is {with_article(self.kind(fact))}.", listed]
            if subject and self._is_kind(fact) else [listed],
            "topic": [f"{it} {are} filed under {value}.", f"{it} {are} tagged {value}."],
            "country": [f"{it} {'were' if plural else 'was'} made in {value}."]
            if thing else [f"{it} comes from {value}.", f"{it} was made in {value}."],
            "language": [f"{it} {are} in {value}.", f"Its language is {value}."],
            "title": [f"{it} {are} listed as {value}."],
            "brand": [f"{it} {come} from {value}.", f"{it} {are} made by {value}.",
                      f"{it} {are} by {value}."],
            "year": [f"{it} was released in {value}.", f"{it} dates from {value}."]
            if self.sort in RELEASED else [f"{it} {'date' if plural else 'dates'} from {value}."],
            "runtime": [f"{it} runs {value} minutes.", f"{it} is {value} minutes long.",
                        f"{it} lasts {value} minutes."],
            "pages": [f"{it} is {value} pages long.", f"{it} has {value} pages."],
            "price": [f"{it} {are} priced at {value}.", f"The price is {value}.",
                      f"{it} {'cost' if plural else 'costs'} {value}."],
        }  # fmt: skip
        usual = fact.role if fits(fact, self.sort) else ""
        said = patterns.get(usual, [])
        naming = [sentence for sentence in said if named in sentence]
        return self.choose(fact.role, naming or [self._plain(fact, named)])

    @property
    def _are_several(self) -> bool:
        """Whether a product is several things, as pens are."""
        return self.sort == "thing" and is_plural(kind_named(self.item.title))

    def _plain(self, fact: Fact, subject: str) -> str:
        """A field without a sentence of its own, by its name: `Its ingredients are …`."""
        name, value = _name_of(fact.field), self.joined(fact.values)
        whose = f"The {name} of {subject}" if subject else f"Its {name}"
        if not subject and self._are_several:
            whose = f"The {name}"
        if fact.role == "runtime" and name.endswith(("minutes", "minute", "min")):
            which = " ".join(word for word in name.split()[:-1] if word != "time")
            time = f"{which} time".strip()
            return f"{f'The {time} of {subject}' if subject else f'Its {time}'} is {value} minutes."
        if is_plural(name) and is_number(value) and " " not in name:
            return f"{subject or 'It'} has {value} {name}."
        return f"{whose} {'are' if is_plural(name) or len(fact.values) > 1 else 'is'} {value}."

    def history(self, title: str, field: str) -> str:
        """What the user did, and what that item shares with this one."""
        past = self.past.get(title)
        if past is None:
            return ""
        other = self.spoken(past)
        did, which = self.did(past, other), self.did(past, "")
        if not past.drew:
            return f"{capital(did)}."
        common = self.common(title, field)
        if common is None:
            return f"{capital(did)}, which is one reason for this pick."
        if common.role == KIND:
            is_one = this_is(common.values[0])
            return self.choose("history", [
                f"{capital(did)}, and {is_one} too.",
                f"Like {other}, which {which}, {is_one}.",
                f"Since {did}, {is_one} too.",
            ])  # fmt: skip
        this = "this" if self._is_kind(common) else self.this
        return self.choose("history", [
            f"{capital(did)}, and {this} {self._is_also(common)}.",
            f"Like {other}, which {which}, {this} {self._is(common)}.",
            f"{capital(did)}, and {this} {self._is(common)} as well.",
            f"Since {did}, here is {self._another(common)}.",
        ])  # fmt: skip

    def common(self, title: str, field: str) -> Fact | None:
        """What the sentence of `history` says that both share."""
        past = self.past.get(title)
        return likeness(self.item, past, field, kinds=self.kinds) if past and past.drew else None

    def together(
        self, title: str, field: str, facts: Sequence[Fact]
    ) -> tuple[str, list[Fact]] | None:
        """History and item in one sentence, where that reads well, and the facts left."""
        past = self.past.get(title)
        common = self.common(title, field)
        if past is None or common is None:
            return None
        did = self.did(past, self.spoken(past))
        if common.role == KIND:
            return self._of_one_kind(past, common.values[0]), list(facts)
        if common.role == "brand":
            return self._of_one_brand(past, common), [f for f in facts if f.role != "brand"]
        year = next((f for f in facts if f.role == "year"), None)
        people = [f for f in facts if f.role in ("director", "cast", "author") and f != common][:2]
        if self._is_kind(common):
            about, used = f"here is another {self.kind(common)}: {self.title}", [common.role]
            start = f"Since {did}, "
        elif verb := self._verb(common):
            who, kind = self.joined(common.values), next(
                (f for f in facts if f.role == "genre"), None
            )  # fmt: skip
            noun = with_article(self.kind(kind)) if kind else f"a {self.noun}"
            about = f"and {who} also {verb} {self.title}, {noun}"
            start, used = f"{capital(did)}, ", [common.role, "genre"]
            people = [f for f in people if f.role == "cast"]
        else:
            return None
        from_year = [f"from {year.values[0]}"] if year else []
        clauses = [*from_year, *(self.phrase(f) for f in sorted(people, key=_clause_order))]
        comma = "," if self._is_kind(common) and clauses else ""
        used += ["year", *(f.role for f in people)]
        whole = joined_clauses(f"{about}{comma}", clauses)
        return f"{start}{whole}.", [f for f in facts if f.role not in used]

    def _of_one_brand(self, past: Past, brand: Fact) -> str:
        other, maker = self.spoken(past), brand.values[0]
        did, which = self.did(past, other), self.did(past, "")
        are = "are" if is_plural(kind_named(self.item.title)) else "is"
        return self.choose("brand", [
            f"Since {did}, here {are} {self.title}, from {maker} too.",
            f"{capital(did)}, and {self.title} {are} from {maker} too.",
            f"{self.title} {are} from {maker}, like {other}, which {which}.",
        ])  # fmt: skip

    def _of_one_kind(self, past: Past, kind: str) -> str:
        other, is_one = self.spoken(past), this_is(kind)
        did, which = self.did(past, other), self.did(past, "")
        here = f"{here_again(kind)}: {self.title}."
        return self.choose("kind", [
            f"Since {did}, {here}",
            f"{capital(did)}, so {here}",
            f"Like {other}, which {which}, {is_one}: {self.title}.",
        ])  # fmt: skip

    def spoken(self, past: Past) -> str:
        """An item of the history as it is said beside this one."""
        return title_unlike(past.item, self._own_titles)

    def request(self, asked: str) -> str:
        """What was asked for in the user's own words; a word or two alone say nothing."""
        asked = asked.strip().rstrip(".!?。！？")
        if not 0 < len(asked) <= 80 or '"' in asked or len(words_of(asked)) < 3:
            return ""
        return f'{self.choose("quoted", ["You asked for", "You wanted"])} "{asked}".'

    @property
    def this(self) -> str:
        """`this film`."""
        return "this one" if self.noun == "item" else f"this {self.noun}"

    # -- phrases ----------------------------------------------------------------------------

    def kind(self, fact: Fact) -> str:
        """`crime drama`, `action film`, `film listed under …`."""
        kind = kind_of_genres(fact.values[:2], self.sort, self.noun)
        return kind or f"{self.noun} listed under {self.joined(fact.values, lower=True)}"

    def phrase(self, fact: Fact) -> str:
        """After the noun: `directed by X`, `from France`."""
        value = self.joined(fact.values[:2])
        return {
            "director": f"directed by {value}",
            "cast": f"with {value} in the cast",
            "writer": f"written by {value}",
            "author": f"written by {value}" if self.sort in WRITTEN else f"by {value}",
            "artist": f"by {value}",
            "country": f"from {value}",
            "brand": f"from {value}",
        }[fact.role]

    def did(self, past: Past, other: str) -> str:
        """`you gave Heat 4 stars`; without a title, the end of `which you gave 4 stars`."""
        event = past.event
        space = f" {other}" if other else ""
        if event.kind == "rating" and event.value is not None:
            stars = f"{event.value:g} star{'' if event.value == 1 else 's'}"
            return self.choose("stars", ["you gave", "you rated"]) + f"{space} {stars}"
        verb = {"like": "liked", "dislike": "disliked", "purchase": "bought", "play": "played",
                "view": "viewed", "click": "opened", "skip": "skipped",
                "rating": "rated"}  # fmt: skip
        return f"you {verb[event.kind]}{space}"

    def joined(self, values: Sequence[str], lower: bool = False) -> str:
        """`a, b and c`, three at most."""
        shown = [lowered(v) if lower else v for v in values][:3]
        shown = [f"the {v}" if v.startswith("United ") else v for v in shown]
        return ", ".join(shown[:-1]) + " and " + shown[-1] if len(shown) > 1 else shown[0]

    def _verb(self, maker: Fact) -> str:
        """`directed`, `wrote`; of one whose making has no word, nothing."""
        unsaid = maker.role == "author" and self.sort not in WRITTEN
        return "" if unsaid else MAKING.get(maker.role, "")

    def _is_kind(self, fact: Fact) -> bool:
        return fact.role == "genre" and "listed under" not in self.kind(fact)

    def _is(self, fact: Fact) -> str:
        """After `this film`: `is a comedy`, `is directed by X`, `stars Y`."""
        if self._is_kind(fact):
            return f"is {with_article(self.kind(fact))}"
        return f"has {self.joined(fact.values)} in the cast" if fact.role == "cast" else (
            f"is {self._filed(fact)}"
        )  # fmt: skip

    def _is_also(self, fact: Fact) -> str:
        if self._is_kind(fact):
            return f"is another {self.kind(fact)}"
        said = self._is(fact)
        return said.replace("is ", "is also ", 1) if said.startswith("is ") else f"also {said}"

    def _another(self, fact: Fact) -> str:
        """`another comedy`, `another film directed by X`."""
        if self._is_kind(fact):
            return f"another {self.kind(fact)}"
        noun = "another one" if self.noun == "item" else f"another {self.noun}"
        return f"{noun} {self._filed(fact)}"

    def _filed(self, fact: Fact) -> str:
        if fact.role in PHRASED:
            return self.phrase(fact)
        under = "listed" if fact.role == "genre" else "filed"
        value = self.joined(fact.values, lower=fact.role == "genre")
        return f"in {value}" if fact.role == "language" else f"{under} under {value}"


def _name_of(field: str) -> str:
    """A field's name as it is said: `steps` for `n_steps`."""
    words = field.replace("_", " ").split()
    return " ".join(words[1:] if len(words) > 1 and words[0] in ("n", "num", "nr") else words)


MAKING = {"director": "directed", "author": "wrote", "writer": "wrote"}
RELEASED = ("film", "music", "title")
WRITTEN = ("book", "news")
"""What an author has written; a recipe and a game have authors too."""


def _met(kind: Fact, wanted: Collection[str]) -> Fact | None:
    met = tuple(v for v in kind.values if wanted and set(words_of(v)) <= set(wanted))
    return Fact(kind.role, kind.field, met) if met else None


def _clause_order(fact: Fact) -> int:
    return ("brand", "country", "artist", "director", "writer", "author", "cast").index(fact.role)
