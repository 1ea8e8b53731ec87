"""Slots about items: each claim with what supports it, or the reason why nothing does."""

import pytest

from shelftalker.writing.verifier.grounds import Grounds
from shelftalker.writing.verifier.reading import Claim
from tests.support.verifier_films import HARBOUR, HISTORY, REQUEST

GROUNDS = Grounds([], HARBOUR, HISTORY, REQUEST)


def claims(sentence: str) -> dict[str, Claim]:
    return {claim.text: claim for claim in GROUNDS.read(sentence).claims}


def reason(sentence: str) -> str:
    return GROUNDS.read(sentence).problem


def test_a_claim_names_its_span_and_its_support() -> None:
    sentence = "The Glass Harbour is a crime film from France."
    found = claims(sentence)
    assert found["France"].supported_by == "country"
    assert not any(claim.problem for claim in found.values())
    assert all(sentence[slice(*claim.span)] == text for text, claim in found.items())


@pytest.mark.parametrize(
    ("sentence", "because"),
    [
        ("Picnic Days is a crime film.", "Picnic Days does not have crime"),
        ("It is from the director of Picnic Days.", "Picnic Days does not share its director"),
        ("The Glass Harbour is Cold Ledger.", "nothing shows what Cold Ledger is to it"),
        ("It stars Anna Orwin.", "no row has the name Anna Orwin"),
        ("It stars Zelda Quick.", "no row has the name Zelda"),
        ("It is the greatest crime film.", "no row shows it (greatest)"),
        ("We guarantee it.", "it speaks of its writer"),
        ("It comes with free delivery.", "it promises something (free)"),
        ("It is a western.", "the row does not say western"),
    ],
)
def test_a_refusal_says_why(sentence: str, because: str) -> None:
    problems = [claim.problem for claim in GROUNDS.read(sentence).claims]
    assert because in problems, problems


def test_what_two_films_share_is_in_both_rows() -> None:
    assert not reason("Like Cold Ledger, it is directed by Anna Kessler.")
    assert "does not have" in reason("Like Picnic Days, it is directed by Anna Kessler.")
