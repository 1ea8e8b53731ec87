"""From probabilities to the k places of an answer: pins first, then relevance against likeness,
caps per attribute, and a share of chance whose propensity is known.

Each place is filled in turn. Without chance it takes the best item by maximal marginal relevance
(Carbonell and Goldstein 1998). With chance the place's item is drawn, and the probability with
which it was drawn, given the places before it, is kept: off-policy estimators (inverse propensity,
doubly robust) need it.
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
    """`order`: indexes into the shortlist, best place first. `propensities`: the probability with
    which each was placed there. The first `pinned` of them are the shop's."""

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
    chance: np.random.Generator | None = None,
) -> Slate:
    """Fill k places out of a shortlist.

    `pinned`: indexes that come first. `similarity`: [n, n] in 0..1; without it, the share of
    attribute values in common. A cap gives way only when no item within it is left.
    """
    log_p = np.asarray(log_probabilities, np.float64)
    left = [int(i) for i in np.argsort(-log_p, kind="stable") if i not in pinned]
    order = [int(i) for i in pinned][:k]
    propensities = [1.0] * len(order)
    shop = len(order)
    alike = _likeness(items, similarity) if rules.diversity else None
    chance = chance or np.random.default_rng()
    taken = Counter(value for i in order for value in _capped(items[i], rules.caps))
    while left and len(order) < k:
        within = [i for i in left if all(
            taken[value] < rules.caps[value[0]] for value in _capped(items[i], rules.caps)
        )]  # fmt: skip
        open_to = within or left
        shares = _shares(open_to, order, log_p, alike, rules)
        place = int(np.argmax(shares))
        if rules.explore or rules.sample:
            place = int(chance.choice(len(open_to), p=shares))
        chosen = open_to[place]
        order.append(chosen)
        propensities.append(float(shares[place]))
        left.remove(chosen)
        taken.update(_capped(items[chosen], rules.caps))
    return Slate(tuple(order), tuple(propensities), shop)


def _shares(
    open_to: Sequence[int], order: Sequence[int], log_p: Floats, alike: Floats | None, rules: Rules
) -> Floats:
    """The probability with which each open item takes the next place."""
    relevance = np.exp(log_p[list(open_to)] - log_p.max())
    like = np.zeros(len(open_to))
    if alike is not None and order:
        like = alike[np.ix_(list(open_to), list(order))].max(axis=1)
    if rules.sample:
        weights = relevance * (1 - rules.diversity * like) + 1e-12
        shares = weights / weights.sum()
    else:
        shares = np.zeros(len(open_to))
        shares[np.argmax((1 - rules.diversity) * relevance - rules.diversity * like)] = 1.0
    mixed: Floats = (1 - rules.explore) * shares + rules.explore / len(open_to)
    return mixed


def _capped(item: Item, caps: Mapping[str, int]) -> list[tuple[str, str]]:
    """The values of an item that count against a cap."""
    return [
        (field, text.casefold())
        for field in caps
        for text in dict.fromkeys(texts_of(item.attributes.get(field, "")))
    ]


def _likeness(items: Sequence[Item], similarity: npt.ArrayLike | None) -> Floats:
    if similarity is not None:
        return np.asarray(similarity, np.float64)
    values = [
        {(f, text.casefold()) for f, v in item.attributes.items() for text in texts_of(v)}
        for item in items
    ]
    return np.array([[len(a & b) / max(len(a | b), 1) for b in values] for a in values])
