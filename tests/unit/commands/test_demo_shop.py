"""The demo's shop: made-up products of the corpus, and a log that is simulated."""

from pathlib import Path

from shelftalker.commands.demo_shop import add_shop, shop_catalog, simulated_events
from shelftalker.store.workspace import Workspace


def test_the_catalogue_has_the_corpus_products_with_their_texts() -> None:
    items = list(shop_catalog())
    assert len(items) >= 250
    assert len({item.id for item in items}) == len(items)
    assert sum(len(item.text.split()) > 20 for item in items) > 0.7 * len(items)
    assert all(item.price for item in items)


def test_the_log_is_marked_reproducible_and_has_tastes() -> None:
    catalog = shop_catalog()
    events = simulated_events(catalog, visitors=60)
    assert events.equals(simulated_events(catalog, visitors=60))
    assert all(user.startswith("simulated-") for user in events["user"])
    assert set(events["kind"]) == {"view", "purchase", "rating"}
    assert set(events["item"]) <= set(catalog.ids)
    shares = []
    for _, own in events.group_by("user"):
        shops = [item.rsplit("-", 1)[0] for item in own["item"]]
        top = sorted((shops.count(shop) for shop in set(shops)), reverse=True)[:2]
        shares.append(sum(top) / len(shops))
    assert sum(shares) / len(shares) > 0.5  # of 23 departments, two


def test_the_workspace_says_that_the_log_is_simulated(tmp_path: Path) -> None:
    with Workspace.create(tmp_path / "ws") as workspace:
        assert add_shop(workspace) == len(shop_catalog())
        assert add_shop(workspace) == 0
        note = workspace.domain_path("shop") / "SIMULATED.txt"
        assert "SIMULATED" in note.read_text(encoding="utf-8")
