"""English cards: a plan in one to three sentences."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime

from shelftalker.data.field_roles import role_of
from shelftalker.data.item_types import TITLE_GENRES, noun_of
from shelftalker.data.values import texts_of
from shelftalker.language.aliases import COUNTRY_ADJECTIVES, aliases_of
from shelftalker.language.stance import akin
from shelftalker.language.stems import stems_of
from shelftalker.language.things import is_plural
from shelftalker.writing.compose.asked import NEW_YEARS, OLD_YEARS, WISHES
from shelftalker.writing.compose.card import pairs_of
from shelftalker.writing.compose.conditions import IDLE, POLITE, kind_words
from shelftalker.writing.compose.english_products import EnglishProducts
from shelftalker.writing.compose.english_ties import clause_of
from shelftalker.writing.compose.facts import Fact
from shelftalker.writing.compose.measures import duration
from shelftalker.writing.compose.phrases import wish_phrase, with_article
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
        if asked.short and asked.lacking_is == "quality" and (left_open := self.lacking()):
            text = self.claim("wish", self._named_work() or asked.short)
            return f"{text}, as you asked; {left_open[0].lower()}{left_open[1:]}"
        if asked.far:
            about = self.about()
            return (
                f"{said[:-1]}{f', but {about}' if about else ''}." if (said := self.off()) else ""
            )
        if self._is_like_example():
            assert self.plan.past is not None
            return self._tied_to(self.plan.past)
        said = wish_phrase(asked.near or asked.maybe) or self._named_work()
        if is_plural(" ".join(kind_words(said))) and noun_of(self.plan.item) != "any":
            return ""  # one film is not `black and white classics`
        if asked.near and (said or asked.short):
            told = not said and self.plan.quote.casefold().startswith(asked.short)
            return "" if told else self.surely_is(self.claim("wish", said or asked.short))
        if asked.maybe and (aged := self._aged(said)):
            return aged
        if asked.met or asked.bounds:
            noun = self.words.noun if self.words.noun != "pick" else ""
            what = self._wanted(asked.met) if asked.met else noun and with_article(noun)
            if self._is_coproduced() and any(fact.role == "country" for fact in asked.met):
                return f"{what}."  # which need not be what was meant
            return self.surely_is(" ".join(filter(None, [what, *self.within()])))
        if asked.wish:
            return self.surely_is(self.claim("wish", asked.wish))
        return ""

    def _aged(self, said: str) -> str:
        """`Not quite an old comedy: it is from 1997.`, where only the age is left to judge."""
        year = self.plan.first("year")
        if not (said and year and self.plan.asked.age):
            return ""
        when = self.claim("value", f"from {year.values[0]}", *pairs_of(year))
        wish = self.claim("wish", said)
        age = datetime.now(UTC).year - int(year.values[0])
        fits = age <= NEW_YEARS if self.plan.asked.age == "new" else age >= OLD_YEARS
        return f"{wish}, as you asked, {when}." if fits else f"Not quite {wish}: it is {when}."

    def off(self) -> str:
        """`Not quite a heist movie.`, where no word of the row bears the thing that was asked for;
        empty where one does, or no thing is named."""
        said = wish_phrase(self.plan.asked.near or self.plan.asked.maybe) or self._named_work()
        thing = " ".join(kind_words(said))
        words = [word for word in content_of(stems_of(thing or said)) if word not in IDLE]
        row = self.plan.item.embedding_text().lower()
        known = stems_of(row)
        heard = any(akin(word, own) for word in words for own in known)
        heard = heard or any(word in WISHES and WISHES[word] in row for word in words)
        silent = not words or heard or is_plural(thing)
        return "" if silent else f"Not quite {self.claim('wish', said)}."

    def _named_work(self) -> str:
        """`a heist movie` of `heist movie, not too long`; empty where the request begins with no
        work in a few words."""
        head = kind_words(self.plan.asked.said)
        named = len(head) in (2, 3) and {*stems_of(head[-1])} <= POLITE | TITLE_GENRES
        return with_article(" ".join(head)) if named else ""

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
            if self._is_coproduced():
                after.append(f"co-produced in {self.words.joined([country])}")
                continue
            adjective = next((a for a in aliases_of(country) if a in COUNTRY_ADJECTIVES), "")
            kind = f"{adjective.title()} {kind}" if adjective else kind
            after += [] if adjective else [f"from {self.words.joined([country])}"]
        told = [f for f in met if f.role in ("genre", "country") or f.role in _JOINED]
        text = " ".join([kind, *after])
        text = text if shelf else with_article(text)
        return self.claim("asked", text, *(p for f in told for p in pairs_of(f)[:2]))

    def _is_coproduced(self) -> bool:
        """Whether several countries made it."""
        countries = (v for f, v in self.plan.item.facts().items() if role_of(f) == "country")
        return any(len(texts_of(value)) > 1 for value in countries)

    def unmet(self) -> str:
        """As the base class: of a work that shall be short or long, how long it is otherwise."""
        asked, minutes = set(stems_of(self.plan.request)), self._minutes()
        if noun_of(self.plan.item) == "thing" or not minutes:
            return super().unmet()
        off = ("short" in asked and minutes > 110) or ("long" in asked and minutes < 110)
        return self._length() if off and not _NOT_SO.search(self.plan.request) else ""

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
        """How long it is, where that is unusual, else who is in it."""
        minutes, cast = self._minutes(), self.plan.first("cast")
        if self.words.noun == "film" and minutes and not SHORT < minutes < LONG:
            return self._length()
        names = self.words.joined(cast.values[:2]) if cast else ""
        return f"With {self.claim('value', names, *pairs_of(cast)[:2])}." if names else ""

    def _minutes(self) -> int:
        runtime = self.plan.first("runtime")
        return int(runtime.values[0]) if runtime and runtime.values[0].isdecimal() else 0

    def _length(self) -> str:
        runtime = pairs_of(self.plan.first("runtime"))
        return f"It runs {self.claim('value', duration(self._minutes()), *runtime)}."

    def lacking(self) -> str:
        """What of the request the row has nothing of."""
        if self.plan.asked.lacking_is == "held":
            return f"It is not without {self.claim('wish', self.plan.asked.lacking)}."
        if noun_of(self.plan.item) == "thing":
            return ""  # `unmet` says it
        if self.plan.asked.lacking in ("", self.plan.asked.lacking.title()):
            return ""  # who somebody is shows in the names of the row
        if self._minutes() and self.plan.asked.lacking in ("long", "short"):
            return self._length()
        words = self.claim("lacking", self.plan.asked.lacking)
        if self.plan.asked.lacking_is == "quality":
            return f"How {words} it is, we can't say."
        are = "are" if is_plural(self.plan.asked.lacking) else "is"
        return f"We can't promise that there {are} no {words} in it."


_NOT_SO = re.compile(r"\b(?:not|no|n['’]t)\b.*\b(?:long|short)\b", re.IGNORECASE)
_JOINED = ("director", "author", "artist", "writer", "cast", "brand")
