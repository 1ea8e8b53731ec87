"""Shortlists of one domain: the scorer's best items under filters, shop rules, pins, superlatives
("the cheapest") and words to avoid.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import ceil
from typing import Any

import numpy as np
import numpy.typing as npt

from shelftalker.data.catalog import Catalog
from shelftalker.data.events import Event
from shelftalker.data.filters import RANKED, Filter, allowed_items
from shelftalker.data.item_types import noun_of
from shelftalker.data.party_size import people_asked, people_of
from shelftalker.data.profile import Profile
from shelftalker.language.stance import stance
from shelftalker.language.stems import has_chinese, stems_of
from shelftalker.ranking.exposure import group_rows
from shelftalker.ranking.price_leaning import price_leaning
from shelftalker.ranking.shop_rules import Rules
from shelftalker.ranking.text_search import TextSearch
from shelftalker.scorer.base import Floats, Mask
from shelftalker.scorer.two_tower import TwoTowerScorer
from shelftalker.serving.taken import is_once_more, names_child, taken_of
from shelftalker.types import Nearness, Request, Scored
from shelftalker.understanding.rules.item_kinds import kind_asked, of_kind
from shelftalker.understanding.rules.vocabulary import CatalogVocabulary
from shelftalker.writing.compose.conditions import POLITE
from shelftalker.writing.verifier.facts import content_of

AVOID_WEIGHT = 0.5
"""Share of the logit of the avoided words that is subtracted."""
SAID, DENIED = 8.0, 5.0
"""Taken from the logit of items whose text has an avoided word; added where a text denies it."""
CALLED = 4.0
"""Added to the logit of items that are called what a request names."""
NEAREST, NEAR = 0.001, 0.005
"""Shares of a catalogue of products whose meaning is nearest to a request."""
FAR = 0.01
"""Share of a catalogue beyond which a meaning is no nearer than any other."""
NEAREST_OF_KIND, OTHER_KIND, SAME_KIND = 0.5, 1.0, 2.5
"""Standard deviations of the meaning behind the nearest: for an item of the kind to be what is
asked for, and for others to be offered beside it."""
SAMPLE = 100
"""Items by which a catalogue is known as one of products."""
MOST_WORDS, SOME_WORDS = 0.6, 0.5
"""Shares of a request's words, by their rarity, that an item close to it has."""


@dataclass(frozen=True)
class Shortlister:
    """Makes the shortlists of one state of a domain."""

    catalog: Catalog
    scorer: TwoTowerScorer
    rules: Rules
    vocabulary: CatalogVocabulary
    search: TextSearch | None = None

    def shortlist(
        self,
        profile: Profile,
        request: Request,
        n: int,
        picture: npt.NDArray[np.floating[Any]] | None = None,
        logits: Floats | None = None,
    ) -> list[Scored]:
        """The n best items that filters and rules allow and the user has no event on, may take
        again or asks for. `picture` float [picture_dim]: a vector that theirs should be like.
        `logits`: as in `TwoTowerScorer.shortlist`, of a request without examples.

        Pinned items are included whatever their score, and so are enough items of a group that has
        a floor of attention, and enough that nobody has taken if `explore_new` is set.
        """
        likeness = None if picture is None else self.scorer.like_picture(picture)
        filters = [*profile.filters, *request.filters, *self.rules.filters]
        likes = (Event(profile.user, item, "like") for item in request.like)
        history = (*profile.history, *likes)  # examples count as liked, for this request only
        if any(condition.op in RANKED for condition in filters):
            filters = [*filters, *self._compared(profile, request, filters)]
        mask = allowed_items(self.catalog, filters) & ~self._known(history)
        if is_once_more(request) and (taken := self.taken(profile, request)).any():
            mask = taken
        fitting = self._fitting(request, mask)

        def best(among: Mask, count: int) -> list[Scored]:
            leaning = price_leaning(request, filters, self.catalog, among)
            leaning = leaning if likeness is None else leaning + likeness
            own = logits
            if request.avoid or request.like or (request.text and self.search) or leaning.any():
                own = self._asked(history, request, leaning)
            return self.scorer.shortlist(
                history, text=request.text, n=count, allowed=among, exclude_seen=False,
                logits=own, now=profile.now,
            )  # fmt: skip

        def one_of_each(among: Mask, count: int) -> list[Scored]:
            asked = 2 * count  # a second search costs more than a longer list
            while True:
                scored = best(among, asked)
                distinct = self._one_of_each_group(scored)
                if len(distinct) >= count or len(scored) < asked:
                    return distinct[:count]
                asked *= 2

        unpinned = one_of_each(fitting, n)
        wanted = [
            (mask & allowed_items(self.catalog, [pin.filter()]), len(pin.ids) or 1)
            for pin in self.rules.pin
        ]
        wanted += [(mask & group, ceil(share * n)) for group, share in self._protected]
        included = {
            scored.item_id: scored
            for among, count in wanted
            for scored in one_of_each(among, count)
        }
        others = [scored for scored in unpinned if scored.item_id not in included]
        chosen = [*list(included.values())[:n], *others[: max(n - len(included), 0)]]
        return sorted(chosen, key=lambda scored: -scored.logit)

    def _known(self, history: Sequence[Event]) -> Mask:
        """The items of a history that are not offered again, and their variants, bool [items]."""
        known = self.catalog.in_groups_of([event.item for event in history])
        known[self.catalog.rows([event.item for event in history])] = True
        if self.rules.again:
            known[self.scorer.may_return(history)] = False
        return known

    def taken(self, profile: Profile, request: Request) -> Mask:
        """As `taken_of`, bool [items]."""
        filters = [*profile.filters, *request.filters, *self.rules.filters]
        kind = self._kind(request) if self._sells_things else None
        known = self._known(profile.history)
        return taken_of(request, known, filters, kind, self.catalog, self.vocabulary)

    @cached_property
    def _protected(self) -> list[tuple[Mask, float]]:
        """The items of each group with a floor, bool [items], and the floor; so too those that
        nobody has taken, if they are explored."""
        rules = (rule for rule in self.rules.exposure if rule.floor)
        floors = [(group_rows(rule, self.catalog), rule.floor) for rule in rules]
        new = self.scorer.popularity() == 0
        return floors + [(new, self.rules.explore_new)] * bool(self.rules.explore_new)

    def nearness(self, text: str, rows: Sequence[int]) -> list[Nearness]:
        """How near items are to what a text asks for, as far as can be told. Those are `close`
        that have most of its words; products also with some of them and a near meaning, or with
        the nearest meaning of all, which tells little of a film's mood. Those are `far` that have
        none of its words and a meaning as far as that of most."""
        if not text or not rows:
            return ["near"] * len(rows)
        [meaning] = self.scorer.logits([()], [text])  # without a history there is nothing else
        held = self._held(text)
        nearest, near = (meaning >= self._least(meaning, share) for share in (NEAREST, NEAR))
        close = held >= MOST_WORDS
        if self.scorer.side.subjects is None:
            close |= (near & (held >= SOME_WORDS)) | nearest
        far = ~close & (held <= 0) & (meaning < self._least(meaning, FAR))
        return ["close" if close[row] else "far" if far[row] else "near" for row in rows]

    def _held(self, text: str) -> Floats:
        """The share of a text's words that each item has, by their rarity, float32 [items]."""
        asked = text if has_chinese(text) else " ".join(_telling(text))
        found = self.search.coverage(asked) if self.search else np.zeros(len(self.catalog))
        return found.astype(np.float32)

    def _fitting(self, request: Request, mask: Mask) -> Mask:
        """The items that a shop would offer: none for more or fewer people than a request is for.
        Where it names a product, none for children unless it names one; and where a product is
        called so and has the nearest meaning too, only those called so or near in meaning, as
        scissors are no reason to show a ruler."""
        if people := people_asked(request.message):
            least, most = self._party_sizes.T
            room = mask & (least <= people) & (people <= most)
            mask = room if room.any() else mask
        kind = self._kind(request) if self._sells_things else None
        if kind is None or not (mask & kind).any():
            return mask
        grown = mask & ~self._for_children
        if not names_child(request.message) and (grown & kind).any():
            mask = grown
        [meaning] = self.scorer.logits([()], [request.text])
        behind = (meaning[mask].max() - meaning) / (meaning.std() or 1.0)
        if not (mask & kind & (behind <= NEAREST_OF_KIND)).any():
            return mask
        fitting: Mask = mask & ((behind <= OTHER_KIND) | (kind & (behind <= SAME_KIND)))
        return fitting

    @cached_property
    def _for_children(self) -> Mask:
        """The items whose title names a child, bool [items]."""
        return np.array([names_child(self.catalog[one].title) for one in self.catalog.ids])

    @cached_property
    def _party_sizes(self) -> Floats:
        """The least and the largest number of people that each item is for, float32 [items, 2]."""
        sizes = [people_of(self.catalog[one]) or (0.0, np.inf) for one in self.catalog.ids]
        return np.array(sizes, np.float32)

    def _kind(self, request: Request) -> Mask | None:
        return kind_asked(request.message, request.text, self.catalog, self.vocabulary)

    @cached_property
    def _sells_things(self) -> bool:
        """Whether most items are products."""
        some = self.catalog.ids[:SAMPLE]
        return 2 * sum(noun_of(self.catalog[one]) == "thing" for one in some) > len(some)

    @staticmethod
    def _least(scores: Floats, share: float) -> float:
        """The least of the largest scores, of this share of all but of two at least."""
        count = min(len(scores), max(2, round(share * len(scores))))
        return float(np.partition(scores, -count)[-count])

    def _one_of_each_group(self, ranked: Sequence[Scored]) -> list[Scored]:
        """The first item of each group of variants and duplicates."""
        groups = self.catalog.groups[self.catalog.rows([scored.item_id for scored in ranked])]
        firsts = dict(zip(groups[::-1].tolist(), ranked[::-1], strict=True))
        return [firsts[group] for group in dict.fromkeys(groups.tolist())]

    def pinned(self, shortlist: Sequence[Scored]) -> list[int]:
        """The places in a shortlist that the rules put first, in the order of the rules."""
        rows = [self.catalog.row(scored.item_id) for scored in shortlist]
        places: dict[int, None] = {}
        for pin in self.rules.pin:
            mask = allowed_items(self.catalog, [pin.filter()])
            matching = [place for place, row in enumerate(rows) if mask[row]]
            if pin.ids:
                matching.sort(key=lambda place: pin.ids.index(shortlist[place].item_id))
            places.update(dict.fromkeys(matching if pin.ids else matching[:1]))
        return list(places)

    def _compared(
        self, profile: Profile, request: Request, filters: Sequence[Filter]
    ) -> list[Filter]:
        """Among which a superlative is computed: the named kind, without what the user had."""
        compared = [Filter("id", "excludes", tuple(profile.seen))]
        absolute = [condition for condition in filters if condition.op not in RANKED]
        left = allowed_items(self.catalog, [*absolute, *compared])
        kind = of_kind(request.message, request.text, self.catalog, self.vocabulary, left)
        if kind is not None:
            ids = tuple(self.catalog.ids[row] for row in np.flatnonzero(kind))
            compared.append(Filter("id", "any_of", ids))
        return compared

    def _asked(self, history: Sequence[Event], request: Request, leaning: Floats) -> Floats:
        """The logits, with likeness to the examples, the words of the items' texts and the leaning,
        minus what the avoided words would add to the first and the third, float32 [items]."""
        texts = [request.text, request.avoid, ""] if request.avoid else [request.text]
        bare, *avoided = self.scorer.logits([history] * len(texts), texts)
        logits: Floats = bare + leaning
        if examples := self.catalog.rows(request.like):
            side, mix = self.scorer.side, self.scorer.weights.mix
            logits += np.mean([side.likeness(row, mix) for row in examples], axis=0)
        if (called := self._kind(request)) is not None:
            logits += CALLED * called
        if self.search:
            logits += self.scorer.weights.mix.text * self.search.scores(request.text)
        if avoided:
            logits -= self._avoided(request.avoid, avoided[0] - avoided[1])
        return logits

    def _avoided(self, avoid: str, added: Floats) -> Floats:
        """What a wish to be without something takes from the logits, float32 [items]: a share of
        what its words would add (`added`: by meaning), much where a text says them, and the
        opposite where it denies them."""
        if self.search is None:
            return np.float32(AVOID_WEIGHT) * added
        held = np.float32(self.scorer.weights.mix.text) * self.search.scores(avoid)
        taken: Floats = np.float32(AVOID_WEIGHT) * (added + held)
        for word in _telling(avoid):
            for row in self.search.holding(word):
                found = stance(self.catalog[self.catalog.ids[row]].embedding_text(), word)
                if found == "denies":
                    taken[row] = -DENIED
                taken[row] += SAID if found == "says" else 0.0
        return taken


def _telling(text: str) -> list[str]:
    """The stems of a text that say what is asked for."""
    return [word for word in content_of(stems_of(text)) if word not in POLITE]
