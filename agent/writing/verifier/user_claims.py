"""Rules about the user: a claim about them needs an event of their history, or their request.

Each rule takes a sentence and returns the problem, None where there is none.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from shelftalker.language.stems import stem, stems_of
from shelftalker.writing.history import shows
from shelftalker.writing.verifier.facts import content_of, has
from shelftalker.writing.verifier.sentence import Sentence, number_of
from shelftalker.writing.verifier.tokenizer import SentenceToken


def negations(s: Sentence) -> str | None:
    """A denial needs the catalogue's text, or is a claim that the user disliked something."""
    for at, token in enumerate(s.tokens):
        if token.kind != "word" or at in s.asked or at in s.denied:
            continue
        if token.folded in s.words.negations and not _is_dislike(s, at):
            return f"it denies something ({token.text})"
    return None


def _is_dislike(s: Sentence, at: int) -> bool:
    """`you did not like X`, `你不喜欢X`: a claim about the user."""
    if s.language == "zh":
        return s.tokens[at].text == "不喜欢"
    near = [token.folded for token in s.tokens[max(0, at - 2) : at + 2]]
    return near[-1] in ("like", "enjoy") and bool(set(near) & s.words.you)


@dataclass(frozen=True, slots=True)
class _Verb:
    """What follows a `you`: the position of its verb. A modal verb (`might`) claims nothing."""

    at: int
    negated: bool = False
    modal: bool = False
    claims: bool = False


def claims_about_user(s: Sentence) -> str | None:
    """What `you` did needs an event; a verb of doing needs a `you`."""
    verbs = _verbs(s)
    for you, verb in verbs.items():
        if problem := _verb_problem(s, you, verb):
            return problem
    checked = {verb.at for verb in verbs.values() if verb.claims} | s.denied
    for at, token in enumerate(s.tokens):
        claims = token.kind == "word" and token.folded in s.words.claims
        if claims and token.folded not in s.words.words and at not in checked:
            return f"nobody is shown to have {token.text} that"
    return None


def claimed_history(s: Sentence) -> set[int]:
    """The history items that the sentence's claims about the user are about."""
    claims = ((you, verb) for you, verb in _verbs(s).items() if verb.claims)
    return {index for you, verb in claims for index in _objects(s, you, verb.at)[0]}


def _verbs(s: Sentence) -> dict[int, _Verb]:
    """By the position of each `you` outside what was asked for: its verb, if it has one."""
    places = (at for at, token in enumerate(s.tokens) if token.kind == "word" and at not in s.asked)
    verbs = ((at, _verb_after(s, at)) for at in places if s.tokens[at].folded in s.words.you)
    return {at: verb for at, verb in verbs if verb}


def _verb_after(s: Sentence, you: int) -> _Verb | None:
    negated = False
    for at, token in enumerate(s.tokens[you + 1 :], start=you + 1):
        if token.kind == "number" or token.text in "-–" or token.folded in s.words.units:
            continue
        if token.folded in s.words.modals:
            return _Verb(at, modal=True)
        if token.folded in s.words.negations and token.folded not in s.words.claims:
            negated = True
        elif token.folded not in s.words.adverbs:
            claims = token.kind == "word" and token.folded in s.words.claims
            return _Verb(at, negated, claims=claims)
    return None


def _verb_problem(s: Sentence, you: int, verb: _Verb) -> str | None:
    token = s.tokens[verb.at]
    if verb.modal:
        return _modal_problem(s, you, verb.at)
    if verb.claims:
        needs = "negative" if verb.negated else s.words.claims[token.folded]
        return _claim(s, you, verb.at, needs)
    return _other_verb_problem(s, you, token)


def _modal_problem(s: Sentence, you: int, modal: int) -> str | None:
    """`you might enjoy this` claims nothing; about a history item it has to be true."""
    pasts, _ = _objects(s, you, modal)
    wrong = [index for index in pasts if s.facts.history[index].sign <= 0]
    return "the user did not like that" if wrong else None


def _other_verb_problem(s: Sentence, you: int, token: SentenceToken) -> str | None:
    if s.tokens[you + 1].folded in ("are", "were", "have") and token.folded not in s.words.asks:
        return "it says what the user is"
    if s.language == "zh" or token.kind in ("mark", "title", "fact", "past"):
        if token.kind in ("past", "fact") and s.language == "en":
            return "it says of the user what no event shows"
        return None
    if token.folded in s.words.asks:
        return None if s.asked else "it invents a request"
    if s.tokens[you].folded == "your":
        harmless = {"history", "list", "shelf", "mood", "next", "time", "taste", "tastes"}
        after = {t.folded for t in s.tokens[you + 2 : you + 3]}
        plain = token.folded in harmless and not after & {"has", "have", "is", "are"}
        return None if plain else "it says what the user's is"
    harmless = {"a", "an", "the", "to", "with", "in", "for", "and", "if", "this", "on"}
    return None if token.folded in harmless else "it says of the user what no event shows"


def _claim(s: Sentence, you: int, verb: int, needs: str) -> str | None:
    pasts, facts = _objects(s, you, verb)
    if pasts:
        stars = ratings(s)
        for index in pasts:
            if not shows(s.facts.history[index], needs):
                title = s.facts.history[index].item.title
                return f"the history does not show that about {title}"
            if needs == "rating" and _is_overpraise(s, index):
                return "the rating is not that high"
            if not all(has(s.facts.history[index].item, fact) for fact in facts):
                return f"{s.facts.history[index].item.title} does not have {facts[0]}"
        return stars
    if needs == "positive" and facts:
        return next((f"no liked item has {f}" for f in facts if not _is_known_taste(s, f)), None)
    if s.tokens[verb].folded in ("taste", "tastes", "给", "找"):
        follow = s.tokens[verb + 1].kind if verb + 1 < len(s.tokens) else "mark"
        return None if follow != "word" else "it says what the user's taste is"
    return "it says of the user what no event shows"


def _is_overpraise(s: Sentence, index: int) -> bool:
    highly = any(token.folded == "highly" for token in s.tokens)
    return highly and s.facts.history[index].sign <= 0


def _is_known_taste(s: Sentence, value: str) -> bool:
    return s.facts.liked_with(value) or set(stems_of(value)) <= s.facts.asked_words


def _objects(s: Sentence, you: int, verb: int) -> tuple[list[int], list[str]]:
    """The history items and values that a claim is about: after its verb, else before `you`."""
    pasts: list[int] = []
    facts: list[str] = []
    for place, token in enumerate(s.tokens[verb + 1 :], start=verb + 1):
        if token.folded in s.words.stops and token.kind in ("word", "mark"):
            if _list_goes_on(s, place):
                continue
            break
        if token.kind == "title":
            return [], []
        if token.kind == "past":
            pasts.append(token.past)
        elif token.kind == "fact":
            facts.append(token.text)
    if not pasts and not facts:
        before = [t.past for t in s.tokens[max(0, you - 4) : you] if t.kind == "past"]
        pasts = before[-1:]
    return pasts, facts


def _list_goes_on(s: Sentence, comma: int) -> bool:
    """Whether the comma is inside a list: `You liked A, and B.` claims both; in `You liked A, and B
    is new.` the second name begins a statement."""
    place = comma + 1
    if place < len(s.tokens) and s.tokens[place].folded in _CONJUNCTIONS:
        place += 1
    if place >= len(s.tokens) or s.tokens[place].kind not in ("title", "past", "fact"):
        return False
    after = s.tokens[place + 1] if place + 1 < len(s.tokens) else None
    return after is None or after.folded in _CONJUNCTIONS or after.text in _ENDS


def ratings(s: Sentence) -> str | None:
    """`n stars` has to be the user's rating of the history item beside it."""
    for at, token in enumerate(s.tokens):
        number = number_of(token)
        if number is None or s.unit(at) != "stars":
            continue
        before = [t.past for t in s.tokens[:at] if t.kind == "past"]
        after = [t.past for t in s.tokens[at:] if t.kind == "past"]
        index = before[-1] if before else after[0] if after else None
        if index is None:
            return "it gives stars that no event has"
        event = s.facts.history[index].event
        if event.kind != "rating" or event.value != number:
            return f"the user did not rate that {token.text} stars"
    return None


def claims_about_request(s: Sentence) -> str | None:
    """What the sentence says was asked for has to be in the request."""
    quoted = [at for at, token in enumerate(s.tokens) if token.kind == "request"]
    if any(at not in s.asked for at in quoted):
        return "it takes the request for a fact"
    clause = [s.tokens[at] for at in sorted(s.asked)]
    nouns = s.words.nouns.get(s.facts.kind, frozenset())
    known = s.words.words | s.words.negations | nouns
    content = [t for t in clause if t.kind != "mark" and t.kind != "request"]
    content = [t for t in content if t.kind != "word" or t.folded not in known]
    wrong = [t for t in content if not set(stems_of(t.text)) <= s.facts.asked_words]
    if not any(token.folded in s.words.negations for token in clause):
        wrong += [t for t in content if set(stems_of(t.text)) & s.facts.refused_words]
    if wrong:
        return f"nobody asked for {wrong[0].text}"
    if clause and not content and not quoted:
        return "it speaks of a request that it does not state"
    if s.asked and _says_it_fits(s):
        return _unsupported_fit(s, [*content, *(s.tokens[at] for at in quoted)])
    return None


def _says_it_fits(s: Sentence) -> bool:
    """`this fits`, `this is exactly that`, and after the request's clause `this is it`."""
    after = [token.folded for token in s.tokens[max(s.asked) + 1 :]]
    is_that = any(verb in _BE and word in _THAT for verb, word in pairwise(after))
    return is_that or any(token.folded in s.words.fits for token in s.tokens)


def _unsupported_fit(s: Sentence, wished: Sequence[SentenceToken]) -> str | None:
    """An item fits only where the catalogue shows every word of the wish that was stated."""
    nouns = set(map(stem, s.words.nouns.get(s.facts.kind, ())))
    known = s.facts.fact_words | s.facts.title_words | s.facts.refused_words | nouns
    known |= {f"{number:g}" for numbers in s.facts.numbers.values() for number in numbers}
    wishes = [token for token in wished if token.kind != "fact"]
    words = [word for token in wishes for word in content_of(stems_of(token.text))]
    missing = next((word for word in words if word not in known), None)
    return f"nothing in the catalogue shows that it is {missing}" if missing else None


_BE = frozenset(("is", "are"))
_THAT = frozenset(("it", "that", "one", "those", "such", "what"))
_CONJUNCTIONS = frozenset(("and", "or", "和", "与", "及"))
_ENDS = frozenset(".!:;。！：；")
