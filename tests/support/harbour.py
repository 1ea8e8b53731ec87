"""One invented film, a user with a history and a request: what texts are written about in tests."""

from shelftalker.data.catalog import Item
from shelftalker.data.events import Event
from shelftalker.types import Reason, Request
from shelftalker.writing.evidence import choose_evidence
from shelftalker.writing.history import Past
from shelftalker.writing.text_request import TextRequest

ITEM = Item(
    "1", "The Glass Harbour", "A retired thief robs the harbour bank. It is not a love story.",
    {"genres": ("Crime", "Thriller"), "director": "Anna Kessler", "cast": ("Paul Orwin",),
     "year": 1994, "country": "France", "runtime": 121, "colour": True},
)  # fmt: skip
LEDGER = Item("2", "Cold Ledger", "", {"director": "Anna Kessler", "country": "Italy"})
RIVERS = Item("3", "Slow Rivers", "", {"genres": ("Drama",)})
PICNIC = Item("4", "Picnic Days", "", {"genres": ("Crime",), "director": "Anna Kessler"})
HISTORY = [
    Past(Event("u", "2", "rating", 5.0), LEDGER),
    Past(Event("u", "3", "like"), RIVERS),
    Past(Event("u", "4", "dislike"), PICNIC),
]
REASONS = [Reason("2", 1.5), Reason("3", 0.2)]
REQUEST = Request("from France please", "from France please")
TRUE = "You rated Cold Ledger 5 stars, and this film is also directed by Anna Kessler."
ALSO_TRUE = "It is a crime film from France, and it runs for 121 minutes."
FALSE = "It won five Oscars and stars Leo Banks."
EVIDENCE = choose_evidence(ITEM, REASONS, HISTORY, REQUEST)
WANTED = TextRequest(ITEM, EVIDENCE, HISTORY, REQUEST)
