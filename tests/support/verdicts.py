"""`check`: the verdict on one sentence, with its grounds made for it alone."""

from collections.abc import Sequence

from shelftalker.data.catalog import Item
from shelftalker.types import Evidence, Request
from shelftalker.writing.history import Past
from shelftalker.writing.verifier.grounds import Grounds, Verdict


def check(
    sentence: str,
    evidence: Sequence[Evidence],
    item: Item,
    history: Sequence[Past] = (),
    request: Request | None = None,
) -> Verdict:
    """Check one sentence. `history` holds one entry per item, the user's last event with it."""
    return Grounds(evidence, item, history, request).check(sentence)
