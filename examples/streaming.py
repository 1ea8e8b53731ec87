"""The picks first, then each text once it is checked: python streaming.py demo 196 "a thriller"

`astream` closes its request when the loop is left early, so that the engine is free again.
"""

import asyncio
import sys

from shelftalker import Checked, Done, Recommender, Shortlisted


async def main(folder: str, user: str, message: str = "", engine: str = "auto") -> None:
    with Recommender.open(folder, engine=engine) as recommender:
        async for update in recommender.astream(user, message, k=3):
            if isinstance(update, Shortlisted):
                print("first:", ", ".join(card.item.title for card in update.cards))
            elif isinstance(update, Checked):
                print(f"{update.card.rank}. {update.card.item.title}: {update.card.description}")
            elif isinstance(update, Done):
                print(f"done after {update.answer.timings_ms['total']:.0f} ms")


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
