"""The demo's shop: the made-up products of the writing corpus, with a SIMULATED log.

Nobody bought these things: brands and products are invented (the project's own work, CC0), and the
events are drawn by `simulated_events` from invented visitors, whose ids begin with `simulated-`.
The log shows how things look and change; no figure of quality may rest on it.
"""

from dataclasses import replace
from functools import cache

import numpy as np
import polars as pl

from shelftalker.adapters.data.style_corpus import CORPUS, read_catalog
from shelftalker.data.catalog import Catalog, Item
from shelftalker.data.events import EVENT_COLUMNS
from shelftalker.store.workspace import Workspace

DOMAIN = "shop"
VISITORS = 600
SEED = 11
SIMULATED = """This domain is a demonstration. Its products are made up, and its events are
SIMULATED (shelftalker.commands.demo_shop, seed {seed}): no figure measured on them says anything.
"""


@cache
def shop_catalog() -> Catalog:
    """The products of every English shop of the corpus, in the order of its files."""
    items: list[Item] = []
    for file in sorted((CORPUS / "en").glob("shop-*.jsonl")):
        shop, own = file.stem.removeprefix("shop-"), read_catalog(file).items.values()
        items += [replace(item, id=f"{shop}-{item.id}") for item in own]
    return Catalog.of(items)


def simulated_events(catalog: Catalog, visitors: int = VISITORS, seed: int = SEED) -> pl.DataFrame:
    """Views, purchases and ratings of visitors who each have two departments and a few brands that
    they like and a price that suits them: user, item, kind, value, time (Unix seconds)."""
    chance = np.random.default_rng(seed)
    items = list(catalog)
    shops = np.array([item.id.rsplit("-", 1)[0] for item in items])
    brands = np.array([str(item.attributes.get("brand", "")) for item in items])
    prices = np.log([item.price or 10.0 for item in items])
    fame = chance.permutation(1 / np.arange(1, len(items) + 1) ** 0.6)
    rows: list[tuple[str, str, str, float | None, float]] = []
    for number in range(visitors):
        liked = chance.choice(np.unique(shops), 2, replace=False)
        loved = chance.choice(np.unique(brands[np.isin(shops, liked)]), 2)
        near = np.exp(-((prices - chance.normal(prices.mean(), prices.std())) ** 2) / 2)
        weight = (
            fame * near * np.where(np.isin(shops, liked), 12, 1) * (1 + 3 * np.isin(brands, loved))
        )
        count, odds = int(chance.integers(4, 19)), weight / weight.sum()
        chosen: list[int] = chance.choice(len(items), count, replace=False, p=odds).tolist()
        start = 1.7e9 + chance.uniform(0, 1.5e7)
        for step, place in enumerate(chosen):
            suits, kind, stars = weight[place] > np.median(weight[chosen]), "view", None
            if suits and chance.random() < 0.6:
                kind = "purchase"
            elif chance.random() < 0.2:
                kind = "rating"
                stars = 4.0 + (chance.random() < 0.5) if suits else float(chance.integers(1, 4))
            when = float(np.round(start + 7200 * step))
            rows.append((f"simulated-{number:04d}", items[place].id, kind, stars, when))
    return pl.DataFrame(rows, schema=EVENT_COLUMNS, orient="row").sort("time", maintain_order=True)


def add_shop(workspace: Workspace) -> int:
    """Add the shop to a workspace, its events last. Returns how many products there are; 0 where it
    is complete already."""
    if DOMAIN in workspace.domains() and workspace.events.count(DOMAIN):
        return 0
    catalog = shop_catalog()
    if DOMAIN not in workspace.domains():
        workspace.add_domain(DOMAIN)
    workspace.write_catalog(DOMAIN, catalog)
    note = workspace.domain_path(DOMAIN) / "SIMULATED.txt"
    note.write_text(SIMULATED.format(seed=SEED), encoding="utf-8")
    workspace.events.extend(DOMAIN, simulated_events(catalog))
    return len(catalog)
