"""The ways of picking that are compared: what the product does, and what others do with the same
model and the same shortlist.

`fused` is the product's pick, its weights fitted beforehand where no adapter brings its own;
`served` is the same by the weights that serve, the scorer's order if the LLM's is 0. `likelihood`,
`letters` and `pointwise` are the LLM alone; `letters-once` shows the list in one order only;
`pairwise` asks for the better of two neighbours from the last to the first (one pass of bubble
sort, as in PRP, arXiv 2306.17563); `generated` lets the model write a title and takes the most
similar one.
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
SIMILAR = 10.0
"""How sharply the most similar title is preferred: log-probability for a full match."""


async def order_by(
    way: str,
    asked: Choice,
    weights: PickWeights,
    engine: Engine,
    prompts: PromptSet,
    adapter: str | None,
) -> Floats:
    """Log-probability of each item of the shortlist, float64 [n], normalised."""
    if way in PRODUCT:
        picked = await pick(
            engine,
            asked.question(prompts),
            asked.scores,
            k=len(asked.items),
            weights=weights,
            adapter=adapter,
        )
        return picked.log_probabilities
    if way == "letters-once":
        return await _letters_once(asked, engine, prompts, adapter)
    if way == "pairwise":
        return await _pairwise(asked, engine, prompts, adapter)
    if way == "generated":
        return await _generated(asked, engine, prompts, adapter)
    question = asked.question(prompts)
    return await preference(engine, question, method=way, adapter=adapter)  # type: ignore[arg-type]


async def _letters_once(
    asked: Choice, engine: Engine, prompts: PromptSet, adapter: str | None
) -> Floats:
    letters = list(LETTERS[: len(asked.items)])
    prompt = letters_prompt(asked.question(prompts), asked.items)
    return log_softmax((await engine.choose([prompt], letters, adapter))[0])


async def _pairwise(
    asked: Choice, engine: Engine, prompts: PromptSet, adapter: str | None
) -> Floats:
    """The winner of each pair moves up; what is passed keeps its order."""
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
    """The written title against those of the list, by shared words."""
    prompt = prompts.render(
        "title",
        history=[neutral(line) for line in asked.history],
        candidates=[item_line(item) for item in asked.items],
    )
    written = (await engine.write([prompt], Sampling(max_tokens=24, stop=("\n",)), adapter))[0]
    alike = [fuzz.token_set_ratio(written, item.title) / 100 for item in asked.items]
    return log_softmax(SIMILAR * np.array(alike) - 1e-3 * np.arange(len(alike)))
