"""Ten products and a few orders become picks with a text each: python own_shop.py teas

The products, the makers and the customers in `data/` are made up.
"""

import sys
from pathlib import Path

from shelftalker import Recommender, Workspace, fit, import_files

DATA = Path(__file__).parent / "data"


def main(folder: str, engine: str = "auto") -> None:
    workspace = Workspace.create(Path(folder))
    summary = import_files(workspace, "shop", [DATA / "teas.csv"], [DATA / "orders.csv"])
    print(f"{summary.items_added} products, {summary.events_added} events")
    fit(workspace, "shop")
    with Recommender.open(folder, engine=engine) as recommender:
        answer = recommender.generate("ben", "something for the evening, under 20", k=2)
        for card in answer.cards:
            print(f"\n{card.item.title}\n  {card.description}")
        recommender.feedback("ben", answer.cards[0].item.id, "like")  # the next call knows


if __name__ == "__main__":
    main(*sys.argv[1:])
