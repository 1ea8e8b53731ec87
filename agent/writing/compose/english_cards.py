"""English cards: a plan in one to three sentences."""

from collections.abc import Sequence
from datetime import UTC, datetime

from shelftalker.data.item_types import noun_of
from shelftalker.language.aliases import COUNTRY_ADJECTIVES, aliases_of
from shelftalker.language.stance import akin
from shelftalker.language.stems import stems_of
from shelftalker.language.things import is_plural
from shelftalker.writing.compose.asked import NEW_YEARS, OLD_YEARS
from shelftalker.writing.compose.card import pairs_of
from shelftalker.writing.compose.conditions import IDLE
from shelftalker.writing.compose.english_products import (
    MAX_QUOTED_WORDS,
    EnglishProducts,
)
from shelftalker.writing.compose.english_ties import clause_of
from shelftalker.writing.compose.facts import Fact
from shelftalker.writing.compose.measures import duration
from shelftalker.writing.compose.phrases import SPEAKER, wish_phrase, with_article
from shelftalker.writing.compose.plan import MAKERS
from shelftalker.writing.history import Past
from shelftalker.writing.verifier.facts import content_of

SHORT, LONG = 80, 150
"""Minutes of a film below and above which its length is worth a sentence."""


class EnglishCard(EnglishProducts):
    """The templates of one plan in English."""

    def answer(self) -> str:
        """As the base class."""
        asked = self.plan.asked
        if noun_of(self.plan.item) == "thing":
            return self.product_answer()
        if asked.short and asked.lacking and asked.lacking_is == "quality":
            lacking = self.claim("lacking", asked.lacking)
            text = self.claim("wish", asked.short)
            return f"{text}, as you asked; whether it is {lacking}, the description doesn't say."
        if asked.far:
            about = self.about() if "but " not in self.said() else ""
            said = f"Not quite {self.wish()}{f', but {about}' if about else ''}."
            return said if self.said() else ""
        if self._is_like_example():
            assert self.plan.past is not None
            return self._tied_to(self.plan.past)
        said = wish_phrase(asked.near or asked.maybe)
        if asked.near and (said or asked.short):
            told = not said and self.plan.quote.casefold().startswith(asked.short)
            return "" if told else self.surely_is(self.claim("wish", said or asked.short))
        short = len(asked.maybe.split()) <= MAX_QUOTED_WORDS and not SPEAKER.search(asked.maybe)
        if asked.maybe and (said or short):
            return self.may_be(said or f"“{asked.maybe}”")
        if asked.met or asked.bounds:
            noun = self.words.noun if self.words.noun != "pick" else ""
            what = self._wanted(asked.met) if asked.met else noun and with_article(noun)
            return self.surely_is(" ".join(filter(None, [what, *self.within()])))
        if asked.wish:
            return self.surely_is(self.claim("wish", asked.wish))
        return ""

    def may_be(self, said: str) -> str:
        """What was asked for, which the work may be; of age, what the reader can judge by."""
        year = self.plan.first("year")
        if year and self.plan.asked.age:
            when = self.claim("value", f"from {year.values[0]}", *pairs_of(year))
            wish = self.claim("wish", said)
            age = datetime.now(UTC).year - int(year.values[0])
            fits = age <= NEW_YEARS if self.plan.asked.age == "new" else age >= OLD_YEARS
            return f"{wish}, as you asked, {when}." if fits else f"Not quite {wish}: it is {when}."
        wish = self.claim("wish", said)
        if not self.plan.asked.unheard:
            return f"Perhaps {wish}."
        told = stems_of(" ".join(self.plan.quotes))
        words = [word for word in content_of(stems_of(said)) if word not in IDLE]
        heard = any(akin(word, own) for word in words for own in told)
        return "" if heard else f"Not quite {wish}."

    def _wanted(self, met: Sequence[Fact]) -> str:
        """`a British comedy`, `a film by Alfred Hitchcock`."""
        values: dict[str, list[str]] = {}
        for fact in met:
            values.setdefault(fact.role, []).extend(fact.values)
        genre = Fact("genre", "", tuple(values.get("genre", ())))
        noun = self.words.noun if self.words.noun != "pick" else "one"
        kind = self.words.kind(genre) if genre.values and self.words.is_kind(genre) else noun
        shelf = genre.values and kind == "one"  # `kettles`: a value that makes no noun
        kind = self.words.joined(genre.values, lower=True) if shelf else kind
        after = [
            f"{joint} {self.words.joined(values[role][:2])}"
            for role, joint in (("director", "by"), ("author", "by"), ("artist", "by"),
                                ("writer", "by"), ("cast", "with"), ("brand", "from"))
            if role in values
        ]  # fmt: skip
        for country in values.get("country", [])[:1]:
            adjective = next((a for a in aliases_of(country) if a in COUNTRY_ADJECTIVES), "")
            kind = f"{adjective.title()} {kind}" if adjective else kind
            after += [] if adjective else [f"from {self.words.joined([country])}"]
        told = [f for f in met if f.role in ("genre", "country") or f.role in _JOINED]
        text = " ".join([kind, *after])
        text = text if shelf else with_article(text)
        return self.claim("asked", text, *(p for f in told for p in pairs_of(f)[:2]))

    def plain(self) -> str:
        """By itself: `Heat is a 1995 crime drama directed by Michael Mann`."""
        if noun_of(self.plan.item) == "thing":
            return self.product_plain()
        about, by = self.about(), self._by()
        if not about:
            return self.fields(self.values())
        space = f" {by}" if by else ""
        maker = self.plan.first("director", "author")
        verb = self.words.making_verb(maker) if maker else ""
        patterns = [f"{self.title} is {about}{space}.", f"{self.title}: {about}{space}."]
        if maker and verb:
            made = f"{self.words.joined(maker.values[:2])} {verb}"
            made = self.claim("value", made, *pairs_of(maker)[:2])
            patterns.append(f"{made} {self.title}, {about}.")
        return self.choose("alone", patterns)

    def tie(self) -> str:
        """As the base class."""
        plan = self.plan
        if plan.relation and plan.past:
            return self.related()
        if noun_of(plan.item) == "thing":
            return self.product_tie()
        asked = {value for fact in plan.asked.met for value in fact.values}
        told = plan.common is not None and set(plan.common.values) <= asked
        if self._is_tied() and plan.past and not told and not self._is_like_example():
            return self._tied_to(plan.past)
        return "" if self._is_tied() else self.product_tie()  # `More desserts, after the …`

    def _is_tied(self) -> bool:
        """Whether both share something that can be said: a genre only where it makes a noun."""
        common = self.plan.common
        return common is not None and (common.role != "genre" or self.words.is_kind(common))

    def _is_like_example(self) -> bool:
        """Whether the tie answers the request, which names an example."""
        alike = self.plan.common is not None and self.plan.common.role != "cast"
        return self.plan.past is not None and self.plan.past.named and alike and self._is_tied()

    def _tied_to(self, past: Past) -> str:
        """What it shares with a work of the history."""
        common = self.plan.common
        assert common is not None
        did = "" if past.named else f", which {self.claim('did', clause_of(past), past=past)}"
        which = f"{self.other}{did}"
        if common.role == "genre":
            kind = self.words.kind(common)
            if any(kind.casefold() in quote.casefold() for quote in self.plan.quotes):
                return ""  # it stands there already
            another = self.claim("value", f"another {kind}", *pairs_of(common), past=past)
            kind = self.claim("value", with_article(kind), *pairs_of(common), past=past)
            return self.choose("tie", [
                f"{another}, after {which}.",
                f"{kind}, like {which}.",
            ])  # fmt: skip
        shared = self._shared(common)
        if common.role == "cast":
            return self.choose("tie", [
                f"With {shared} from {which}.",
                f"{shared} {'are' if len(common.values) > 1 else 'is'} in it, as in {which}.",
            ])  # fmt: skip
        if common.role == "director" and len(common.values) == 1:
            pairs = pairs_of(common)
            maker = f"from {common.values[0]}, the director of"
            maker = self.claim("value", maker, *pairs, past=self.plan.past)
            return self.choose("tie", [f"{maker} {which}.", f"{shared}, like {which}."])
        return self.choose("tie", [
            f"{shared}, like {which}.",
            f"Also {shared}: {which}.",
        ])  # fmt: skip

    def credit(self) -> str:
        """`Directed by Jonathan Lynn, 1997.`"""
        maker, year = self.plan.first(*MAKERS), self.plan.first("year")
        if not maker:
            return ""
        pairs = [*pairs_of(maker)[:2], *pairs_of(year)]
        phrase, when = self.words.phrase(maker), year.values[0] if year else ""
        patterns = [f"{phrase}, {when}" if when else phrase]
        if verb := self.words.making_verb(maker):
            made = f"{self.words.joined(maker.values[:2])} {verb} it"
            patterns.append(f"{made} in {when}" if when and maker.role == "director" else made)
        return f"{self.claim('value', self.choose('credit', patterns), *pairs)}."

    def about(self) -> str:
        """`a 1997 action thriller`; empty where no noun can be made."""
        genre, year = self.plan.first("genre"), self.plan.first("year")
        if (not genre and not year) or self.words.noun in ("pick", "item"):
            return ""
        genre = genre if genre and self.words.is_kind(genre) else None
        kind = self.words.kind(genre) if genre else self.words.noun
        text = with_article(f"{year.values[0]} {kind}" if year else kind)
        pairs = [*pairs_of(genre)[:2], *pairs_of(year)]
        return self.claim("value", text, *pairs) if pairs else ""

    def _by(self) -> str:
        maker = self.plan.first(*MAKERS)
        return self._phrase(maker) if maker else ""

    def _phrase(self, fact: Fact) -> str:
        return self.claim("value", self.words.phrase(fact), *pairs_of(fact)[:2])

    def aside(self) -> str:
        """How long it is, where that is unusual."""
        runtime = self.plan.first("runtime")
        if runtime and self.words.noun == "film" and runtime.values[0].isdecimal():
            minutes = int(runtime.values[0])
            if not SHORT < minutes < LONG:
                text = self.claim("value", duration(minutes), *pairs_of(runtime))
                return f"It runs {text}."
        return ""

    def lacking(self) -> str:
        """What of the request the row has nothing of."""
        if self.plan.asked.lacking_is == "held":
            return f"It is not without {self.claim('wish', self.plan.asked.lacking)}."
        if noun_of(self.plan.item) == "thing":
            return ""  # `unmet` says it
        words = self.claim("lacking", self.plan.asked.lacking)
        if self.plan.asked.lacking_is == "quality":
            return f"Whether it is {words}, the description doesn't say."
        are = "are" if is_plural(self.plan.asked.lacking) else "is"
        return f"Whether there {are} {words} in it, the description doesn't say."


_JOINED = ("director", "author", "artist", "writer", "cast", "brand")
