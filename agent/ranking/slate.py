"""Fill the k places of an answer: pinned items first, then relevance against diversity, caps per
attribute, shares of attention, and random exploration with known propensities.

Places are filled one after the other. Without randomness a place gets the best item by maximal
marginal relevance (Carbonell and Goldstein 1998). With randomness the item is drawn, and the
probability of that draw, given the places before it, is returned: off-policy estimators need it.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from shelftalker.data.catalog import Item
from shelftalker.data.values import texts_of
from shelftalker.ranking.exposure import Attention, Floats
from shelftalker.ranking.shop_rules import Rules


@dataclass(frozen=True, slots=True)
class Slate:
    """`order`: indexes into the shortlist, best place first. `propensities`: the probability that
    each got its place. The first `pinned` places are pinned by the shop."""

    order: tuple[int, ...]
    propensities: tuple[float, ...]
    pinned: int = 0


class Places:
    """The places of an answer, filled one after the other from a shortlist of n items.

    `log_probabilities`: [n]. Items are similar by their share of attribute values in common. A cap
    is exceeded only where no other item is left. `pinned`: indexes that come first; `visitor`: for
    whom shares of attention are rounded up or down; `new`: indexes of items that nobody has taken.
    """

    def __init__(
        self,
        items: Sequence[Item],
        log_probabilities: npt.ArrayLike,
        k: int,
        rules: Rules,
        *,
        pinned: Sequence[int] = (),
        visitor: str = "",
        new: Sequence[int] = (),
    ) -> None:
        self._items, self._rules, self._pinned, self._new = items, rules, pinned, frozenset(new)
        self._log_p = np.asarray(log_probabilities, np.float64)
        self._similar = _similarity(items) if rules.diversity else None
        self._taken: Counter[tuple[str, str]] = Counter()
        self._k = min(k, len(items))
        self._attention = (
            Attention(rules.exposure, items, self._k, visitor)
            if rules.exposure and self._k
            else None
        )
        self._order: list[int] = []
        self._left = [int(i) for i in np.argsort(-self._log_p, kind="stable")]

    def arranged(self, random: np.random.Generator | None = None) -> Slate:
        """The k places filled."""
        rules, random = self._rules, random or np.random.default_rng()
        propensities = []
        while len(self._order) < self._k:
            shares = self._shares()
            chosen = int(np.argmax(shares))
            if rules.explore or rules.explore_new or rules.sample:
                chosen = int(random.choice(len(shares), p=shares))
            self._take(chosen)
            propensities.append(float(shares[chosen]))
        pinned = min(len(self._pinned), self._k)
        return Slate(tuple(self._order), tuple(propensities), pinned)

    def given(self, shown: Sequence[int]) -> Floats:
        """With which probability each item would get each place, given that the items above it are
        those that were shown: float64 [shown, n]. `shown`: indexes into the shortlist; -1 for an
        item that is not in it, below which all is 0."""
        shares = np.zeros((len(shown), len(self._items)))
        for place, item in enumerate(shown):
            if not self._left:
                break
            shares[place] = self._shares()
            if item not in self._left:
                break
            self._take(item)
        return shares

    def _take(self, item: int) -> None:
        """Give the next place to an item (an index)."""
        if self._attention:
            self._attention.take(item, len(self._order))
        self._taken.update(_capped(self._items[item], self._rules.caps))
        self._order.append(item)
        self._left.remove(item)

    def _shares(self) -> Floats:
        """The probability of each item to get the next place, float64 [n]."""
        shares, place = np.zeros(len(self._items)), len(self._order)
        if place < len(self._pinned):
            shares[self._pinned[place]] = 1.0
            return shares
        caps = self._rules.caps
        within = [i for i in self._left if all(
            self._taken[value] < caps[value[0]] for value in _capped(self._items[i], caps)
        )]  # fmt: skip
        candidates = within or self._left
        if self._attention:
            candidates = self._attention.allowed(candidates, place, place == len(self._pinned))
        shares[candidates] = self._shares_of(candidates)
        new = [i for i in candidates if i in self._new]
        if new and self._new.isdisjoint(self._order):
            shares *= 1 - self._rules.explore_new
            shares[new] += self._rules.explore_new / len(new)
        return shares

    def _shares_of(self, candidates: Sequence[int]) -> Floats:
        """The probability of each candidate to get the next place, but for new items."""
        rules = self._rules
        relevance = np.exp(self._log_p[list(candidates)] - self._log_p.max())
        like = np.zeros(len(candidates))
        if self._similar is not None and self._order:
            like = self._similar[np.ix_(list(candidates), self._order)].max(axis=1)
        if rules.sample:
            weights = relevance * (1 - rules.diversity * like) + 1e-12
            shares = weights / weights.sum()
        else:
            shares = np.zeros(len(candidates))
            shares[np.argmax((1 - rules.diversity) * relevance - rules.diversity * like)] = 1.0
        return np.asarray((1 - rules.explore) * shares + rules.explore / len(candidates))


def _capped(item: Item, caps: Mapping[str, int]) -> list[tuple[str, str]]:
    """The values of an item that count against a cap."""
    return [
        (field, text.casefold())
        for field in caps
        for text in dict.fromkeys(texts_of(item.attributes.get(field, "")))
    ]


def _similarity(items: Sequence[Item]) -> Floats:
    values = [
        {(f, text.casefold()) for f, v in item.attributes.items() for text in texts_of(v)}
        for item in items
    ]
    return np.array([[len(a & b) / max(len(a | b), 1) for b in values] for a in values])
