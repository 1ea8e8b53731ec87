"""One domain as it serves: catalogue, scorer, request reader, pick weights, facts of a user.

`fit` trains a domain's scorer and publishes it; `domain_store` holds the domains of a workspace.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from shelftalker.data.catalog import Catalog, Item
from shelftalker.data.events import Event
from shelftalker.data.filters import RANKED, Filter, allowed
from shelftalker.data.profile import Profile
from shelftalker.language.detect import of_titles
from shelftalker.ranking.pick import pick_lines
from shelftalker.ranking.pick_weights import PickWeights
from shelftalker.ranking.shop_rules import Rules
from shelftalker.scorer.base import Floats
from shelftalker.scorer.two_tower import TwoTowerScorer
from shelftalker.types import Evidence, Reason, Request, Scored
from shelftalker.understanding.llm import LlmReader
from shelftalker.understanding.rule_reader import RequestReading, RuleReader
from shelftalker.understanding.rules.item_kinds import of_kind
from shelftalker.writing.evidence import choose_evidence
from shelftalker.writing.history import HistoryIndex, Past

HISTORY_SHOWN = 100
TITLES_READ = 1000
"""Titles that tell the language of a catalogue."""
AVOID_WEIGHT = 0.5


@dataclass(frozen=True)
class Domain:
    """What serves one domain now; replaced as a whole, never changed. `reader` reads by rules and
    knows the vocabulary; `llm_reader` reads on top of it, where the workspace names an LLM."""

    name: str
    catalog: Catalog
    scorer: TwoTowerScorer
    scorer_version: str
    adapter: str | None
    weights: PickWeights
    reader: RuleReader
    rules: Rules
    llm_reader: LlmReader | None = None

    async def read(self, message: str, language: str | None = None) -> RequestReading:
        """What a message asks for, read by all that this domain has for it."""
        return await (self.llm_reader or self.reader).aread(message, language)

    def shortlist(self, profile: Profile, request: Request, n: int) -> list[Scored]:
        """The n best items that filters and rules allow and the user has not dealt with. What the
        rules pin is among them, whatever its score."""
        filters = [*profile.filters, *request.filters, *self.rules.filters]
        history = [*profile.history, *_likes(profile.user, request)]
        if any(condition.op in RANKED for condition in filters):
            filters = [*filters, *self._among(profile, request, filters)]
        mask = allowed(self.catalog, filters)

        def best(among: npt.NDArray[np.bool_], count: int) -> list[Scored]:
            if request.avoid:
                return self._shortlist_avoiding(history, request, count, among)
            return self.scorer.shortlist(history, text=request.text, n=count, allowed=among)

        found = best(mask, n)
        pins = {
            scored.item_id: scored
            for pin in self.rules.pin
            for scored in best(mask & allowed(self.catalog, [pin.filter()]), len(pin.ids) or 1)
        }
        others = [scored for scored in found if scored.item_id not in pins]
        chosen = [*list(pins.values())[:n], *others[: max(n - len(pins), 0)]]
        return sorted(chosen, key=lambda scored: -scored.logit)

    def _among(self, profile: Profile, request: Request, filters: Sequence[Filter]) -> list[Filter]:
        """What the cheapest is the cheapest of: items not dealt with, of the kind it names."""
        among = [Filter("id", "excludes", tuple(profile.seen))]
        held = [condition for condition in filters if condition.op not in RANKED]
        left = allowed(self.catalog, [*held, *among])
        vocabulary = self.reader.vocabulary
        kind = of_kind(request.message, request.text, self.catalog, vocabulary, left)
        if kind is not None:
            ids = tuple(self.catalog.ids[row] for row in np.flatnonzero(kind))
            among.append(Filter("id", "any_of", ids))
        return among

    def pinned(self, shortlist: Sequence[Scored]) -> list[int]:
        """Which of a shortlist the rules put first, in the rules' order."""
        rows = [self.catalog.row(scored.item_id) for scored in shortlist]
        places: dict[int, None] = {}
        for pin in self.rules.pin:
            mask = allowed(self.catalog, [pin.filter()])
            meant = [place for place, row in enumerate(rows) if mask[row]]
            if pin.ids:
                meant.sort(key=lambda place: pin.ids.index(shortlist[place].item_id))
            places.update(dict.fromkeys(meant if pin.ids else meant[:1]))
        return list(places)

    def _shortlist_avoiding(
        self, history: Sequence[Event], request: Request, n: int, mask: npt.NDArray[np.bool_]
    ) -> list[Scored]:
        """What the avoided words would add to each logit is taken off it."""
        wanted, avoided, bare = self.scorer.logits([history] * 3, [request.text, request.avoid, ""])
        logits = wanted - AVOID_WEIGHT * (avoided - bare)
        mask = mask.copy()
        mask[self.catalog.rows([event.item for event in history])] = False
        rows = np.flatnonzero(mask)
        best = rows[np.argsort(-logits[rows], kind="stable")[:n]]
        return [
            Scored(self.catalog.ids[row], float(logits[row]), float(1 / (1 + np.exp(-logits[row]))))
            for row in best
        ]

    def asked_for(
        self, profile: Profile, request: Request, shortlist: Sequence[Scored]
    ) -> npt.NDArray[np.float64]:
        """What a request adds to the logits of a shortlist, float64 [n]: what it says in words,
        what it would avoid, and the items that it names as examples."""
        if not shortlist or not (request.text or request.avoid or request.like):
            return np.zeros(len(shortlist))
        [bare] = self.scorer.logits([profile.history], items=[s.item_id for s in shortlist])
        asked: npt.NDArray[np.float64] = np.array([s.logit for s in shortlist]) - bare
        return asked

    def shares(self, shortlist: Sequence[Scored]) -> list[float]:
        """Softmax of the shortlist's logits."""
        if not shortlist:
            return []
        logits = np.array([scored.logit for scored in shortlist])
        odds = np.exp(logits - logits.max())
        return [float(share) for share in odds / odds.sum()]

    def popularity_of(self, shortlist: Sequence[Scored]) -> Floats:
        """log(1 + events) of the shortlisted items."""
        return self.scorer.popularity()[self.catalog.rows([s.item_id for s in shortlist])]

    def reasons(
        self, profile: Profile, request: Request, items: Sequence[Item]
    ) -> list[list[Reason]]:
        """For each item, the history items that speak most for it."""
        if not profile.history or not items:
            return [[] for _ in items]
        ids = [item.id for item in items]
        return self.scorer.reasons_of(profile.history, ids, text=request.text)

    def past(self, profile: Profile) -> HistoryIndex:
        """The user's latest events on items of the catalogue, newest first, each item once."""
        latest: dict[str, Event] = {}
        for event in reversed(profile.history):
            if event.item in self.catalog:
                latest.setdefault(event.item, event)
        newest = list(latest.values())[:HISTORY_SHOWN]
        return HistoryIndex(Past(event, self.catalog[event.item]) for event in newest)

    def language_for(self, profile: Profile) -> str:
        """What to write in where no message tells: the language of the titles that the user has
        dealt with, else of the catalogue's."""
        known = [
            self.catalog[event.item].title
            for event in profile.history
            if event.item in self.catalog
        ]
        return of_titles(known[-HISTORY_SHOWN:]) if known else self._own_language

    @cached_property
    def _own_language(self) -> str:
        return of_titles(self.catalog.frame["title"].head(TITLES_READ))

    def history_lines(self, profile: Profile) -> list[str]:
        """Titles for the pick's prompt, newest first."""
        return pick_lines(self.catalog, profile.history)

    def evidence(
        self, item: Item, past: Sequence[Past], request: Request, reasons: Sequence[Reason]
    ) -> tuple[Evidence, ...]:
        """The few facts that matter to this user about this item."""
        return tuple(choose_evidence(item, reasons, past, request))


def _likes(user: str, request: Request) -> list[Event]:
    """Items that the message names as examples count as liked, for this request only."""
    return [Event(user, item_id, "like") for item_id in request.like]
