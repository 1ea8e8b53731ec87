"""Sanity flags of picking figures: position bias of a method, crosstalk between users."""

import asyncio
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from shelftalker.engine.base import Engine
from shelftalker.eval.task_setup import TaskSetup
from shelftalker.ranking.pick import Floats, PickQuestion, preference
from shelftalker.ranking.pick_fitting import Choice

POSITION_BIAS_SHARE = 0.9
"""Share of first picks at one position, over both orders of the list, that is flagged."""


def position_bias_flag(positions: npt.NDArray[np.int64]) -> str:
    """A flag if nearly all first picks have one position in the list as shown, else empty."""
    common = int(np.bincount(positions).argmax())
    share = float((positions == common).mean())
    if share < POSITION_BIAS_SHARE:
        return ""
    return (
        f"picks place {common + 1} of the list in {share:.0%} of the cases, whichever item "
        "stands there; it reads the place, not the items"
    )


async def crosstalk(choices: Sequence[Choice], engine: Engine, setup: TaskSetup) -> list[str]:
    """Ask for some users one by one, then concurrently: each must get the same answer again."""
    some = [one for one in choices if one.history][:6]

    async def answer(one: Choice) -> Floats:
        question = PickQuestion(some[0].items, one.history, prompts=setup.prompts)
        return await preference(engine, question, adapter=setup.adapter_for("pick"))

    alone = [await answer(one) for one in some]
    together = await asyncio.gather(*(answer(one) for one in some))
    note = crosstalk_flag(np.array(alone), np.array(together)) if len(some) > 1 else ""
    return [note] if note else []


def crosstalk_flag(alone: Floats, together: Floats) -> str:
    """A flag if a user's concurrent answer is nearer to another user's than to its own, else empty.

    Both are [users, n]: log-probabilities of the same items for each user.
    """
    apart = np.abs(together[:, None] - alone[None]).sum(-1)
    nearest = apart.argmin(1)
    wrong = [
        user
        for user, other in enumerate(nearest)
        if user != other and apart[user, user] > 2 * apart[user, other] + 1e-3
    ]
    if not wrong:
        return ""
    return (
        f"the engine gave {len(wrong)} of {len(alone)} users the answer of somebody else when "
        "all were asked at the same time"
    )
