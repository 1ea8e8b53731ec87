"""What a scorer ranks, on a world of three tastes with the real text encoder.

Run with `pytest tests/unit/scorer/test_two_tower.py`. Every user keeps to one shelf, so what comes
next is known: more of that shelf.
"""

import numpy as np
import pytest

from shelftalker.data.events import Event
from shelftalker.data.filters import Filter, allowed_items
from shelftalker.errors import InputError, UnknownItem
from shelftalker.scorer.encoder import SentenceEncoder
from shelftalker.scorer.request_vectors import RequestVectors
from shelftalker.scorer.two_tower import TwoTowerScorer
from tests.support.shelf_world import SETTINGS, SHELVES, did, log, shelf_of, world


def test_a_history_brings_more_of_its_shelf(scorer: TwoTowerScorer) -> None:
    for shelf, words in SHELVES.items():
        picks = scorer.shortlist(did(*(f"{shelf}-{word}" for word in words[:3])), n=5)
        assert [shelf_of(pick.item_id) for pick in picks] == [shelf] * 5


def test_probability_is_the_sigmoid_of_the_logit_and_falls_with_rank(
    scorer: TwoTowerScorer,
) -> None:
    picks = scorer.shortlist(did("space-orbit"), n=10)
    for pick in picks:
        assert pick.probability == pytest.approx(1 / (1 + np.exp(-pick.logit)))
    assert [p.logit for p in picks] == sorted((p.logit for p in picks), reverse=True)


@pytest.mark.parametrize("which", ["scorer", "untrained"])
def test_a_message_without_history_ranks_by_likeness_of_text(
    which: str, request: pytest.FixtureRequest, encoder: SentenceEncoder
) -> None:
    subject: TwoTowerScorer = request.getfixturevalue(which)
    query = "something to cook for dinner"
    texts = [item.embedding_text() for item in subject.catalog]
    [asked] = RequestVectors(subject.catalog).of([query], encoder)
    likeness = encoder.encode(texts) @ asked
    expected = [subject.catalog.ids[row] for row in np.argsort(-likeness)[:10]]
    assert [pick.item_id for pick in subject.shortlist([], text=query, n=10)] == expected


def test_a_message_moves_a_known_user_towards_what_it_asks(scorer: TwoTowerScorer) -> None:
    history = did("space-orbit", "space-comet")
    column = scorer.catalog.row("cooking-soup")
    plain, asking = scorer.logits([history, history], ["", "a soup recipe"])
    assert asking[column] - asking.mean() > plain[column] - plain.mean() + 1


def test_an_example_draws_what_is_taken_with_it_and_what_is_about_the_same(
    scorer: TwoTowerScorer, untrained: TwoTowerScorer
) -> None:
    for fitted in (scorer, untrained):
        row = fitted.catalog.row("crime-heist")
        likeness = fitted.side.likeness(row, fitted.weights.mix)
        likeness[row] = -np.inf
        best = [fitted.catalog.ids[at] for at in np.argsort(-likeness)[:4]]
        assert [shelf_of(item) for item in best] == ["crime"] * 4


def test_an_empty_log_gives_a_scorer_that_goes_by_text(untrained: TwoTowerScorer) -> None:
    picks = untrained.shortlist(did("crime-heist", "crime-jury"), n=4)
    assert [shelf_of(pick.item_id) for pick in picks] == ["crime"] * 4
    assert not untrained.popularity().any()


def test_without_history_and_message_the_most_popular_leads(encoder: SentenceEncoder) -> None:
    events = log() + [Event(f"x{n}", "crime-jury", "view") for n in range(40)]
    fitted = TwoTowerScorer.fit(world(), events, encoder, settings=SETTINGS)
    assert fitted.shortlist([], n=1)[0].item_id == "crime-jury"
    counts = [sum(e.item == item_id for e in events) for item_id in fitted.catalog.ids]
    np.testing.assert_allclose(fitted.popularity(), np.log1p(counts), rtol=1e-6)


def test_a_filter_that_leaves_ten_returns_exactly_those_ten(scorer: TwoTowerScorer) -> None:
    mask = np.zeros(len(scorer.catalog), bool)
    mask[[0, 2, 3, 5, 8, 13, 17, 20, 21, 23]] = True
    picks = scorer.shortlist([], text="murder", n=20, allowed=mask)
    assert {p.item_id for p in picks} == {scorer.catalog.ids[r] for r in np.flatnonzero(mask)}
    assert scorer.shortlist([], n=20, allowed=np.zeros(len(mask), bool)) == []


def test_hard_filters_and_seen_items_never_come_back(scorer: TwoTowerScorer) -> None:
    mask = allowed_items(scorer.catalog, [Filter("shelf", "equals", "crime")])
    history = did("crime-heist", "crime-jury")
    picks = scorer.shortlist(history, n=20, allowed=mask)
    assert len(picks) == 6
    assert not {p.item_id for p in picks} & {"crime-heist", "crime-jury"}
    again = scorer.shortlist(history, n=20, allowed=mask, exclude_seen=False)
    assert {"crime-heist", "crime-jury"} <= {p.item_id for p in again}


def test_the_caller_s_mask_is_left_as_it_was(scorer: TwoTowerScorer) -> None:
    mask = np.ones(len(scorer.catalog), bool)
    scorer.shortlist(did("crime-heist"), allowed=mask)
    assert mask.all()


def test_a_mask_of_another_catalogue_is_refused(scorer: TwoTowerScorer) -> None:
    with pytest.raises(InputError, match="shape"):
        scorer.shortlist([], allowed=np.ones(3, bool))


def test_one_feedback_event_changes_the_next_shortlist(scorer: TwoTowerScorer) -> None:
    history = did("space-orbit")
    before = scorer.shortlist(history, n=6)
    after = scorer.shortlist([*history, Event("me", "cooking-soup", "like", time=9)], n=6)
    cooking = [sum(shelf_of(p.item_id) == "cooking" for p in picks) for picks in (before, after)]
    assert cooking[1] > cooking[0]


def test_a_dislike_pushes_like_items_away(scorer: TwoTowerScorer) -> None:
    base = did("space-orbit", "cooking-soup")
    liked, disliked = scorer.logits(
        [[*base, Event("me", "crime-heist", kind, time=9)] for kind in ("like", "dislike")]
    )
    crime = [scorer.catalog.row(f"crime-{word}") for word in SHELVES["crime"] if word != "heist"]
    assert (liked[crime] > disliked[crime] + 0.5).all()


def test_dislikes_alone_still_give_a_shortlist_of_other_shelves(scorer: TwoTowerScorer) -> None:
    picks = scorer.shortlist(did("crime-heist", "crime-jury", kind="dislike"), n=8)
    assert "crime" not in {shelf_of(pick.item_id) for pick in picks}


def test_reasons_are_exact_drop_one_differences(scorer: TwoTowerScorer) -> None:
    history = did("space-orbit", "cooking-soup", "space-comet", "space-orbit")
    column = scorer.catalog.row("space-rocket")
    full = scorer.logits([history])[0, column]
    expected = {}
    for item in ("space-orbit", "cooking-soup", "space-comet"):
        rest = [event for event in history if event.item != item]
        expected[item] = full - scorer.logits([rest])[0, column]
    reasons = scorer.reasons_of(history, ["space-rocket"], n=3)[0]
    assert reasons
    assert reasons[0].item_id == max(expected, key=lambda item: expected[item])
    for reason in reasons:
        assert reason.weight == pytest.approx(expected[reason.item_id], abs=1e-3)
    assert {r.item_id for r in reasons} == {i for i, gain in expected.items() if gain > 0}


def test_what_is_disliked_is_no_reason_though_it_may_raise_an_item(
    scorer: TwoTowerScorer,
) -> None:
    liked = did("space-orbit")
    low = Event("me", "cooking-soup", "rating", 1.0, time=9.0)
    for refused in (*did("cooking-soup", kind="dislike"), low):
        history = [*liked, refused]
        gains = scorer.logits([history])[0] - scorer.logits([liked])[0]
        raised = [item for item in scorer.catalog.ids if gains[scorer.catalog.row(item)] > 0]
        assert raised
        for told in scorer.reasons_of(history, raised):
            assert "cooking-soup" not in {reason.item_id for reason in told}
    once = did("space-orbit", kind="dislike")  # the last word counts
    twice = [*once, *did("cooking-soup", "space-orbit")]
    (again,) = scorer.reasons_of(twice, ["space-rocket"])
    assert "space-orbit" in {reason.item_id for reason in again}


def test_reasons_refuse_an_unknown_item_and_are_empty_without_history(
    scorer: TwoTowerScorer,
) -> None:
    assert scorer.reasons_of([], ["space-rocket"])[0] == []
    with pytest.raises(UnknownItem):
        scorer.reasons_of(did("space-orbit"), ["nothing"])[0]


def test_a_few_users_are_scored_as_many_are(scorer: TwoTowerScorer) -> None:
    """A few at a time take another way through BLAS."""
    histories = [did(item) for item in scorer.catalog.ids[:9]]
    texts = ["", "a red lamp"] * 4 + [""]
    many = scorer.logits(histories, texts)
    one = [scorer.logits([own], [text])[0] for own, text in zip(histories, texts, strict=True)]
    np.testing.assert_allclose(many, one, atol=2e-5)


def test_users_with_one_history_may_ask_for_different_things(scorer: TwoTowerScorer) -> None:
    history = did(*scorer.catalog.ids[:2])
    asked, bare = scorer.logits([history] * 2, ["a red lamp", ""])
    np.testing.assert_allclose(bare, scorer.logits([history])[0], atol=1e-6)
    np.testing.assert_allclose(asked, scorer.logits([history], ["a red lamp"])[0], atol=1e-6)
    assert not np.allclose(asked, bare)
