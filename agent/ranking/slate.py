"""Fill the k places of an answer: pinned items first, then relevance against diversity, caps per
attribute, and random exploration with known propensities.

Places are filled one after the other. Without randomness a place gets the best item by maximal
marginal relevance (Carbonell and Goldstein 1998). With randomness the item is drawn, and the
probability of that draw, given the places before it, is returned: off-policy estimators (inverse
propensity, doubly robust) need it.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from shelftalker.data.catalog import Item
from shelftalker.data.values import texts_of
from shelftalker.ranking.shop_rules import Rules

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Slate:
    """`order`: indexes into the shortlist, best place first. `propensities`: the probability that
    each got its place. The first `pinned` places are pinned by the shop."""

    order: tuple[int, ...]
    propensities: tuple[float, ...]
    pinned: int = 0


def arrange(
    items: Sequence[Item],
    log_probabilities: npt.ArrayLike,
    k: int,
    rules: Rules,
    *,
    pinned: Sequence[int] = (),
    similarity: npt.ArrayLike | None = None,
    random: np.random.Generator | None = None,
) -> Slate:
    """Fill k places from a shortlist of n items.

    `log_probabilities`: [n]. `pinned`: indexes that come first. `similarity`: [n, n] in 0..1; by
    default, the share of attribute values in common. A cap is exceeded only where no other item is
    left.
    """
    log_p = np.asarray(log_probabilities, np.float64)
    left = [int(i) for i in np.argsort(-log_p, kind="stable") if i not in pinned]
    order = [int(i) for i in pinned][:k]
    propensities = [1.0] * len(order)
    n_pinned = len(order)
    similar = _similarity(items, similarity) if rules.diversity else None
    random = random or np.random.default_rng()
    taken = Counter(value for i in order for value in _capped(items[i], rules.caps))
    while left and len(order) < k:
        within = [i for i in left if all(
            taken[value] < rules.caps[value[0]] for value in _capped(items[i], rules.caps)
        )]  # fmt: skip
        candidates = within or left
        shares = _shares(candidates, order, log_p, similar, rules)
        place = int(np.argmax(shares))
        if rules.explore or rules.sample:
            place = int(random.choice(len(candidates), p=shares))
        chosen = candidates[place]
        order.append(chosen)
        propensities.append(float(shares[place]))
        left.remove(chosen)
        taken.update(_capped(items[chosen], rules.caps))
    return Slate(tuple(order), tuple(propensities), n_pinned)


def _shares(
    candidates: Sequence[int],
    order: Sequence[int],
    log_p: Floats,
    similar: Floats | None,
    rules: Rules,
) -> Floats:
    """The probability of each candidate to get the next place."""
    relevance = np.exp(log_p[list(candidates)] - log_p.max())
    like = np.zeros(len(candidates))
    if similar is not None and order:
        like = similar[np.ix_(list(candidates), list(order))].max(axis=1)
    if rules.sample:
        weights = relevance * (1 - rules.diversity * like) + 1e-12
        shares = weights / weights.sum()
    else:
        shares = np.zeros(len(candidates))
        shares[np.argmax((1 - rules.diversity) * relevance - rules.diversity * like)] = 1.0
    mixed: Floats = (1 - rules.explore) * shares + rules.explore / len(candidates)
    return mixed


def _capped(item: Item, caps: Mapping[str, int]) -> list[tuple[str, str]]:
    """The values of an item that count against a cap."""
    return [
        (field, text.casefold())
        for field in caps
        for text in dict.fromkeys(texts_of(item.attributes.get(field, "")))
    ]


def _similarity(items: Sequence[Item], similarity: npt.ArrayLike | None) -> Floats:
    if similarity is not None:
        return np.asarray(similarity, np.float64)
    values = [
        {(f, text.casefold()) for f, v in item.attributes.items() for text in texts_of(v)}
        for item in items
    ]
    return np.array([[len(a & b) / max(len(a | b), 1) for b in values] for a in values])
