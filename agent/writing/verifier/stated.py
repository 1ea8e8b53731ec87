"""Claims that a capable writer states beside its sentence, each with the words that make it.

The verifier holds each against the rows before it reads the sentence. A claim that holds explains
who is spoken of, numbers, comparisons and its own words, in whatever order and wording. All else is
read as in any other sentence: names, denials, promises, superlatives, and words of no claim.
"""

import re
from collections.abc import Sequence
from typing import Literal

from pydantic import Field, ValidationError, model_validator

from shelftalker.data.config_model import ConfigModel
from shelftalker.data.field_roles import role_of
from shelftalker.data.values import same_value, texts_of, title_forms, values_in_common
from shelftalker.language.stems import stem, stems_of
from shelftalker.writing.history import shows
from shelftalker.writing.verifier.facts import PICK
from shelftalker.writing.verifier.quantities import quantities_in
from shelftalker.writing.verifier.reading import Reading, alike
from shelftalker.writing.verifier.slots import strong_word
from shelftalker.writing.verifier.words_of import negated

EVENTS = {"bought": "purchase", "viewed": "view", "liked": "positive", "disliked": "negative",
          "rated": "rating", "played": "play"}  # fmt: skip


class StatedClaim(ConfigModel):
    """One claim. `words`: as they stand in the sentence. One of: `field` and `value`, which a row
    has (`text`, `title`: words of it); `did`, an event, with `stars`; `compare`, a field in which
    the item is `is` beside the other; `asked`, words of the request, and whether they are `met`
    (null: only repeated). `of`: the title of an item of the history."""

    words: str
    field: str = ""
    value: str | float = ""
    of: str = ""
    did: Literal["", "bought", "viewed", "liked", "disliked", "rated", "played"] = ""
    stars: float | None = None
    compare: str = ""
    is_: Literal["same", "more", "less"] = Field("same", alias="is")
    asked: str = ""
    met: bool | None = True

    @model_validator(mode="after")
    def _one_kind(self) -> "StatedClaim":
        if sum(map(bool, (self.field, self.did, self.compare, self.asked))) != 1:
            raise ValueError("a claim has one of field, did, compare, asked")
        return self


class StatedSentence(ConfigModel):
    """One line of a structured answer."""

    sentence: str
    claims: tuple[StatedClaim, ...] = ()


def stated_sentence(line: str) -> StatedSentence | None:
    """The sentence of one line of an answer, None where it is no such JSON object."""
    try:
        return StatedSentence.model_validate_json(line)
    except ValidationError:
        return None


def stated(r: Reading, claims: Sequence[StatedClaim]) -> None:
    """Hold the claims against the rows, and cover the words that they explain."""
    for claim in claims:
        start = r.sentence.find(claim.words) if claim.words else -1
        places = r.places(start, start + len(claim.words)) if start >= 0 else []
        owners = _owners(r, claim.of)
        if not places or not owners:
            missing = claim.words if not places else claim.of
            r.claim(range(len(r.tokens)), "stated", problem=f"nothing is called {missing!r}")
            continue
        problems = {owner: _problem(r, claim, owner, places) for owner in owners}
        owner = min(problems, key=lambda one: bool(problems[one]))
        if problems[owner]:
            r.claim(places, "stated", problem=problems[owner])
        elif not (claim.asked and claim.met and not _is_met(r, claim)):
            _cover(r, claim, owner, places)


def _owners(r: Reading, title: str) -> list[int]:
    """The items that a title names: several events may be about one."""
    if not title:
        return [PICK]
    forms = [title_forms(past.item.title) for past in r.facts.history]
    wanted = title.casefold()
    return [at for at, names in enumerate(forms) if wanted in {n.casefold() for n in names}]


def _problem(r: Reading, claim: StatedClaim, owner: int, places: Sequence[int]) -> str:
    """Why a claim does not hold, empty where it does."""
    denies = bool(r.found(r.words["negations"], places)) or negated(claim.words)
    if claim.asked:
        return _unasked(r, claim, denies)
    if claim.did:
        return _not_done(r, claim, owner, places)
    if denies != negated(str(claim.value)):
        return f"the row does not deny that ({claim.words})"
    if claim.compare:
        return "" if _compares(r, claim, owner) else f"the rows do not show that ({claim.words})"
    held = _has(r, claim, owner)
    return "" if held else f"the row of {r.title(owner)} has no {claim.field} {claim.value!r}"


def _has(r: Reading, claim: StatedClaim, owner: int) -> bool:
    item, value = r.facts.row(owner), claim.value
    if claim.field in ("text", "title"):
        said = str(item.facts().get(claim.field)).casefold()
        return bool(value) and str(value).casefold() in said
    stored = item.attributes.get(claim.field)
    if isinstance(value, float):
        return str(stored).replace(".0", "") == f"{value:g}"
    if isinstance(stored, int | float):
        return str(stored) == value
    return any(same_value(value, text) for text in texts_of(stored or ()))


def _not_done(r: Reading, claim: StatedClaim, owner: int, places: Sequence[int]) -> str:
    own = [n for n, past in enumerate(r.facts.history) if past.item.id == r.facts.item.id]
    index = owner if owner != PICK else next(iter(own), None)
    past = None if index is None else r.facts.history[index]
    said = {need for need, verbs in r.words.by("events").items() if r.found(verbs, places)}
    shown = past is not None and shows(past, EVENTS[claim.did])
    if past and claim.did == "rated":
        shown = shown and past.event.value == claim.stars
    if past and said:
        shown = shown and any(shows(past, need) for need in said)
    return "" if shown else f"no event shows that of the user ({claim.words})"


def _compares(r: Reading, claim: StatedClaim, owner: int) -> bool:
    """Whether both rows have the field, related so; numbers in the words are either's or their
    difference. A comparative must say the same."""
    item, other = r.facts.row(PICK), r.facts.row(owner)
    pair = [row.attributes.get(claim.compare) for row in (item, other)]
    numbers = [float(n) for n in pair if isinstance(n, int | float)]
    if owner == PICK or len(numbers) < 2:
        shared = values_in_common(item, other, role_of(claim.compare))
        return owner != PICK and bool(shared) and claim.is_ == "same"
    apart = numbers[0] - numbers[1]
    signs = [r.words.signs[w][1] for w in re.findall(r"\w+", claim.words) if w in r.words.signs]
    wanted = {"same": 0, "more": 1, "less": -1}[claim.is_]
    known = {*numbers, abs(apart)}
    said = {q.value for q in quantities_in(claim.words)}
    right = (apart > 0) - (apart < 0) == wanted and all(sign == wanted for sign in signs)
    return right and all(any(abs(n - k) < 1e-6 for k in known) for n in said)


def _unasked(r: Reading, claim: StatedClaim, denies: bool) -> str:
    request = f"{r.facts.request.message} {r.facts.request.text}"
    if not set(stems_of(claim.asked)) <= r.facts.asked_words and claim.asked not in request:
        return f"nobody asked for {claim.asked}"
    told = claim.met is not False or denies or r.found(r.words["unmet"])
    return "" if told else f"it does not say that {claim.asked!r} is not met"


def _is_met(r: Reading, claim: StatedClaim) -> bool:
    """Whether the row shows all that a claim says is met; where it does not, the claim explains
    nothing, and the sentence is read without it."""
    plain = r.words["generic_request"] | r.words["words"] | r.words["asks"]
    words = [w for w in stems_of(claim.asked) if w not in plain]
    return all(alike(w, r.facts.row_words) for w in words)


def _cover(r: Reading, claim: StatedClaim, owner: int, places: Sequence[int]) -> None:
    """Cover the words that a claim which holds explains, but those that other slots read."""
    explained = set(stems_of(f"{claim.value} {claim.asked} {claim.of}"))
    held = claim.compare or owner != PICK
    known = {float(n) for n in re.findall(r"\d+(?:\.\d+)?", str(claim.value))}
    told_numbers = (q for q in r.numbers if held or (q.value in known and not q.measure))
    covered = {at for q in told_numbers for at in r.places(q.start, q.end) if at in places}
    signs = frozenset(r.words.signs) | r.words["shared"] | r.words["comparing"]
    cues = r.words["you"] | r.words["asks"] | r.words["comparing"]
    cues = cues.union(signs if claim.compare else (), *r.words.by("events").values())
    for at in places:
        token = r.tokens[at]
        own = alike(stem(token.folded), explained) or (
            r.language == "zh" and token.text in f"{claim.value}{claim.asked}{claim.of}"
        )
        denies = bool(r.found(r.words["negations"], [at]))
        told = claim.met is not None and (r.found(cues, [at]) or r.is_connecting(token))
        if denies:
            own = told = bool(claim.field in ("text", "title") or claim.met is False)
        if token.kind == "word" and (own or told) and not strong_word(r, at, explained):
            covered.add(at)
    if owner != PICK and not {r.mentions[n] for n in places if n in r.mentions}:
        named = [n for n in places if alike(stem(r.folded(n)), set(stems_of(claim.of)))]
        r.mentions.update(dict.fromkeys(named or places[-1:], owner))
    r.claim(covered, "stated", "row")
