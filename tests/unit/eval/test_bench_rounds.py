"""Figures and texts of rounds of learning, side by side."""

from shelftalker.adapters.gate.text_checks import SystemTexts, Written
from shelftalker.data.catalog import Item
from shelftalker.data.events import Event
from shelftalker.eval.bench.rounds import CardCase, RoundFigures, figures_of, side_by_side
from shelftalker.types import Evidence
from shelftalker.writing.verifier.tokenizer import Past

PAST = [Past(Event("u", "9", "like"), Item("9", "Iron Coast"))]
REASON = [Evidence("", "history", "like", "Iron Coast")]
CARDS = [
    CardCase(Item(str(n), title), PAST, REASON, "")
    for n, title in enumerate(("Salt Roads", "Comet"))
]
FIRST = SystemTexts([Written("A book.", 1, 2, True), Written("You liked Iron Coast.", 1, 0, False)])
NEXT = SystemTexts([Written("A book of salt.", 1, 0, False), Written("A comet.", 2, 0, False)])
ROUNDS = {
    "base": RoundFigures({"composed texts": [-3.0, -2.0, -4.0]}, FIRST),
    "v1": RoundFigures({"composed texts": [-2.0, -1.0, -3.0]}, NEXT),
}


def test_each_round_is_compared_with_the_one_before() -> None:
    rounds = figures_of(ROUNDS, CARDS)["rounds"]
    assert rounds["base"]["composed texts"]["log p a word"]["mean"] == -3.0
    assert "more than the round before" not in rounds["base"]["composed texts"]
    assert rounds["v1"]["composed texts"]["more than the round before"]["mean"] == 1.0
    assert rounds["base"]["cards"] == {
        "cards": 2, "sentences": 4, "passed": 0.5, "composed": 0.5, "give the reason": 0.5,
    }  # fmt: skip
    assert rounds["v1"]["cards"]["give the reason"] == 0.0
    assert rounds["v1"]["texts"] == ["A book of salt.", "A comet."]


def test_texts_of_a_card_are_listed_in_the_order_of_rounds() -> None:
    page = "\n".join(side_by_side(ROUNDS, CARDS))
    assert page.index("## Salt Roads") < page.index("**base**: A book.")
    assert page.index("**base**: A book.") < page.index("**v1**: A book of salt.")
    assert page.index("**v1**: A book of salt.") < page.index("## Comet")
