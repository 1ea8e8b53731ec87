"""Choose among the shortlist: read a preference out of the LLM without decoding any text, and fuse
it with the scorer's logits by weights fitted on validation data.

Three readings need no training: `likelihood` asks how probable each title is after the user's
history, less how probable it is after an empty one (titles differ in length and fame); `letters`
names the items A to T and reads the distribution of the answer's first token (as LlamaRec does,
arXiv 2311.02089), in two orders, because a small model favours some places in a list; `pointwise`
asks yes or no for each item.

A fourth, `names`, is for an adapter that learned whole histories: every title it knows has a name
of one word (independent item ids, as in arXiv 2305.06569), the user's past is a line of such names,
and the shortlist's are read off as what comes next, in one pass. `Weights.method` says which
serves.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from string import ascii_uppercase
from types import MappingProxyType
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from shelftalker.data.catalog import Catalog, Item
from shelftalker.data.events import Event
from shelftalker.data.values import display_title, texts_of
from shelftalker.engine.base import Engine, Prompt
from shelftalker.errors import EngineError, InputError
from shelftalker.language.cleaning import neutral
from shelftalker.prompts import load
from shelftalker.ranking.pick_weights import SCORER_ORDER, Method, PickWeights, ZeroShotMethod

Floats = npt.NDArray[np.float64]
METHODS: tuple[ZeroShotMethod, ...] = get_args(ZeroShotMethod)
LETTERS = ascii_uppercase[:20]
HISTORY = 100
"""How many of a user's latest titles `names` looks at."""
RECENT = 10
"""How many the other ways show."""


@dataclass(frozen=True, slots=True)
class PickResult:
    """`order`: the k picks as indexes into the shortlist, best first. `log_probabilities`: float64
    [n], normalised over the shortlist. `reason` says why the LLM was not heard, if it was not."""

    order: list[int]
    log_probabilities: Floats
    source: Literal["scorer", "fused"]
    reason: str = ""


async def pick(
    engine: Engine | None,
    items: Sequence[Item],
    logits: npt.ArrayLike,
    popularity: npt.ArrayLike,
    *,
    asked_for: npt.ArrayLike | None = None,
    history_lines: Sequence[str] = (),
    request_text: str = "",
    k: int = 3,
    weights: PickWeights = SCORER_ORDER,
    title_correction: float = 1.0,
    language: str = "en",
    folders: Sequence[Path] = (),
    adapter: str | None = None,
) -> PickResult:
    """The k best of a shortlist. `logits`, `popularity`: [n], as the scorer gives them, and of the
    logits what the request adds, `asked_for`: [n]. Weights are fitted on logs, which hold no
    requests, so they weigh what is known of the user; what is asked for counts in full.

    With `weights.llm` 0 the engine is not asked. If the engine fails, `reason` says so, and the
    order is the scorer's, as where the LLM has nothing to say: the other weights go with its voice.
    Raises `InputError` where lengths differ or letters run out.
    """
    if not items:
        return PickResult([], np.zeros(0), "scorer")
    scorer, popular = _vector(logits, items, "logits"), _vector(popularity, items, "popularity")
    asked = np.zeros(len(items)) if asked_for is None else _vector(asked_for, items, "asked_for")
    base = weights.scorer * log_softmax(scorer - asked) + weights.popularity * popular + asked
    if weights.llm == 0:
        return _picked(base, k, "scorer")
    if engine is None:
        return _picked(scorer, k, "scorer", "no engine is loaded")
    try:
        llm = await preference(
            engine, items, history_lines=history_lines, request_text=request_text,
            method=weights.method, names=weights.names, title_correction=title_correction,
            language=language, folders=folders, adapter=adapter,
        )  # fmt: skip
    except EngineError as error:
        return _picked(scorer, k, "scorer", f"the engine failed: {error}")
    if not np.isfinite(llm).all():
        return _picked(scorer, k, "scorer", "the engine gave no finite log-probabilities")
    if np.ptp(llm) == 0:
        return _picked(scorer, k, "scorer")
    return _picked(base + weights.llm * llm, k, "fused")


async def preference(
    engine: Engine,
    items: Sequence[Item],
    *,
    history_lines: Sequence[str] = (),
    request_text: str = "",
    method: Method = "likelihood",
    names: Mapping[str, str] = MappingProxyType({}),
    title_correction: float = 1.0,
    language: str = "en",
    folders: Sequence[Path] = (),
    adapter: str | None = None,
) -> Floats:
    """The LLM's log-probability of each item given the user, float64 [n], normalised.

    `names`: what the method of that name calls each title, by its `digest`. The correction for a
    title is the base model's, whatever the adapter: adapters are trained so.
    """
    if method == "names":
        return await _named(engine, items, history_lines, names, language, folders, adapter)
    if method == "likelihood":
        told = title_prompt(history_lines, request_text, language, folders)
        titles = [scored_title(item) for item in items]
        scores = await engine.likelihood(told, titles, adapter)
        if title_correction and (history_lines or request_text):
            bare = title_prompt(language=language, folders=folders)
            scores = scores - title_correction * await engine.likelihood(bare, titles, None)
        return log_softmax(np.asarray(scores, np.float64))
    user = (history_lines, request_text, language, folders)
    if method == "pointwise":
        prompts = [yes_no_prompt(item, *user) for item in items]
        return log_softmax((await engine.choose(prompts, ["Yes", "No"], adapter))[:, 0])
    if method != "letters":
        raise InputError(f"unknown method {method!r}; allowed: {', '.join(METHODS)}")
    if len(items) > len(LETTERS):
        raise InputError(
            f"letters name at most {len(LETTERS)} items, got {len(items)}; "
            "shorten the shortlist or use method='likelihood'"
        )
    prompts = [letters_prompt(order, *user) for order in (items, items[::-1])]
    there, back = await engine.choose(prompts, list(LETTERS[: len(items)]), adapter)
    return log_softmax((there + back[::-1]) / 2)


async def _named(
    engine: Engine,
    items: Sequence[Item],
    history_lines: Sequence[str],
    names: Mapping[str, str],
    language: str,
    folders: Sequence[Path],
    adapter: str | None,
) -> Floats:
    """What comes next after the names of a history. Of an item without a name, and where none of
    the history has one, nothing is known: it gets its even share."""
    even = -np.log(len(items))
    found = np.full(len(items), even)
    called = [names.get(digest(scored_title(item))) for item in items]
    labels = list(dict.fromkeys(f" {name}" for name in called if name))
    past = names_of(history_lines, names)
    if len(labels) < 2 or not past:
        return found
    prompt = names_prompt(past, language, folders)
    try:
        [shares] = await engine.choose([prompt], labels, adapter)
    except InputError as error:
        raise EngineError(f"the adapter's names are none of this model's words: {error}") from None
    said = dict(zip(labels, shares, strict=True))
    known = [place for place, name in enumerate(called) if name]
    heard = log_softmax(np.array([said[f" {called[place]}"] for place in known]))
    found[known] = heard + even + np.log(len(known))
    return found


def names_of(history_lines: Sequence[str], names: Mapping[str, str]) -> list[str]:
    """The names of those titles that have one, oldest first; `history_lines` are newest first."""
    titles = [digest(neutral(display_title(line))) for line in history_lines[:HISTORY]]
    return [names[title] for title in reversed(titles) if title in names]


def digest(title: str) -> str:
    """What stands for a title where its name is kept, 12 hex digits: an adapter that travels must
    not bring the catalogue along."""
    return hashlib.blake2b(title.encode(), digest_size=6).hexdigest()


def names_prompt(
    past: Sequence[str] = (), language: str = "en", folders: Sequence[Path] = ()
) -> Prompt:
    """A line of names that has begun, oldest first; the next one follows after a space."""
    return load("names", language, folders).render(history=list(past))


def title_prompt(
    history_lines: Sequence[str] = (),
    request_text: str = "",
    language: str = "en",
    folders: Sequence[Path] = (),
) -> Prompt:
    """What titles are scored after; with no history and no request, what they are corrected by."""
    return load("pick", language, folders).render(
        history=[neutral(line) for line in history_lines[:RECENT]], request=neutral(request_text)
    )


def letters_prompt(
    items: Sequence[Item],
    history_lines: Sequence[str] = (),
    request_text: str = "",
    language: str = "en",
    folders: Sequence[Path] = (),
) -> Prompt:
    """Asks for the letter of the best item; the first one is A."""
    return load("letters", language, folders).render(
        history=[neutral(line) for line in history_lines[:RECENT]],
        request=neutral(request_text),
        candidates=[
            f"{letter}. {item_line(item)}" for letter, item in zip(LETTERS, items, strict=False)
        ],
    )


def yes_no_prompt(
    item: Item,
    history_lines: Sequence[str] = (),
    request_text: str = "",
    language: str = "en",
    folders: Sequence[Path] = (),
) -> Prompt:
    """Asks whether the user would like one item."""
    return load("pointwise", language, folders).render(
        history=[neutral(line) for line in history_lines[:RECENT]],
        request=neutral(request_text),
        candidate=item_line(item),
    )


def scored_title(item: Item) -> str:
    """An item's title as its likelihood is taken."""
    return neutral(display_title(item.title))


def log_softmax(values: Floats) -> Floats:
    """Log-softmax over the last axis."""
    top = np.max(values, axis=-1, keepdims=True)
    shifted: Floats = values - top
    normalised: Floats = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    return normalised


def item_line(item: Item) -> str:
    """Title and a few facts on one line, for a list of candidates."""
    facts = [text for value in item.attributes.values() for text in texts_of(value)[:2]][:4]
    title = neutral(display_title(item.title))
    return f"{title} ({neutral(', '.join(facts))})" if facts else title


def _picked(
    scores: Floats, k: int, source: Literal["scorer", "fused"], reason: str = ""
) -> PickResult:
    order = [int(i) for i in np.argsort(-scores, kind="stable")[:k]]
    return PickResult(order, log_softmax(scores) if scores.size else scores, source, reason)


def _vector(values: npt.ArrayLike, items: Sequence[Item], name: str) -> Floats:
    vector = np.asarray(values, np.float64)
    if vector.shape != (len(items),):
        raise InputError(f"{name} has shape {vector.shape}; one number an item: ({len(items)},)")
    return vector


def pick_lines(catalog: Catalog, history: Sequence[Event]) -> list[str]:
    """Titles for the pick's prompt, newest first, each item once. `history` is oldest first."""
    ids = dict.fromkeys(event.item for event in reversed(history) if event.item in catalog)
    return [catalog[item_id].title for item_id in list(ids)[:HISTORY]]
