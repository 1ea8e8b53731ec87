"""What a sentence says of the user: each claim needs an event, or the request, that shows it."""

from collections.abc import Sequence
from itertools import pairwise

from shelftalker.language.stems import stem, words_of
from shelftalker.writing.verifier.facts import content_of, has
from shelftalker.writing.verifier.sentence import Sentence, number_of
from shelftalker.writing.verifier.tokenizer import Past, SentenceToken


class Claims(Sentence):
    """The checks of negations, of `you liked X` and of `you asked for X`."""

    def _negation(self) -> str | None:
        for at, token in enumerate(self.tokens):
            if token.kind != "word" or at in self.asked or at in self.denied:
                continue
            if token.folded in self.words.negations and not self._dislike_at(at):
                return f"it denies something ({token.text})"
        return None

    def _dislike_at(self, at: int) -> bool:
        """`you did not like X`, `你不喜欢X`: a claim about the user, checked as such."""
        if self.language == "zh":
            return self.tokens[at].text == "不喜欢"
        near = [token.folded for token in self.tokens[max(0, at - 2) : at + 2]]
        return near[-1] in ("like", "enjoy") and bool(set(near) & self.words.you)

    def _user_claims(self) -> str | None:
        for at, token in enumerate(self.tokens):
            if token.kind == "word" and token.folded in self.words.you and at not in self.asked:
                reason = self._claim_after(at)
                if reason:
                    return reason
        for at, token in enumerate(self.tokens):
            loose = token.kind == "word" and token.folded in self.words.claims
            known = token.folded in self.words.words or at in self.claimed | self.denied
            if loose and not known:
                return f"nobody is shown to have {token.text} that"
        return None

    def _claim_after(self, at: int) -> str | None:
        denied = False
        position = at + 1
        while position < len(self.tokens):
            token = self.tokens[position]
            if token.kind == "number" or token.text in "-–" or token.folded in self.words.units:
                position += 1
            elif token.folded in self.words.modals:
                return self._foreseen(at, position)
            elif token.folded in self.words.negations and token.folded not in self.words.claims:
                denied, position = True, position + 1
            elif token.folded in self.words.adverbs:
                position += 1
            else:
                break
        if position >= len(self.tokens):
            return None
        token = self.tokens[position]
        if token.kind == "word" and token.folded in self.words.claims:
            needs = self.words.claims[token.folded]
            self.claimed.add(position)
            return self._claim(at, position, "negative" if denied else needs)
        return self._bare_you(at, token)

    def _foreseen(self, at: int, modal: int) -> str | None:
        """`you might enjoy this` claims nothing; of a history item it still has to be true."""
        pasts, _ = self._objects(at, modal)
        wrong = [index for index in pasts if self.g.history[index].sign <= 0]
        return "the user did not like that" if wrong else None

    def _bare_you(self, at: int, token: SentenceToken) -> str | None:
        if (
            self.tokens[at + 1].folded in ("are", "were", "have")
            and token.folded not in self.words.asks
        ):
            return "it says what the user is"
        if self.language == "zh" or token.kind in ("mark", "title", "fact", "past"):
            if token.kind in ("past", "fact") and self.language == "en":
                return "it says of the user what no event shows"
            return None
        if token.folded in self.words.asks:
            return None if at in self.asked or self.asked else "it invents a request"
        if self.tokens[at].folded == "your":
            harmless = {"history", "list", "shelf", "mood", "next", "time", "taste", "tastes"}
            after = {t.folded for t in self.tokens[at + 2 : at + 3]}
            plain = token.folded in harmless and not after & {"has", "have", "is", "are"}
            return None if plain else "it says what the user's is"
        harmless = {"a", "an", "the", "to", "with", "in", "for", "and", "if", "this", "on"}
        return None if token.folded in harmless else "it says of the user what no event shows"

    def _claim(self, at: int, verb: int, needs: str) -> str | None:
        pasts, facts = self._objects(at, verb)
        self.spoken_of.update(pasts)
        if pasts:
            stars = self._stars_said()
            for index in pasts:
                if not _shows(self.g.history[index], needs):
                    title = self.g.history[index].item.title
                    return f"the history does not show that about {title}"
                if needs == "rating" and self._low_praise(index):
                    return "the rating is not that high"
                if not all(has(self.g.history[index].item, fact) for fact in facts):
                    return f"{self.g.history[index].item.title} does not have {facts[0]}"
            return None if stars is None else stars
        if needs == "positive" and facts:
            return next((f"no liked item has {f}" for f in facts if not self._known_taste(f)), None)
        if self.tokens[verb].folded in ("taste", "tastes", "给", "找"):
            follow = self.tokens[verb + 1].kind if verb + 1 < len(self.tokens) else "mark"
            return None if follow != "word" else "it says what the user's taste is"
        return "it says of the user what no event shows"

    def _low_praise(self, index: int) -> bool:
        highly = any(token.folded == "highly" for token in self.tokens)
        return highly and self.g.history[index].sign <= 0

    def _known_taste(self, value: str) -> bool:
        return self.g.liked_with(value) or set(words_of(value)) <= self.g.asked_words

    def _objects(self, at: int, verb: int) -> tuple[list[int], list[str]]:
        """History items and values that the claim is about: those after it, else just before."""
        pasts: list[int] = []
        facts: list[str] = []
        for place, token in enumerate(self.tokens[verb + 1 :], start=verb + 1):
            if token.folded in self.words.stops and token.kind in ("word", "mark"):
                if self._listed_after(place):
                    continue
                break
            if token.kind == "title":
                return [], []
            if token.kind == "past":
                pasts.append(token.past)
            elif token.kind == "fact":
                facts.append(token.text)
        if not pasts and not facts:
            before = [t.past for t in self.tokens[max(0, at - 4) : at] if t.kind == "past"]
            pasts = before[-1:]
        return pasts, facts

    def _listed_after(self, comma: int) -> bool:
        """Whether a list goes on there: `You liked A, and B.` claims both; in `You liked A, and B
        is new.` the second name begins a statement."""
        place = comma + 1
        if place < len(self.tokens) and self.tokens[place].folded in _JOINING:
            place += 1
        if place >= len(self.tokens) or self.tokens[place].kind not in ("title", "past", "fact"):
            return False
        after = self.tokens[place + 1] if place + 1 < len(self.tokens) else None
        return after is None or after.folded in _JOINING or after.text in _ENDS

    def _stars_said(self) -> str | None:
        """Every `n stars` must be the rating of the history item it stands by."""
        for at, token in enumerate(self.tokens):
            number = number_of(token)
            if number is None or self._unit(at) != "stars":
                continue
            before = [t.past for t in self.tokens[:at] if t.kind == "past"]
            after = [t.past for t in self.tokens[at:] if t.kind == "past"]
            index = before[-1] if before else after[0] if after else None
            if index is None:
                return "it gives stars that no event has"
            event = self.g.history[index].event
            if event.kind != "rating" or event.value != number:
                return f"the user did not rate that {token.text} stars"
        return None

    def _request_claims(self) -> str | None:
        quoted = [at for at, token in enumerate(self.tokens) if token.kind == "request"]
        if any(at not in self.asked for at in quoted):
            return "it takes the request for a fact"
        said = [self.tokens[at] for at in sorted(self.asked)]
        nouns = self.words.nouns.get(self.g.kind, frozenset())
        known = self.words.words | self.words.negations | nouns
        content = [t for t in said if t.kind != "mark" and t.kind != "request"]
        content = [t for t in content if t.kind != "word" or t.folded not in known]
        wrong = [t for t in content if not set(words_of(t.text)) <= self.g.asked_words]
        if not any(token.folded in self.words.negations for token in said):
            wrong += [t for t in content if set(words_of(t.text)) & self.g.refused_words]
        if wrong:
            return f"nobody asked for {wrong[0].text}"
        if said and not content and not quoted:
            return "it speaks of a request that it does not state"
        if self.asked and self._says_it_fits():
            return self._unsupported_fit([*content, *(self.tokens[at] for at in quoted)])
        return None

    def _says_it_fits(self) -> bool:
        """`this fits`, `this is exactly that`, and after the request's clause `this is it`."""
        after = [token.folded for token in self.tokens[max(self.asked) + 1 :]]
        is_that = any(verb in _BE and word in _THAT for verb, word in pairwise(after))
        return is_that or any(token.folded in self.words.fits for token in self.tokens)

    def _unsupported_fit(self, wished: Sequence[SentenceToken]) -> str | None:
        """An item fits only where the catalogue shows every word of the wish that was stated."""
        nouns = set(map(stem, self.words.nouns.get(self.g.kind, ())))
        known = self.g.fact_words | self.g.title_words | self.g.refused_words | nouns
        known |= {f"{number:g}" for numbers in self.g.numbers.values() for number in numbers}
        wishes = [token for token in wished if token.kind != "fact"]
        words = [word for token in wishes for word in content_of(words_of(token.text))]
        missing = next((word for word in words if word not in known), None)
        return f"nothing in the catalogue shows that it is {missing}" if missing else None


_BE = frozenset(("is", "are"))
_THAT = frozenset(("it", "that", "one", "those", "such", "what"))
_JOINING = frozenset(("and", "or", "和", "与", "及"))
_ENDS = frozenset(".!:;。！：；")


def _shows(past: Past, needs: str) -> bool:
    kind = past.event.kind
    if needs == "positive":
        return past.sign > 0
    if needs == "negative":
        return past.sign < 0 and kind != "skip"
    if needs == "seen":
        return kind in ("view", "play", "rating", "like", "dislike")
    if needs == "view":
        return kind in ("view", "click")
    return kind == needs
