"""Invented items and a history, about which the verifier's tests make true and false sentences."""

from shelftalker.data.catalog import Item
from shelftalker.data.events import Event
from shelftalker.types import Request
from shelftalker.writing.history import Past
from tests.support.verdicts import check

HARBOUR = Item(
    "1",
    "The Glass Harbour (1994)",
    "A retired thief robs the harbour bank. It is not a love story.",
    {
        "genres": ("Crime", "Thriller"),
        "director": "Anna Kessler",
        "cast": ("Paul Orwin", "Mia Stroud"),
        "year": 1994,
        "runtime": 121,
        "country": "France",
    },
)
ORCHARD = Item(
    "2",
    "Winter Orchard",
    "Two sisters inherit an orchard in the north.",
    {
        "genres": ("Drama", "Romance"),
        "director": "Tom Vale",
        "cast": ("Ines Faro", "Karl Dunmore"),
        "year": 2003,
        "runtime": 98,
        "country": "Italy",
    },
)
COMET = Item(
    "3",
    "Comet Season",
    "A pilot crosses the desert alone.",
    {
        "genres": ("Adventure", "Sci-Fi"),
        "director": "Rhea Molina",
        "cast": ("Otto Brand", "Lia Winslow"),
        "year": 1979,
        "runtime": 143,
        "country": "Japan",
    },
)
LEDGER = Item(
    "8",
    "Cold Ledger",
    "",
    {"genres": ("Crime", "Drama"), "director": "Anna Kessler", "cast": ("Leo Banks",),
     "country": "France", "year": 1990},
)  # fmt: skip
RIVERS = Item("9", "Slow Rivers", "", {"genres": ("Drama", "Romance"), "director": "Tom Vale"})
DUST = Item("10", "Dust Atlas", "", {"genres": ("Adventure",), "country": "Japan"})
PICNIC = Item("11", "Picnic Days", "", {"genres": ("Comedy",), "director": "Bo Hart"})
HISTORY = [
    Past(Event("u", "8", "rating", 5.0), LEDGER),
    Past(Event("u", "9", "like"), RIVERS),
    Past(Event("u", "10", "rating", 4.0), DUST),
    Past(Event("u", "11", "dislike"), PICNIC),
]
REQUEST = Request("something tense, but not violent", "something tense, but not violent")
FILMS = [HARBOUR, ORCHARD, COMET]
BOOK = Item(
    "20", "Salt Roads", "", {"author": "Ida Marsh", "categories": ("History",), "pages": 320},
    price=12.5,
)  # fmt: skip


def passes(sentence: str, item: Item = HARBOUR, request: Request = REQUEST) -> bool:
    """Whether the verifier lets a sentence about an item through."""
    return check(sentence, [], item, HISTORY, request).ok
