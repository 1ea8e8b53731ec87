"""A shop of lamps and cups, and the outcome of a message in it."""

from shelftalker.conversation.taste import Taste
from shelftalker.conversation.transition import Situation, TurnOutcome, understand
from shelftalker.data.catalog import Catalog, Item
from shelftalker.data.filters import Filter
from shelftalker.understanding.rule_reader import RuleReader

LAMPS = [
    Item("a", "Arc", attributes={"category": "Lamps", "color": "Red"}, price=30.0),
    Item("b", "Bow", attributes={"category": "Lamps", "color": "Blue"}, price=20.0),
    Item("c", "Cup", attributes={"category": "Cups", "color": "Black"}, price=10.0),
    Item("d", "Dew", attributes={"category": "Lamps", "color": "Black"}, price=12.0),
    Item("e", "Elm", attributes={"category": "Lamps", "color": "Black"}, price=40.0),
]

SHOP = RuleReader(Catalog.of(LAMPS))


def move(message: str, taste: Taste | None = None, shown: str = "ab") -> TurnOutcome:
    items = tuple(item for item in LAMPS if item.id in shown)
    return understand(message, Situation(shown=items, taste=taste or Taste()), SHOP)


def conditions(taste: Taste) -> set[Filter]:
    return {chip.condition for chip in taste.of("filter") if chip.condition}
