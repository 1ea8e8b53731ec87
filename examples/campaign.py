"""E-mail texts for many users into a Parquet file: python campaign.py demo users.txt out.parquet

Run again after a break, it goes on after the users that the file already has.
"""

import asyncio
import sys
from pathlib import Path

import polars as pl

from shelftalker import Recommender, Style

AT_ONCE = 8


async def main(folder: str, users_file: str, out_file: str, engine: str = "auto") -> None:
    out = Path(out_file)
    done = pl.read_parquet(out) if out.exists() else pl.DataFrame()
    known = set(done["user"]) if len(done) else set()
    users = [line for line in Path(users_file).read_text().split() if line not in known]
    with Recommender.open(folder, engine=engine) as recommender:

        async def texts(user: str) -> dict[str, object]:
            answer = await recommender.agenerate(user, k=3, style=Style("email"))
            items = [card.item.id for card in answer.cards]
            return {
                "user": user,
                "text": answer.text,
                "items": items,
                "cards": [card.description for card in answer.cards],
            }

        for start in range(0, len(users), AT_ONCE):
            rows = await asyncio.gather(*map(texts, users[start : start + AT_ONCE]))
            done = pl.concat([done, pl.DataFrame(rows)]) if len(done) else pl.DataFrame(rows)
            done.write_parquet(out)
    print(f"{len(done)} users in {out}, {len(users)} of them new")


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
