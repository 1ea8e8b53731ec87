"""Groups' shares of attention in an answer: the `[[exposure]]` floors and caps of `rules.toml`.

A place counts 1 / log2(place + 1), as in NDCG (Singh and Joachims, KDD 2018). Places are filled
greedily: the best item after which the floors can still be reached and no cap is exceeded (after
Geyik, Ambler and Kenthapadi, KDD 2019). Places are whole, so a share is met over all visitors: a
share between two possible ones is rounded up for some visitors and down for the others.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from shelftalker.data.catalog import Catalog, Item
from shelftalker.data.field_index import list_members, value_key
from shelftalker.ranking.dealing import place_of
from shelftalker.ranking.shop_rules import Exposure

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
EPSILON = 1e-9


def attention(k: int) -> Floats:
    """What each of k places counts, float64 [k]."""
    return np.asarray(1 / np.log2(np.arange(k) + 2))


def members(rule: Exposure, items: Sequence[Item]) -> Mask:
    """Which items are of a rule's group, bool [n]; without a value, those that lack the field."""
    values = [list_members(item.facts().get(rule.field)) for item in items]
    if rule.value is None:
        return np.array([not own for own in values], bool)
    return np.array([value_key(rule.value) in map(value_key, own) for own in values], bool)


def group_rows(rule: Exposure, catalog: Catalog) -> Mask:
    """`members` for a whole catalogue, bool [items]."""
    column = catalog.column(rule.field)
    if rule.value is None:
        return np.array([not list_members(value) for value in column.values], bool)
    mask = np.zeros(len(catalog), bool)
    mask[column.rows.get(value_key(rule.value), [])] = True
    return mask


class Attention:
    """The attention that each group has got in an answer so far."""

    def __init__(
        self, rules: Sequence[Exposure], items: Sequence[Item], k: int, visitor: str
    ) -> None:
        self._weights = attention(k)
        self._of = np.array([members(rule, items) for rule in rules]).reshape(len(rules), -1)
        shares = [(rule.floor, rule.cap, place_of(visitor, rule.field, rule.value or ""))
                  for rule in rules]  # fmt: skip
        floors = np.array([_rounded(floor, self._weights, at) for floor, _, at in shares])
        self._caps = np.array([_rounded(cap, self._weights, at) for _, cap, at in shares])
        reach = [self._weights[:count].sum() for count in self._of.sum(1)]
        self._needs = np.minimum(floors, reach)
        self._protected = np.array([rule.floor > 0 for rule in rules])
        self._had = np.zeros(len(rules))

    def take(self, item: int, place: int) -> None:
        """An item (an index) got a place."""
        self._had += self._of[:, item] * self._weights[place]

    def allowed(self, left: Sequence[int], place: int, first: bool) -> list[int]:
        """The items of `left` (indexes, best first) that may get a place; never none. `first`:
        whether it is the first free place, which a protected item keeps if it is the best."""
        if first and (self._of[:, left[0]] & self._protected).any():
            return list(left)
        of = self._of[:, list(left)]  # [rules, left]
        groups, kind = np.unique(of, axis=1, return_inverse=True)  # items of the same groups
        had = self._had[:, None] + groups * self._weights[place]
        within = ((had <= self._caps[:, None] + EPSILON) | ~groups).all(0)
        counts = of.sum(1)[:, None] - groups
        needs = self._needs[:, None] - had
        reached = np.array(
            [self._reached(*own, place + 1) for own in zip(needs.T, counts.T, strict=True)]
        )
        if not reached.any():  # no item does for all floors: one of the group that lacks most
            reached = groups[int(np.argmax(self._needs - self._had))]
        for mask in (within & reached, reached, within):
            if mask.any():
                return [item for item, own in zip(left, kind.ravel(), strict=True) if mask[own]]
        return list(left)

    def _reached(self, needs: Floats, counts: npt.NDArray[np.int64], place: int) -> bool:
        """Whether the places from `place` on can meet what the groups still need with so many
        items each: a place goes to the group that lacks most."""
        needs, counts = needs.copy(), counts.copy()
        for weight in self._weights[place:]:
            most = int(np.argmax(np.where(counts > 0, needs, 0.0)))
            if counts[most] <= 0 or needs[most] <= EPSILON:
                break
            needs[most] -= weight
            counts[most] -= 1
        return bool((needs <= EPSILON).all())


def _rounded(share: float, weights: Floats, at: float) -> float:
    """A share of the attention as a sum of last places, rounded so that the mean over `at` in
    [0, 1) is the share."""
    wanted = share * weights.sum()
    sums = np.concatenate([[0.0], np.cumsum(weights[::-1])])
    above = int(np.searchsorted(sums, wanted - EPSILON))
    if above == 0 or sums[above] <= wanted + EPSILON:
        return float(sums[above])
    low, high = sums[above - 1], sums[above]
    return float(high if at < (wanted - low) / (high - low) else low)
