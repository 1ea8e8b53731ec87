"""All rules of the verifier in the order in which they are applied to a sentence."""

from collections.abc import Callable, Sequence
from itertools import pairwise

from shelftalker.data.field_roles import PEOPLE
from shelftalker.writing.verifier import attribution, causality, numbers, user_claims, wording
from shelftalker.writing.verifier.sentence import Sentence

Rule = Callable[[Sentence], str | None]
"""Returns the problem with a sentence, None where there is none."""


def first_problem(
    sentence: Sentence, rules: Sequence[Rule] | None = None
) -> tuple[str | None, str]:
    """The first problem of a sentence by some rules or all, and the name of the rule; (None, "")
    where it has none."""
    for rule in RULES if rules is None else rules:
        if problem := rule(sentence):
            return problem, rule.__name__
    return None, ""


def markup(s: Sentence) -> str | None:
    """No characters of markup or code."""
    marks = [t.text for t in s.tokens if t.kind == "mark" and t.text in _MARKUP]
    return f"it holds markup ({marks[0]})" if marks else None


def two_sentences(s: Sentence) -> str | None:
    """`You viewed A, and B: It is from C.` reads as if B had been viewed too."""
    for colon, after in pairwise(s.tokens):
        if colon.text == ":" and after.kind == "word" and after.text in _SUBJECTS:
            return "two sentences run together"
    return None


def states_nothing(s: Sentence) -> str | None:
    """A sentence needs a fact, a history item, a number or a part of the request."""
    supporting = ("fact", "past", "request", "number")
    claims = any(t.kind in supporting or t.roles for t in s.tokens)
    texts = [t for t in s.tokens if t.kind == "word" and not s.is_connecting(t)]
    return None if claims or texts or s.asked else "it states no fact"


def unnamed(s: Sentence) -> str:
    """The sentence without titles and names of people."""
    names = [token.kind in ("title", "past") or bool(token.roles & PEOPLE) for token in s.tokens]
    shown = [t.text for t, is_name in zip(s.tokens, names, strict=True) if not is_name]
    return ("" if s.language == "zh" else " ").join(shown)


def stated(s: Sentence) -> frozenset[str]:
    """The values, numbers and words, case-folded, that the sentence states about the item."""
    words = {
        token.folded
        for at, token in enumerate(s.tokens)
        if at not in s.asked
        and (
            token.kind == "fact"
            or (token.kind == "number" and s.unit(at) != "stars")
            or (token.kind == "word" and not s.is_connecting(token))
        )
    }
    return frozenset(words)


_SUBJECTS = frozenset(("It", "This", "These", "They"))
_MARKUP = frozenset("#*_`{}<>|\\[]~^")
RULES: tuple[Rule, ...] = (
    markup,
    two_sentences,
    user_claims.negations,
    user_claims.claims_about_user,
    user_claims.claims_about_request,
    numbers.numbers,
    attribution.roles,
    attribution.history_values,
    attribution.shared_values,
    attribution.named_titles,
    wording.spelling,
    wording.cut_title,
    wording.vocabulary,
    states_nothing,
    causality.causes,
    causality.repetitions,
    causality.articles,
)
FORM: tuple[Rule, ...] = (
    markup,
    two_sentences,
    causality.causes,
    causality.repetitions,
    causality.articles,
    wording.spelling,
)
"""The rules on form, which hold for free wording too."""
