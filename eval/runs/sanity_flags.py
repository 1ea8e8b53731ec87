"""What makes figures of picking doubtful: a pick that reads the place, an engine that mixes
users.
"""

import asyncio
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from shelftalker.engine.base import Engine
from shelftalker.eval.task_setup import TaskSetup
from shelftalker.prompts import PromptSet
from shelftalker.ranking.pick import Floats, PickQuestion, preference
from shelftalker.ranking.pick_fitting import Choice

STUCK = 0.9
"""Share of first picks at one place of the list, however it is turned, that no taste explains."""


def stuck_at(places: npt.NDArray[np.int64]) -> str:
    """A sentence where nearly all first picks are at one place of the list as it was shown."""
    common = int(np.bincount(places).argmax())
    share = float((places == common).mean())
    if share < STUCK:
        return ""
    return (
        f"picks place {common + 1} of the list in {share:.0%} of the cases, whichever item "
        "stands there; it reads the place, not the items"
    )


async def crosstalk(asked: Sequence[Choice], engine: Engine, bench: TaskSetup) -> list[str]:
    """Ask some users one by one, then all at once: each must get the same answer again."""
    some = [one for one in asked if one.history][:6]
    prompts = PromptSet(bench.workspace.prompt_folders(bench.domain))

    async def answer(one: Choice) -> Floats:
        question = PickQuestion(some[0].items, one.history, prompts=prompts)
        return await preference(engine, question, adapter=bench.adapter_for("pick"))

    alone = [await answer(one) for one in some]
    together = await asyncio.gather(*(answer(one) for one in some))
    note = wrong_user(np.array(alone), np.array(together)) if len(some) > 1 else ""
    return [note] if note else []


def wrong_user(alone: Floats, together: Floats) -> str:
    """A sentence where a user's answer among others resembles somebody else's answer alone.

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
