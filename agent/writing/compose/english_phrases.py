"""English phrases from which sentences about one item are made: `crime drama`, `directed by X`,
`you gave Heat 4 stars`."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from shelftalker.writing.compose.facts import Fact
from shelftalker.writing.compose.genres import kind_of_genres
from shelftalker.writing.compose.language_composer import PHRASED, LanguageComposer
from shelftalker.writing.compose.phrases import lowered, with_article
from shelftalker.writing.history import Past

MAKING = {"director": "directed", "author": "wrote", "writer": "wrote"}
WRITTEN = ("book", "news")
"""Item types whose author wrote them; recipes and games have authors too."""


class EnglishPhrases(LanguageComposer):
    """The phrases that several sentences use."""

    nouns: ClassVar[Mapping[str, str]] = {
        "film": "film", "book": "book", "music": "pick", "news": "article", "thing": "item",
        "title": "title", "any": "pick",
    }  # fmt: skip
    names_kinds: ClassVar = True

    @property
    def this(self) -> str:
        """`this film`."""
        return "this one" if self.noun == "item" else f"this {self.noun}"

    def kind(self, fact: Fact) -> str:
        """`crime drama`, `action film`, `film listed under …`."""
        kind = kind_of_genres(fact.values[:2], self.item_type, self.noun)
        return kind or f"{self.noun} listed under {self.joined(fact.values, lower=True)}"

    def phrase(self, fact: Fact) -> str:
        """After the noun: `directed by X`, `from France`."""
        value = self.joined(fact.values[:2])
        return {
            "director": f"directed by {value}",
            "cast": f"with {value} in the cast",
            "writer": f"written by {value}",
            "author": f"written by {value}" if self.item_type in WRITTEN else f"by {value}",
            "artist": f"by {value}",
            "country": f"from {value}",
            "brand": f"from {value}",
            "publisher": f"from {value}",
        }[fact.role]

    def user_action(self, past: Past, other: str) -> str:
        """As the base class; with an empty title, the clause after `which`: `you gave 4 stars`."""
        event = past.event
        space = f" {other}" if other else ""
        if past.named:
            return f"you asked for something like{space}" if other else "you named"
        if event.kind == "rating" and event.value is not None:
            stars = f"{event.value:g} star{'' if event.value == 1 else 's'}"
            return f"you gave{space} {stars}"
        verb = {"like": "liked", "dislike": "disliked", "purchase": "bought", "play": "played",
                "view": "viewed", "click": "opened", "skip": "skipped",
                "rating": "rated"}  # fmt: skip
        return f"you {verb[event.kind]}{space}"

    def joined(self, values: Sequence[str], lower: bool = False) -> str:
        """`a, b and c`, three at most."""
        shown = [lowered(v) if lower else v for v in values][:3]
        shown = [f"the {v}" if v.startswith("United ") else v for v in shown]
        return ", ".join(shown[:-1]) + " and " + shown[-1] if len(shown) > 1 else shown[0]

    def making_verb(self, maker: Fact) -> str:
        """`directed`, `wrote`; empty where there is no such verb."""
        without = maker.role == "author" and self.item_type not in WRITTEN
        return "" if without else MAKING.get(maker.role, "")

    def is_kind(self, fact: Fact) -> bool:
        """Whether its values make a noun of their own: `crime drama`."""
        return fact.role == "genre" and "listed under" not in self.kind(fact)

    def is_clause(self, fact: Fact) -> str:
        """After `this film`: `is a comedy`, `is directed by X`, `has Y in the cast`."""
        if self.is_kind(fact):
            return f"is {with_article(self.kind(fact))}"
        return f"has {self.joined(fact.values)} in the cast" if fact.role == "cast" else (
            f"is {self.described(fact)}"
        )  # fmt: skip

    def also_clause(self, fact: Fact) -> str:
        """`is another comedy`, `is also directed by X`, `also has Y in the cast`."""
        if self.is_kind(fact):
            return f"is another {self.kind(fact)}"
        clause = self.is_clause(fact)
        return (
            clause.replace("is ", "is also ", 1) if clause.startswith("is ") else f"also {clause}"
        )

    def described(self, fact: Fact) -> str:
        """Any fact after a noun: `directed by X`, `in Italian`, `listed under comedy`."""
        if fact.role in PHRASED:
            return self.phrase(fact)
        under = "listed" if fact.role == "genre" else "filed"
        value = self.joined(fact.values, lower=fact.role == "genre")
        return f"in {value}" if fact.role == "language" else f"{under} under {value}"
