"""English sentences about one item: several patterns for each kind of fact."""

from collections.abc import Collection, Sequence

from shelftalker.data.product_kinds import kind_named
from shelftalker.language.stems import stems_of
from shelftalker.writing.compose.english_phrases import WRITTEN, EnglishPhrases, clause_order
from shelftalker.writing.compose.facts import KIND, Fact, fits, is_number
from shelftalker.writing.compose.language_composer import PHRASED
from shelftalker.writing.compose.phrases import (
    capital,
    here_again,
    is_plural,
    joined_clauses,
    this_is,
    with_article,
)
from shelftalker.writing.history import Past

RELEASED = ("film", "music", "title")
"""Item types that are released; others date from a year."""


class EnglishComposer(EnglishPhrases):
    """The sentences: several patterns for each kind of fact."""

    def opening(
        self, facts: Sequence[Fact], wanted: Collection[str] = ()
    ) -> tuple[str, list[Fact]]:
        """As the base class."""
        kind = next((f for f in facts if f.role == "genre"), None)
        year = next((f for f in facts if f.role == "year"), None)
        phrased = [f for f in facts if f.role in PHRASED][: self.choose("count", [1, 2, 2])]
        if self.noun == "item" or (kind is None and not phrased):
            return (self.single(facts[0], self.title), list(facts[1:])) if facts else ("", [])
        year = None if self.item_type == "any" else year
        used = [f for f in (kind, year, *phrased) if f]
        genre = kind if kind and self.is_kind(kind) else None
        noun = self.kind(genre) if genre else self.noun
        phrased.sort(key=clause_order)
        clauses = [*phrased, *([kind] if kind and not genre else [])]
        bare = self.item_type == "any" and clauses[0].role != "cast"
        about = "" if bare else with_article(f"{year.values[0] if year else ''} {noun}".strip())
        left = [f for f in facts if f not in used]
        if kind and (asked := _asked_for(kind, wanted)):
            return self._opening_with_request(asked, about, clauses), left
        return self.choose("opening", self._opening_patterns(about, clauses)), left

    def _opening_with_request(self, asked: Fact, about: str, clauses: Sequence[Fact]) -> str:
        """`You asked for a crime film, and Heat is a crime drama …`."""
        you = self.choose("asked", ["You asked for", "You wanted"])
        whole = joined_clauses(about, [self.described(f) for f in clauses])
        return f"{you} {with_article(self.kind(asked))}, and {self.title} is {whole}."

    def _opening_patterns(self, about: str, clauses: Sequence[Fact]) -> list[str]:
        whole = joined_clauses(about, [self.described(f) for f in clauses])
        patterns = [f"{self.title} is {whole}."]
        maker = next((f for f in clauses if f.role in ("director", "writer", "author")), None)
        others = [self.described(f) for f in clauses if f is not maker]
        if maker and (about or others):
            rest = joined_clauses(about, others)
            patterns.append(f"{capital(self.phrase(maker))}, {self.title} is {rest}.")
            if verb := self.making_verb(maker):
                patterns.append(f"{self.joined(maker.values[:2])} {verb} {self.title}, {rest}.")
        cast = next((f for f in clauses if f.role == "cast"), None)
        if cast and (about or len(clauses) > 1):
            others = [self.described(f) for f in clauses if f is not cast]
            with_cast = capital(self.phrase(cast))
            patterns.append(f"{with_cast}, {self.title} is {joined_clauses(about, others)}.")
        return [*patterns, f"Here is {self.title}, {whole}."]

    def single(self, fact: Fact, subject: str = "") -> str:
        """As the base class."""
        thing = self.noun == "item"
        title = subject if self.title in subject else ""
        plural = self._is_plural and subject != "It"
        this = "They" if plural else "It" if thing else f"This {self.noun}"
        it = subject or self.choose("subject", ["They" if plural else "It", this])
        value = self.joined(fact.values)
        many = len(fact.values) > 1
        are, come = ("are", "come") if plural else ("is", "comes")
        by = "written by" if self.item_type in WRITTEN else "by"
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
            if subject and self.is_kind(fact) else [listed],
            "topic": [f"{it} {are} filed under {value}.", f"{it} {are} tagged {value}."],
            "country": [f"{it} {'were' if plural else 'was'} made in {value}."]
            if thing else [f"{it} comes from {value}.", f"{it} was made in {value}."],
            "language": [f"{it} {are} in {value}.", f"Its language is {value}."],
            "title": [f"{it} {are} listed as {value}."],
            "brand": [f"{it} {come} from {value}.", f"{it} {are} made by {value}.",
                      f"{it} {are} by {value}."],
            "year": [f"{it} was released in {value}.", f"{it} dates from {value}."]
            if self.item_type in RELEASED
            else [f"{it} {'date' if plural else 'dates'} from {value}."],
            "runtime": [f"{it} runs {value} minutes.", f"{it} is {value} minutes long.",
                        f"{it} lasts {value} minutes."],
            "pages": [f"{it} is {value} pages long.", f"{it} has {value} pages."],
            "price": [f"{it} {are} priced at {value}.", f"The price is {value}.",
                      f"{it} {'cost' if plural else 'costs'} {value}."],
        }  # fmt: skip
        role = fact.role if fits(fact, self.item_type) else ""
        naming = [sentence for sentence in patterns.get(role, []) if title in sentence]
        return self.choose(fact.role, naming or [self._plain(fact, title)])

    @property
    def _is_plural(self) -> bool:
        """Whether a product's kind is a plural noun, as `pens`."""
        return self.item_type == "thing" and is_plural(kind_named(self.item.title))

    def _plain(self, fact: Fact, subject: str) -> str:
        """A sentence for a field without patterns, by its name: `Its ingredients are …`."""
        name, value = _name_of(fact.field), self.joined(fact.values)
        whose = f"The {name} of {subject}" if subject else f"Its {name}"
        if not subject and self._is_plural:
            whose = f"The {name}"
        if fact.role == "runtime" and name.endswith(("minutes", "minute", "min")):
            which = " ".join(word for word in name.split()[:-1] if word != "time")
            time = f"{which} time".strip()
            return f"{f'The {time} of {subject}' if subject else f'Its {time}'} is {value} minutes."
        if is_plural(name) and is_number(value) and " " not in name:
            return f"{subject or 'It'} has {value} {name}."
        return f"{whose} {'are' if is_plural(name) or len(fact.values) > 1 else 'is'} {value}."

    def history(self, title: str, field: str) -> str:
        """As the base class."""
        past = self.past.get(title)
        if past is None:
            return ""
        other = self.title_of(past)
        action, which = self.user_action(past, other), self.user_action(past, "")
        if not past.drew:
            return f"{capital(action)}."
        common = self.common(title, field)
        if common is None:
            return f"{capital(action)}, which is one reason for this pick."
        if common.role == KIND:
            is_one = this_is(common.values[0])
            return self.choose("history", [
                f"{capital(action)}, and {is_one} too.",
                f"Like {other}, which {which}, {is_one}.",
                f"Since {action}, {is_one} too.",
            ])  # fmt: skip
        this = "this" if self.is_kind(common) else self.this
        return self.choose("history", [
            f"{capital(action)}, and {this} {self.also_clause(common)}.",
            f"Like {other}, which {which}, {this} {self.is_clause(common)}.",
            f"{capital(action)}, and {this} {self.is_clause(common)} as well.",
            f"Since {action}, here is {self.another_clause(common)}.",
        ])  # fmt: skip

    def together(
        self, title: str, field: str, facts: Sequence[Fact]
    ) -> tuple[str, list[Fact]] | None:
        """As the base class."""
        past = self.past.get(title)
        common = self.common(title, field)
        if past is None or common is None:
            return None
        action = self.user_action(past, self.title_of(past))
        if common.role == KIND:
            return self._of_one_kind(past, common.values[0]), list(facts)
        if common.role == "brand":
            return self._of_one_brand(past, common), [f for f in facts if f.role != "brand"]
        year = next((f for f in facts if f.role == "year"), None)
        people = [f for f in facts if f.role in ("director", "cast", "author") and f != common][:2]
        if self.is_kind(common):
            about, used = f"here is another {self.kind(common)}: {self.title}", [common.role]
            start = f"Since {action}, "
        elif verb := self.making_verb(common):
            who, kind = self.joined(common.values), next(
                (f for f in facts if f.role == "genre"), None
            )  # fmt: skip
            noun = with_article(self.kind(kind)) if kind else f"a {self.noun}"
            about = f"and {who} also {verb} {self.title}, {noun}"
            start, used = f"{capital(action)}, ", [common.role, "genre"]
            people = [f for f in people if f.role == "cast"]
        else:
            return None
        from_year = [f"from {year.values[0]}"] if year else []
        clauses = [*from_year, *(self.phrase(f) for f in sorted(people, key=clause_order))]
        comma = "," if self.is_kind(common) and clauses else ""
        used += ["year", *(f.role for f in people)]
        whole = joined_clauses(f"{about}{comma}", clauses)
        return f"{start}{whole}.", [f for f in facts if f.role not in used]

    def _of_one_brand(self, past: Past, brand: Fact) -> str:
        other, maker = self.title_of(past), brand.values[0]
        action, which = self.user_action(past, other), self.user_action(past, "")
        are = "are" if is_plural(kind_named(self.item.title)) else "is"
        return self.choose("brand", [
            f"Since {action}, here {are} {self.title}, from {maker} too.",
            f"{capital(action)}, and {self.title} {are} from {maker} too.",
            f"{self.title} {are} from {maker}, like {other}, which {which}.",
        ])  # fmt: skip

    def _of_one_kind(self, past: Past, kind: str) -> str:
        other, is_one = self.title_of(past), this_is(kind)
        action, which = self.user_action(past, other), self.user_action(past, "")
        here = f"{here_again(kind)}: {self.title}."
        return self.choose("kind", [
            f"Since {action}, {here}",
            f"{capital(action)}, so {here}",
            f"Like {other}, which {which}, {is_one}: {self.title}.",
        ])  # fmt: skip

    def request(self, asked: str) -> str:
        """As the base class."""
        asked = asked.strip().rstrip(".!?。！？")
        if not 0 < len(asked) <= 80 or '"' in asked or len(stems_of(asked)) < 3:
            return ""
        return f'{self.choose("quoted", ["You asked for", "You wanted"])} "{asked}".'


def _name_of(field: str) -> str:
    """A field's name as words: `steps` for `n_steps`."""
    words = field.replace("_", " ").split()
    return " ".join(words[1:] if len(words) > 1 and words[0] in ("n", "num", "nr") else words)


def _asked_for(kind: Fact, wanted: Collection[str]) -> Fact | None:
    """The fact with those of its values that were asked for."""
    values = tuple(v for v in kind.values if wanted and set(stems_of(v)) <= set(wanted))
    return Fact(kind.role, kind.field, values) if values else None
