"""Choose among the shortlist: the LLM's log-probability of each item, read without decoding any
text, fused with the scorer's logits by weights fitted on validation data.

Three methods need no training. `likelihood`: how probable each title is after the user's history,
less how probable it is after an empty one (titles differ in length and fame). `letters`: the items
are named A to T, and the distribution of the answer's first token is read (as LlamaRec does, arXiv
2311.02089), in two orders, because a small model prefers some places in a list. `pointwise`: a yes
or no question for each item.

The fourth, `names`, is for an adapter trained on whole histories: each title that it knows has a
name of one word (independent item ids, as in arXiv 2305.06569), and the shortlist's names are
scored in one pass as continuations of the names of the history. `PickWeights.method` selects one.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from string import ascii_uppercase
from types import MappingProxyType
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt
from scipy.special import log_softmax

from shelftalker.data.catalog import Catalog, Item
from shelftalker.data.events import Event
from shelftalker.data.values import display_title, texts_of
from shelftalker.engine.base import Engine, Prompt
from shelftalker.errors import EngineError, InputError
from shelftalker.language.cleaning import neutral
from shelftalker.prompts import PACKAGE_PROMPTS, PromptSet
from shelftalker.ranking.pick_weights import SCORER_ORDER, Method, PickWeights, ZeroShotMethod

Floats = npt.NDArray[np.float64]
METHODS: tuple[ZeroShotMethod, ...] = get_args(ZeroShotMethod)
LETTERS, ANSWERS = ascii_uppercase[:20], ("Yes", "No")
MAX_HISTORY_TITLES = 100
"""How many of a user's latest titles the method `names` uses."""
SHOWN_HISTORY = 10
"""How many of them the prompts of the other methods show."""
OPINIONS_SHOWN = 8


@dataclass(frozen=True, slots=True)
class PickQuestion:
    """Which of `items` will the user take next? `history`: titles, newest first; `request`: the
    free text of what the user asked for."""

    items: Sequence[Item]
    history: Sequence[str] = ()
    request: str = ""
    prompts: PromptSet = PACKAGE_PROMPTS


@dataclass(frozen=True, slots=True)
class ShortlistScores:
    """The scorer's output for a shortlist of n items, each [n]. `asked_for`: the part of the logits
    that comes from the request. Weights are fitted on logs, which hold no requests, so they apply
    to the rest; what is asked for counts in full."""

    logits: npt.ArrayLike
    popularity: npt.ArrayLike
    asked_for: npt.ArrayLike | None = None


@dataclass(frozen=True, slots=True)
class PickResult:
    """`order`: the k picks as indexes into the shortlist, best first. `log_probabilities`: float64
    [n], normalised over the shortlist. `reason`: why the LLM was not used though it has a weight.
    """

    order: list[int]
    log_probabilities: Floats
    source: Literal["scorer", "fused"]
    reason: str = ""


async def pick(
    engine: Engine | None,
    question: PickQuestion,
    scores: ShortlistScores,
    *,
    k: int = 3,
    weights: PickWeights = SCORER_ORDER,
    adapter: str | None = None,
) -> PickResult:
    """The k best items of a shortlist.

    With `weights.llm` 0 the engine is not called. If the engine fails, `reason` says so. Then, and
    where the LLM has no preference, the order is that of the logits alone, without the other
    weights. Raises `InputError` where there are more items than letters.
    """
    items = question.items
    if not items:
        return PickResult([], np.zeros(0), "scorer")
    none = np.zeros(len(items))
    asked = none if scores.asked_for is None else scores.asked_for
    logits, popular, asked = (
        np.asarray(own, np.float64) for own in (scores.logits, scores.popularity, asked)
    )
    base = weights.scorer * log_softmax(logits - asked) + weights.popularity * popular + asked
    if weights.llm == 0:
        return _result(base, k, "scorer")
    if engine is None:
        return _result(logits, k, "scorer", "no engine is loaded")
    try:
        llm = await preference(
            engine, question, method=weights.method, names=weights.names, adapter=adapter
        )
    except EngineError as error:
        return _result(logits, k, "scorer", f"the engine failed: {error}")
    if not np.isfinite(llm).all():
        return _result(logits, k, "scorer", "the engine gave no finite log-probabilities")
    if np.ptp(llm) == 0:
        return _result(logits, k, "scorer")
    return _result(base + weights.llm * llm, k, "fused")


async def preference(
    engine: Engine,
    question: PickQuestion,
    *,
    method: Method = "likelihood",
    names: Mapping[str, str] = MappingProxyType({}),
    adapter: str | None = None,
) -> Floats:
    """The LLM's log-probability of each item given the user, float64 [n], normalised.

    `names`: for the method `names`, the name of each title, by its `digest`. The correction of a
    title's likelihood is the base model's, whatever the adapter: adapters are trained with it.
    """
    items = question.items
    if method == "names":
        return await _by_names(engine, question, names, adapter)
    if method == "likelihood":
        titles = [scored_title(item) for item in items]
        prompt = title_prompt(question.history, question.request, question.prompts)
        scores = await engine.likelihood(prompt, titles, adapter)
        if question.history or question.request:
            empty = title_prompt(prompts=question.prompts)
            scores = scores - await engine.likelihood(empty, titles, None)
    elif method == "letters":
        if len(items) > len(LETTERS):
            raise InputError(
                f"letters name at most {len(LETTERS)} items, got {len(items)}; "
                "shorten the shortlist or use method='likelihood'"
            )
        prompts = [letters_prompt(question, order) for order in (items, items[::-1])]
        forward, backward = await engine.choose(prompts, list(LETTERS[: len(items)]), adapter)
        scores = (forward + backward[::-1]) / 2
    else:
        prompts = [yes_no_prompt(question, item) for item in items]
        scores = (await engine.choose(prompts, ANSWERS, adapter))[:, 0]
    return np.asarray(log_softmax(np.asarray(scores, np.float64)))


async def _by_names(
    engine: Engine, question: PickQuestion, names: Mapping[str, str], adapter: str | None
) -> Floats:
    """The log-probability of each name after the names of the history. Items without a name get an
    even share; so do all items where no title of the history has a name."""
    items = question.items
    even = -np.log(len(items))
    shares = np.full(len(items), even)
    labels = [names.get(digest(scored_title(item))) for item in items]
    words = list(dict.fromkeys(f" {name}" for name in labels if name))
    past = names_of(question.history, names)
    if len(words) < 2 or not past:
        return shares
    try:
        [scores] = await engine.choose([names_prompt(past, question.prompts)], words, adapter)
    except InputError as error:
        raise EngineError(f"the adapter's names are none of this model's words: {error}") from None
    by_word = dict(zip(words, scores, strict=True))
    named = [place for place, name in enumerate(labels) if name]
    own = log_softmax(np.array([by_word[f" {labels[place]}"] for place in named]))
    shares[named] = own + even + np.log(len(named))
    return shares


def names_of(history: Sequence[str], names: Mapping[str, str]) -> list[str]:
    """The names of those titles that have one, oldest first; `history` is newest first."""
    titles = [digest(neutral(display_title(line))) for line in history[:MAX_HISTORY_TITLES]]
    return [names[title] for title in reversed(titles) if title in names]


def digest(title: str) -> str:
    """The key of a title where its name is stored, 12 hex digits: adapters are passed on, and the
    catalogue's titles must not go with them."""
    return hashlib.blake2b(title.encode(), digest_size=6).hexdigest()


def names_prompt(past: Sequence[str] = (), prompts: PromptSet = PACKAGE_PROMPTS) -> Prompt:
    """A line of names, oldest first, to be continued; a space comes before the next name."""
    return prompts.render("names", history=list(past))


def title_prompt(
    history: Sequence[str] = (), request: str = "", prompts: PromptSet = PACKAGE_PROMPTS
) -> Prompt:
    """The prompt that titles continue; without history and request, the one for the correction."""
    return prompts.render("pick", **_user(history, request))


def letters_prompt(question: PickQuestion, items: Sequence[Item]) -> Prompt:
    """Asks for the letter of the best of `items`; the first one is A."""
    lines = [f"{letter}. {item_line(item)}" for letter, item in zip(LETTERS, items, strict=False)]
    return question.prompts.render(
        "letters", **_user(question.history, question.request), candidates=lines
    )


def yes_no_prompt(question: PickQuestion, item: Item) -> Prompt:
    """Asks whether the user would like one item."""
    return question.prompts.render(
        "pointwise", **_user(question.history, question.request), candidate=item_line(item)
    )


def _user(history: Sequence[str], request: str) -> dict[str, object]:
    shown = [neutral(line) for line in history[:SHOWN_HISTORY]]
    return {"history": shown, "request": neutral(request)}


def scored_title(item: Item) -> str:
    """An item's title as the LLM scores it."""
    return neutral(display_title(item.title))


def item_line(item: Item) -> str:
    """Title and a few facts on one line, for a list of candidates."""
    facts = [text for value in item.attributes.values() for text in texts_of(value)[:2]][:4]
    title = neutral(display_title(item.title))
    return f"{title} ({neutral(', '.join(facts))})" if facts else title


def _result(
    scores: Floats, k: int, source: Literal["scorer", "fused"], reason: str = ""
) -> PickResult:
    order = [int(i) for i in np.argsort(-scores, kind="stable")[:k]]
    return PickResult(order, log_softmax(scores) if scores.size else scores, source, reason)


def pick_lines(catalog: Catalog, history: Sequence[Event]) -> list[str]:
    """Titles for the pick's prompt, newest first, each item once. `history` is oldest first."""
    ids = dict.fromkeys(event.item for event in reversed(history) if event.item in catalog)
    return [catalog[item_id].title for item_id in list(ids)[:MAX_HISTORY_TITLES]]


def titles_by_opinion(catalog: Catalog, history: Sequence[Event], sign: int) -> list[str]:
    """Titles for the prompt `judge` (TALLRec, arXiv 2305.00447), of the latest items that the user
    liked (`sign` 1) or disliked (-1), newest first. `history`: of known items, oldest first."""
    chosen = [event.item for event in history if event.sign == sign][-OPINIONS_SHOWN:]
    return [neutral(catalog[item].title) for item in reversed(chosen)]
