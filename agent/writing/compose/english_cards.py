"""English cards: a plan in one to three sentences."""

from collections.abc import Sequence

from shelftalker.language.aliases import COUNTRY_ADJECTIVES, aliases_of
from shelftalker.language.things import is_plural
from shelftalker.writing.compose.card import pairs_of
from shelftalker.writing.compose.english_products import EnglishProducts, clause_of
from shelftalker.writing.compose.facts import Fact
from shelftalker.writing.compose.measures import duration, number_text
from shelftalker.writing.compose.phrases import wish_phrase, with_article
from shelftalker.writing.compose.plan import MAKERS
from shelftalker.writing.history import Past

SHORT, LONG = 80, 150
"""Minutes of a film below and above which its length is worth a sentence."""


class EnglishCard(EnglishProducts):
    """The templates of one plan in English."""

    def work(self) -> list[str]:
        """A film, a book, an album, an article."""
        plan, asked = self.plan, self.plan.asked
        tie = self.related() if plan.relation else self._tie() if self._is_tied() else ""
        if plan.relation and plan.past and self._leads(plan.past):
            opening = [self.related(f"{self.about()} {self._by()}".strip())]
        elif plan.common and plan.past and self._is_tied() and self._leads(plan.past):
            opening = [self._tied(plan.common, plan.past)]
        elif asked.far or ((asked.near or asked.maybe) and self.said()):
            opening = [self._answering(), tie]
        elif asked.met or asked.bounds:
            opening = [self._as_asked(), tie]
        else:
            shelf = self._product_tied(named=False) if plan.past and not asked.wish else ""
            opening = [shelf or self._alone()]  # `More desserts, after the …`
            opening += [tie] if asked.wish else []
        return opening

    def _leads(self, past: Past) -> bool:
        """Whether the tie opens the card: to the example of a request, or without a request."""
        asked = self.plan.asked
        taken = asked.near or asked.maybe or asked.wish or asked.met or asked.bounds
        return past.named or not taken

    def _is_tied(self) -> bool:
        """Whether both share something that can be said: a genre only where it makes a noun."""
        common = self.plan.common
        return common is not None and (common.role != "genre" or self.words.is_kind(common))

    def _alone(self) -> str:
        """By itself: `Heat is a 1995 crime drama directed by Michael Mann`."""
        about, by = self.about(), self._by()
        if not about:
            return self.fields(self.values())
        space = f" {by}" if by else ""
        maker = self.plan.first("director", "author")
        verb = self.words.making_verb(maker) if maker else ""
        if self.plan.asked.wish:
            wish = self.claim("wish", self.plan.asked.wish)
            return f"You asked for {wish}, and {self.title} is {about}{space}."
        patterns = [f"{self.title} is {about}{space}.", f"{self.title}: {about}{space}."]
        if maker and verb:
            made = f"{self.words.joined(maker.values[:2])} {verb}"
            made = self.claim("value", made, *pairs_of(maker)[:2])
            patterns.append(f"{made} {self.title}, {about}.")
        return self.choose("alone", patterns)

    def _answering(self) -> str:
        """The whole request, and the work as what it is: surely what was asked for, or one beside
        it that may be."""
        about, by = self.about(), self._by()
        made = f"{about} {by}".strip() if about else ""
        if self.plan.asked.maybe and not self.plan.asked.far:
            rest = f"{self.title} is {made}" if made else f"one option: {self.title}"
            return f"You asked for {self.wish()}; {rest}."
        return f"{self.lead()}{self.title}{f', {made}' if made else ''}."

    def _as_asked(self) -> str:
        """The request first, as far as the row bears it."""
        met, bounds = self.plan.asked.met, self.plan.asked.bounds
        roles = {fact.role for fact in met}
        what, rest = self._wanted(met) if met else f"a {self.words.noun}", self._rest(roles)
        within = [self.claim("bound", t, (name, number_text(n))) for name, n, t in bounds]
        if not met and self.words.noun == "pick":  # "a pick for 30 at most" is no way to put it
            return f"{self.title}, {', '.join(within)}{rest}."
        what = " ".join([what, *within])
        patterns = [
            f"You asked for {what}: {self.title}{rest}.",
            f"{what}, as you asked: {self.title}{rest}.",
        ]
        if rest and roles <= {"genre", "country"}:
            patterns.append(f"You wanted {what}, and {self.title} is one{rest}.")
        return self.choose("asked", patterns)

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

    def _tied(self, common: Fact, past: Past) -> str:
        """The work with what ties it to one of the history."""
        title, other, did = self.title, self.other, self.did()
        which = self.claim("did", clause_of(past), past=past)
        if common.role == "genre":
            rest = self._rest({"genre"})
            kind = self.words.kind(common)
            another = self.claim("value", f"another {kind}", *pairs_of(common), past=past)
            kind = self.claim("value", with_article(kind), *pairs_of(common), past=past)
            return self.choose("tied", [
                f"{did}. {title} is {another}{rest}.",
                f"{another} after {other}, which {which}: {title}{rest}.",
                f"Like {other}, which {which}, {title} is {kind}{rest}.",
                f"After {other}, which {which}, {title} is {another}{rest}.",
            ])  # fmt: skip
        shared = self._shared(common)
        about = self.about()
        if common.role == "cast":
            about = f", {about} {self._by()}".rstrip() if about else ""
            are = "are" if len(common.values) > 1 else "is"
            return self.choose("tied", [
                f"{did}, and {shared} {are} also in {title}{about}.",
                f"{shared}, from {other}, which {which}, {are} also in {title}{about}.",
                f"{title}{about}{',' if about else ''} has {shared} in the cast, like {other}, "
                f"which {which}.",
            ])  # fmt: skip
        return self.choose("tied", [
            f"{did}. {title} is {shared} as well{f': {about}' if about else ''}.",
            f"Also {shared}, like {other}, which {which}: {title}{f', {about}' if about else ''}.",
            f"{title} is {shared}, as is {other}, which {which}{f': {about}' if about else ''}.",
        ])  # fmt: skip

    def _tie(self) -> str:
        """What ties it to a work of the history, after it has been named."""
        plan = self.plan
        assert plan.common is not None
        assert plan.past is not None
        asked = {value for fact in plan.asked.met for value in fact.values}
        if set(plan.common.values) <= asked:
            return ""
        which = f"{self.other}, which {self.claim('did', clause_of(plan.past), past=plan.past)}"
        if plan.common.role == "genre":
            kind = with_article(self.words.kind(plan.common))
            genre = plan.first("genre")
            if genre and self.words.kind(genre) == self.words.kind(plan.common):  # told before
                so = self.claim("shared", "So is", *pairs_of(plan.common), past=plan.past)
                return f"{so} {which}."
            shared = self.claim("value", kind, *pairs_of(plan.common), past=plan.past)
            return f"Like {which}, it is {shared}."
        shared = self._shared(plan.common)
        if plan.common.role == "cast":
            return f"Like {which}, it has {shared} in the cast."
        if any(fact.role == plan.common.role for fact in plan.asked.met):
            return f"It is {shared}, like {which}."
        role = self.claim(
            "shared", f"its {plan.common.role}", *pairs_of(plan.common), past=plan.past
        )
        return f"It shares {role} with {which}."

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

    def _rest(self, told: set[str]) -> str:
        """`, from 1997, directed by X, with Y`: the clauses that are not told yet."""
        year, genre = self.plan.first("year"), self.plan.first("genre")
        by = "" if told & set(MAKERS) else self._by()
        parts = []
        if genre and "genre" not in told and self.words.is_kind(genre):
            parts.append(f"{self.about()} {by}".strip())
            by = ""
        elif year:
            parts.append(self.claim("value", f"from {year.values[0]}", *pairs_of(year)))
        parts.append(by)
        return "".join(f", {part}" for part in parts if part)

    def aside(self) -> str:
        """How long it is, where that is unusual or far from the other's length."""
        compared, runtime = self.plan.compared, self.plan.first("runtime")
        if compared and compared.ours != compared.theirs and not self.plan.quote:
            ours, theirs = number_text(compared.ours), number_text(compared.theirs)
            text = f"{ours} minutes against {theirs}"
            pair = (compared.field, ours)
            figures = self.claim("compare", text, pair, past=self.plan.past)
            return f"It runs {figures} for {self.other}."
        if runtime and self.words.noun == "film" and runtime.values[0].isdecimal():
            minutes = int(runtime.values[0])
            if not SHORT < minutes < LONG:
                text = self.claim("value", duration(minutes), *pairs_of(runtime))
                return f"It runs {text}."
        return ""

    def did(self) -> str:
        """`You gave Heat four stars`."""
        plan = self.plan
        assert plan.past is not None
        _, _, end = clause_of(plan.past).partition(" gave")
        if plan.past.named:
            whole = wish_phrase(plan.request)
            told = whole if plan.past_title in whole else f"something like {plan.past_title}"
            clause = f"You asked for {told}"
            return self.claim("did", clause, ("title", plan.past_title), past=plan.past)
        clause = f"You gave {plan.past_title}{end}" if end else (
            f"{clause_of(plan.past).capitalize()} {plan.past_title}"
        )  # fmt: skip
        return self.claim("did", clause, ("title", plan.past_title), past=plan.past)

    def lacking(self) -> str:
        """What of the request the row has nothing of."""
        kind, word = self.plan.asked.lacking_is, self.plan.asked.lacking
        words = self.claim("lacking", word)
        if kind == "action":
            return f"Whether it does {words}, the description doesn't say."
        are = "are" if is_plural(word) else "is"
        return f"Whether there {are} {words} in it, the description doesn't say."


_JOINED = ("director", "author", "artist", "writer", "cast", "brand")
