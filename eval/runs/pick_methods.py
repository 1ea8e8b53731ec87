"""Methods of picking with an LLM: the product's, and published ones, on the same model and list.

`fused` is the product's pick, with weights fitted beforehand if no adapter brings its own; `served`
uses the weights in service, which keep the scorer's order if the LLM's weight is 0. `likelihood`,
`letters` and `pointwise` are the LLM alone; `letters-once` shows the list in one order only;
`pairwise` compares neighbours from the last to the first (one pass of bubble sort, as in PRP, arXiv
2306.17563); `generated` lets the LLM write a title and prefers the most similar item.
"""

import numpy as np
import numpy.typing as npt
from rapidfuzz import fuzz

from shelftalker.engine.base import Engine, Sampling
from shelftalker.language.cleaning import neutral
from shelftalker.prompts import PromptSet
from shelftalker.ranking.pick import (
    LETTERS,
    item_line,
    letters_prompt,
    log_softmax,
    pick,
    preference,
)
from shelftalker.ranking.pick_fitting import Choice
from shelftalker.ranking.pick_weights import PickWeights

Floats = npt.NDArray[np.float64]
PRODUCT = ("fused", "served")
TITLE_MATCH_WEIGHT = 10.0
"""Log-probability that `generated` gives to a full match of the title."""


async def order_by(
    method: str,
    asked: Choice,
    weights: PickWeights,
    engine: Engine,
    prompts: PromptSet,
    adapter: str | None,
) -> Floats:
    """Log-probability of each item of the shortlist by one method, float64 [n], normalised."""
    if method in PRODUCT:
        picked = await pick(
            engine,
            asked.question(prompts),
            asked.scores,
            k=len(asked.items),
            weights=weights,
            adapter=adapter,
        )
        return picked.log_probabilities
    if method == "letters-once":
        return await _letters_once(asked, engine, prompts, adapter)
    if method == "pairwise":
        return await _pairwise(asked, engine, prompts, adapter)
    if method == "generated":
        return await _generated(asked, engine, prompts, adapter)
    question = asked.question(prompts)
    return await preference(engine, question, method=method, adapter=adapter)  # type: ignore[arg-type]


async def _letters_once(
    asked: Choice, engine: Engine, prompts: PromptSet, adapter: str | None
) -> Floats:
    letters = list(LETTERS[: len(asked.items)])
    prompt = letters_prompt(asked.question(prompts), asked.items)
    return log_softmax((await engine.choose([prompt], letters, adapter))[0])


async def _pairwise(
    asked: Choice, engine: Engine, prompts: PromptSet, adapter: str | None
) -> Floats:
    """The winner of each pair moves up; the others keep their order."""
    order = list(range(len(asked.items)))
    for at in range(len(order) - 1, 0, -1):
        above, below = order[at - 1], order[at]
        pair = [asked.items[above], asked.items[below]]
        prompt = letters_prompt(asked.question(prompts), pair)
        first, second = (await engine.choose([prompt], ["A", "B"], adapter))[0]
        if second > first:
            order[at - 1], order[at] = below, above
    places = np.empty(len(order))
    places[order] = np.arange(len(order))
    return log_softmax(-places)


async def _generated(
    asked: Choice, engine: Engine, prompts: PromptSet, adapter: str | None
) -> Floats:
    """Similarity of the written title to those of the list, by shared words."""
    prompt = prompts.render(
        "title",
        history=[neutral(line) for line in asked.history],
        candidates=[item_line(item) for item in asked.items],
    )
    written = (await engine.write([prompt], Sampling(max_tokens=24, stop=("\n",)), adapter))[0]
    alike = [fuzz.token_set_ratio(written, item.title) / 100 for item in asked.items]
    return log_softmax(TITLE_MATCH_WEIGHT * np.array(alike) - 1e-3 * np.arange(len(alike)))
