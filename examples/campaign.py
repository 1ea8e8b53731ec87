"""E-mail texts for many users: python campaign.py demo users.txt texts

`shelftalker campaign` from a program of your own. Run again after a break, it goes on.
"""

import sys
from contextlib import closing
from pathlib import Path

import polars as pl

from shelftalker import Recommender, Style
from shelftalker.campaign.plan import CampaignPlan, CampaignSettings
from shelftalker.campaign.run import Campaign
from shelftalker.campaign.workers import open_workers


def main(folder: str, users_file: str, out: str, engine: str = "auto") -> None:
    users = Path(users_file).read_text().split()
    with Recommender.open(folder, engine="none") as recommender:
        domain = recommender.domain().name
    settings = CampaignSettings(domain, k=3, style=Style("email"))
    plan = CampaignPlan.begin(out, settings, users, known=[])
    size, worker = open_workers((folder, settings, engine), local=True, workers=1)
    with closing(Campaign(plan, size, worker)) as campaign:
        report = campaign.run(lambda done, total, speed: print(f"{done} of {total}, {speed}"))
    print(f"{report.users} users in {out}, {report.wrote} of them new")
    subjects = pl.read_parquet(f"{out}/part-*.parquet")["text"].str.split("\n").list.first()
    print("\n".join(subjects.head(3)))


if __name__ == "__main__":
    main(*sys.argv[1:])
