"""How the parts of a logit are brought to one scale and weighed."""

import numpy as np
import pytest
from scipy import sparse

from shelftalker.scorer.history import BROWSED, TAKEN, HistoryRows
from shelftalker.scorer.mixing import LOW_RATINGS, Held, _refined, choose_grades, fit_mix
from shelftalker.scorer.parts import LOG_SCALE, ItemSide, Mix

ITEMS = 40

ONE = np.array([1], np.int8)


def side(item_item: sparse.csr_matrix) -> ItemSide:
    """Only item-to-item ties and popularity tell items apart."""
    text = np.tile(np.array([1.0, 0.0], np.float32), (ITEMS, 1))
    return ItemSide(
        text=text,
        centred=np.zeros((ITEMS, 2), np.float32),
        prior=np.linspace(1, -1, ITEMS, dtype=np.float32),
        towers=None,
        vectors=None,
        item_item=item_item,
        place=sparse.identity(ITEMS, np.float32, "csr"),
        window=10,
    )


def chain(strength: float = 0.2) -> sparse.csr_matrix:
    """Whoever took item n takes n + 1 next."""
    return sparse.diags([strength], [1], shape=(ITEMS, ITEMS), dtype=np.float32, format="csr")


def held() -> Held:
    """Users of one item each, then the next one; every fourth takes the most popular instead."""
    starts = np.arange(2, 38)
    readings = [HistoryRows(np.array([row]), ONE, np.ones(1)) for row in starts]
    return Held(readings, np.where(starts % 4 == 0, 0, starts + 1))


@pytest.mark.parametrize("told", [True, False])
def test_views_weigh_less_where_they_foretell_less(told: bool) -> None:
    """A view that comes last says what is next, or is of any item."""
    kinds = np.array([TAKEN, BROWSED], np.int8)
    readings = [
        HistoryRows(
            np.array([own.rows[0], other])[:: -1 if told else 1], kinds, np.array([0.0, 1.0])
        )
        for own, other in zip(held().readings, np.roll(np.arange(2, 38), 11), strict=True)
    ]
    mix = choose_grades(side(chain()), Mix(popularity=0), Held(readings, held().targets))
    assert (mix.browsed == 1) == told
    assert mix.grades == (LOW_RATINGS[0], mix.browsed)
    alone = [HistoryRows(own.rows, np.full(2, BROWSED, np.int8), own.times) for own in readings]
    assert choose_grades(side(chain()), Mix(), Held(alone, held().targets)).browsed == 1


@pytest.mark.parametrize("strength", [0.5, -0.5, 0.001])
def test_item_to_item_sums_enter_as_a_signed_logarithm(strength: float) -> None:
    reading = HistoryRows(np.array([5]), ONE, np.ones(1))
    ties = side(chain(strength)).related([reading], Mix(decay=1e9))[0]
    expected = np.sign(strength) * np.log1p(abs(strength) / LOG_SCALE)
    assert ties[6] == pytest.approx(expected, rel=1e-4)
    assert np.count_nonzero(ties) == 1


def quality(mix: Mix) -> float:
    """NDCG@10 of the users of `held`."""
    return held().mean_ndcg(side(chain()).logits(held().readings, mix))


def test_the_weights_rank_the_held_out_items_and_leave_useless_parts_out() -> None:
    found = fit_mix(side(chain()), held(), Mix())
    assert found.item_item > 0
    assert found.popularity > 0
    assert quality(found) > 0.9
    shuffled = Mix(towers=0, item_item=0, content=0, popularity=1)
    assert quality(shuffled) < 0.5


def test_a_part_that_is_not_used_gets_no_weight() -> None:
    found = fit_mix(side(chain()), held(), Mix(), used=("popularity",))
    assert [found.towers, found.item_item, found.content] == [0, 0, 0]
    assert found.popularity > 0


def logits_of(one: ItemSide, users: Held, scale: float, mix: Mix) -> np.ndarray:
    return scale * (one.parts(users.readings, mix, slice(None)) @ mix.vector())


def surprise(logits: np.ndarray, users: Held) -> float:
    """Cross-entropy of the held-out items, what is in the history left out."""
    logits = logits.astype(np.float64)
    for user, reading in enumerate(users.readings):
        logits[user, reading.rows] = -np.inf
    own = logits[np.arange(len(users.targets)), users.targets]
    return float((np.logaddexp.reduce(logits, axis=1) - own).mean())


def test_the_weights_end_at_the_scale_of_a_likelihood(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ranks do not tell a scale; the bias makes the mean of exp(logit) over the items about one."""
    monkeypatch.setattr("shelftalker.scorer.mixing._refined", lambda parts, held, found: 3 * found)
    one, users = side(chain()), held()
    found = fit_mix(one, users, Mix())
    best = surprise(logits_of(one, users, 1.0, found), users)
    assert best < surprise(logits_of(one, users, 0.7, found), users)
    assert best < surprise(logits_of(one, users, 1.4, found), users)
    level = np.log(np.exp(logits_of(one, users, 1.0, found) + found.bias).mean(axis=1)).mean()
    assert level == pytest.approx(0, abs=1e-3)


def test_weights_are_scaled_where_that_ranks_better() -> None:
    """By likelihood a part that is right now and then can outweigh one that ranks better."""
    one, users = side(chain()), held()
    parts = one.parts(users.readings, Mix(), slice(None))
    poor = np.array([0, 1.0, 0, 1.2], np.float32)
    refined = _refined(parts, users, poor)
    assert users.mean_ndcg(parts @ refined) > users.mean_ndcg(parts @ poor) + 0.01
