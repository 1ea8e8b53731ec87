"""`Domain`: one state of a domain in service, and what a request computes from it. Under an
experiment there is one for each arm: the state in service, changed as the arm says.

`domain_store` loads and replaces the domains of a workspace.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import islice
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.special import softmax

from shelftalker.data.catalog import Catalog, Item
from shelftalker.data.events import Event
from shelftalker.data.filters import allowed_items
from shelftalker.data.profile import Profile
from shelftalker.errors import AdapterError, InputError
from shelftalker.language.detect import detect, of_titles
from shelftalker.language.personal_data import without_personal_data
from shelftalker.ranking.experiments import EXPERIMENT_FILE, Arm, Experiment, read_experiment
from shelftalker.ranking.new_names import NewNames
from shelftalker.ranking.pick import pick_lines
from shelftalker.ranking.pick_weights import PickWeights, weights_of
from shelftalker.ranking.shop_rules import Rules, check_fields
from shelftalker.ranking.text_search import TextSearch
from shelftalker.scorer.base import Floats
from shelftalker.scorer.two_tower import TwoTowerScorer
from shelftalker.serving.shortlisting import Shortlister
from shelftalker.serving.taken import is_once_more
from shelftalker.store.versions import check_exists
from shelftalker.store.workspace import Workspace
from shelftalker.types import Reason, Request, Scored
from shelftalker.understanding.rule_reader import RuleReader
from shelftalker.understanding.turn import OPENING, TurnContext, TurnReader, TurnReading
from shelftalker.writing.history import HistoryIndex, Past

NO_REQUEST = Request()
HISTORY_SHOWN = 100
"""Latest history items that texts may refer to."""
TITLES_READ = 1000
"""Titles from which the language of a catalogue is detected."""


@dataclass(frozen=True)
class Domain:
    """An immutable state of a domain. `reader` reads messages by rules, with the catalogue's
    vocabulary; `search` finds words in it, where it is not large; `llm_reader` refines the reading
    with an LLM, where the workspace names one. `experiment`: the one under way, `arms`: the state
    for each of its arms, `arm`: which arm this state is; `composed`: no LLM writes; `hooks`:
    whether prepared texts are used."""

    name: str
    catalog: Catalog
    scorer: TwoTowerScorer
    scorer_version: str
    adapter: str | None
    weights: PickWeights
    reader: RuleReader
    rules: Rules
    search: TextSearch | None = None
    llm_reader: TurnReader | None = None
    experiment: Experiment | None = None
    arms: Mapping[str, "Domain"] = field(default_factory=dict)
    arm: str | None = None
    composed: bool = False
    hooks: bool = True

    def for_user(self, user: str) -> "Domain":
        """The state that a visitor is served with: that of their arm, where an experiment runs."""
        return self.arms[self.experiment.arm_of(user)] if self.experiment else self

    def offers(self, item_id: str) -> bool:
        """Whether an item is in the catalogue, available and not expired."""
        known = item_id in self.catalog
        return known and bool(allowed_items(self.catalog, ())[self.catalog.row(item_id)])

    def cleaned(self, message: str) -> str:
        """A message without personal data, such as a phone number, that no item is called by."""
        return without_personal_data(message, detect(message), self.catalog.names)

    async def read(self, message: str, situation: TurnContext = OPENING) -> TurnReading:
        """What a message says, by the LLM reader where there is one, else by rules."""
        reader: TurnReader = self.llm_reader or self.reader
        return await reader.aread(message, situation)

    @cached_property
    def shortlister(self) -> Shortlister:
        """Makes the shortlists of this domain."""
        vocabulary = self.reader.vocabulary
        return Shortlister(self.catalog, self.scorer, self.rules, vocabulary, self.search)

    def shortlist(
        self, profile: Profile, request: Request, n: int, picture: Path | None = None,
        logits: Floats | None = None,
    ) -> list[Scored]:  # fmt: skip
        """As `Shortlister.shortlist`. `picture`: a file that the items' pictures should be like.
        Raises `InputError` without the model that made their vectors."""
        vector = None
        if picture is not None:
            from shelftalker.scorer.picture_encoder import open_pictures  # loads torch

            known = self.catalog.pictures
            if known is None or not known.encoder:
                raise InputError(
                    f"domain {self.name!r} has no picture vectors of a model; make them with: "
                    "shelftalker pictures DIR --encoder NAME --images FOLDER, then fit"
                )
            vector = open_pictures(known.encoder).encode([picture])[0]
        return self.shortlister.shortlist(profile, request, n, vector, logits)

    def taken(self, profile: Profile, request: Request) -> list[str]:
        """Titles of what a request asks for and the user took before, unless it is asked for once
        more."""
        if not profile.history or is_once_more(request):
            return []
        rows = np.flatnonzero(self.shortlister.taken(profile, request))
        return [self.catalog[self.catalog.ids[row]].title for row in rows]

    def untaken(self, shortlist: Sequence[Scored]) -> list[int]:
        """The places in a shortlist of items that nobody has taken, if they are explored."""
        explored = self.rules.explore_new > 0
        return np.flatnonzero(self.popularity_of(shortlist) == 0).tolist() if explored else []

    def with_new_names(self, profile: Profile, shortlist: Sequence[Scored]) -> PickWeights:
        """The pick weights, with names for new items of a history and of a shortlist."""
        if self.weights.method != "names":
            return self.weights
        taken = [e.item for e in profile.history[-HISTORY_SHOWN:] if e.item in self.catalog]
        ids = [*taken, *(scored.item_id for scored in shortlist)]
        return replace(self.weights, names=self._new_names.of_items(ids))

    @cached_property
    def _new_names(self) -> NewNames:
        return NewNames.of(self.weights.names, self.catalog, self.scorer.side.centred)

    def asked_for(
        self, profile: Profile, request: Request, shortlist: Sequence[Scored]
    ) -> npt.NDArray[np.float64]:
        """What a request adds to the logits of a shortlist, float64 [n]: by its text, the words to
        avoid, and the items that it gives as examples."""
        if not shortlist or not (request.text or request.avoid or request.like):
            return np.zeros(len(shortlist))
        [bare] = self.scorer.logits([profile.history], items=[s.item_id for s in shortlist])
        asked: npt.NDArray[np.float64] = np.array([s.logit for s in shortlist]) - bare
        return asked

    def shares(self, shortlist: Sequence[Scored]) -> list[float]:
        """Softmax of the shortlist's logits."""
        shares: list[float] = softmax([s.logit for s in shortlist]).tolist() if shortlist else []
        return shares

    def popularity_of(self, shortlist: Sequence[Scored]) -> Floats:
        """log(1 + events) of the shortlisted items."""
        return self.scorer.popularity()[self.catalog.rows([s.item_id for s in shortlist])]

    def reasons(
        self, profile: Profile, request: Request, items: Sequence[Item]
    ) -> list[list[Reason]]:
        """For each item, the history items that raise its score most."""
        if not profile.history or not items:
            return [[] for _ in items]
        ids = [item.id for item in items]
        return self.scorer.reasons_of(profile.history, ids, text=request.text)

    def past(self, profile: Profile, request: Request = NO_REQUEST) -> HistoryIndex:
        """The examples of a request, and the user's latest events on items of the catalogue, newest
        first, each item once."""
        named = [
            Past(Event(profile.user, item, "like"), self.catalog[item], named=True)
            for item in request.like
            if item in self.catalog
        ]
        latest: dict[str, Event] = {}
        for event in reversed(profile.history):
            if event.item in self.catalog and event.item not in request.like:
                latest.setdefault(event.item, event)
        newest = list(latest.values())[:HISTORY_SHOWN]
        done = (Past(event, self.catalog[event.item]) for event in newest)
        return HistoryIndex([*named, *done])

    def language_for(self, profile: Profile) -> str:
        """The language to write in when no message shows it: that of the titles in the user's
        history, else of the catalogue's titles."""
        latest = (event.item for event in reversed(profile.history) if event.item in self.catalog)
        titles = [self.catalog[item].title for item in islice(latest, HISTORY_SHOWN)]
        return of_titles(titles) if titles else self.own_language

    @cached_property
    def own_language(self) -> str:
        """The language of the catalogue's titles."""
        return of_titles(self.catalog.frame["title"].head(TITLES_READ))

    def history_lines(self, profile: Profile) -> list[str]:
        """Titles of the history for the pick's prompt, newest first."""
        return pick_lines(self.catalog, profile.history)


def arm_scorers(workspace: Workspace, name: str) -> tuple[str, ...]:
    """The scorer versions that the arms of a domain name. Raises `WorkspaceError` for one that does
    not exist, and for a faulty file."""
    folder = workspace.domain_path(name)
    experiment = read_experiment(folder)
    arms = experiment.arms.values() if experiment else ()
    versions = sorted({arm.scorer for arm in arms if arm.scorer})
    for version in versions:
        check_exists(folder, "scorer", version)
    return tuple(versions)


def with_arms(
    workspace: Workspace, domain: Domain, scorers: Mapping[str, TwoTowerScorer]
) -> Domain:
    """The domain with the experiment under way, if there is one and all its scorers are loaded.
    Raises `WorkspaceError` where the file is faulty."""
    folder = workspace.domain_path(domain.name)
    experiment = read_experiment(folder)
    bare = replace(domain, experiment=None, arms={})
    if experiment is None or not set(arm_scorers(workspace, domain.name)) <= scorers.keys():
        return bare
    arms = {}
    for name, arm in experiment.arms.items():
        check_fields(folder / EXPERIMENT_FILE, arm.rules, domain.catalog)
        own = _changed(workspace, bare, arm, scorers)
        arms[name] = replace(own, experiment=experiment, arm=name)
    return replace(bare, experiment=experiment, arms=arms)


def _changed(
    workspace: Workspace, domain: Domain, arm: Arm, scorers: Mapping[str, TwoTowerScorer]
) -> Domain:
    rules = arm.changed(domain.rules)
    own = replace(domain, rules=rules, composed=arm.writer == "composed", hooks=arm.hooks)
    if arm.scorer is not None:
        own = replace(own, scorer=scorers[arm.scorer], scorer_version=arm.scorer)
    if arm.adapter is not None:
        adapter = arm.adapter or None
        own = replace(own, adapter=adapter, weights=usable_weights(workspace, own.name, adapter))
    return own


def usable_weights(workspace: Workspace, name: str, adapter: str | None) -> PickWeights:
    """The pick weights of an adapter version; of the base model where they cannot be used."""
    try:
        return weights_of(workspace, name, adapter)
    except AdapterError:  # requests that use the adapter get the error, and the base model
        return weights_of(workspace, name, None)
