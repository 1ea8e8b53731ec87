"""One domain as it serves: catalogue, scorer, request reader, pick weights, facts of a user.

`fit` trains a domain's scorer and publishes it; `domain_store` holds the domains of a workspace.
"""

import json
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt
from pydantic import TypeAdapter

from shelftalker.data.catalog import Catalog, Item
from shelftalker.data.events import Event
from shelftalker.data.filters import RANKED, Filter, allowed
from shelftalker.data.profile import Profile
from shelftalker.errors import NotFitted, WorkspaceError
from shelftalker.language.detect import of_titles
from shelftalker.learning.tracking import tracking
from shelftalker.learning.tuning import read_tuned
from shelftalker.ranking.pick import HISTORY, Weights
from shelftalker.ranking.shop_rules import Rules
from shelftalker.scorer.base import Encoder, Floats, Progress, Reason, Scored
from shelftalker.scorer.encoder import open_encoder
from shelftalker.scorer.training import Training
from shelftalker.scorer.two_tower import TwoTowerScorer
from shelftalker.store.workspace import Workspace
from shelftalker.understanding.llm import LlmReader
from shelftalker.understanding.rule_reader import Reading, Request, RequestReader
from shelftalker.understanding.rules.item_kinds import of_kind
from shelftalker.writing.evidence import choose_evidence
from shelftalker.writing.verifier.grounds import Evidence
from shelftalker.writing.verifier.tokenizer import Past

PICK_FILE = "pick.json"
HISTORY_SHOWN = 100
TITLES_READ = 1000
"""Titles that tell the language of a catalogue."""
AVOID_WEIGHT = 0.5
_WEIGHTS = TypeAdapter(Weights)


@dataclass(frozen=True)
class Domain:
    """What serves one domain now; replaced as a whole, never changed. `reader` reads by rules and
    knows the vocabulary; `llm_reader` reads on top of it, where the workspace names an LLM."""

    name: str
    catalog: Catalog
    scorer: TwoTowerScorer
    scorer_version: str
    adapter: str | None
    weights: Weights
    reader: RequestReader
    rules: Rules
    llm_reader: LlmReader | None = None

    async def read(self, message: str, language: str | None = None) -> Reading:
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

    def past(self, profile: Profile) -> list[Past]:
        """The user's latest events on items of the catalogue, newest first, each item once."""
        latest: dict[str, Event] = {}
        for event in reversed(profile.history):
            if event.item in self.catalog:
                latest.setdefault(event.item, event)
        newest = list(latest.values())[:HISTORY_SHOWN]
        return [Past(event, self.catalog[event.item]) for event in newest]

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


def load_scorer(
    workspace: Workspace,
    name: str,
    catalog: Catalog | None = None,
    encoder: Encoder | None = None,
    version: str | None = None,
) -> TwoTowerScorer:
    """A version of a domain's scorer, else the one that serves, and its index; or `NotFitted`."""
    folder = workspace.scorer_path(name)
    if folder is None:
        raise not_fitted(workspace, name)
    if version is not None:
        folder = folder.parent / version
    encoder = encoder or open_encoder(workspace.settings.encoder, workspace.path / "cache")
    scorer = TwoTowerScorer.load(folder, catalog or workspace.catalog(name), encoder)
    scorer.use_index(folder, workspace.settings.index)
    return scorer


def fit(
    workspace: Workspace,
    name: str,
    *,
    seed: int = 0,
    progress: Progress | None = None,
    report_to: str = "none",
) -> tuple[str, TwoTowerScorer]:
    """Train a domain's scorer on its log and publish it. Returns the version and the scorer.

    It is trained with the settings that a search found, if there was one. A fit that was killed
    goes on from its last epoch, as long as the log, the items and the settings are the same.
    """
    encoder = open_encoder(workspace.settings.encoder, workspace.path / "cache")
    position = workspace.events.position(name)
    events = [event for _, event in workspace.events.between(name, 0, position)]
    tuned = read_tuned(workspace.domain_path(name))
    settings = tuned.settings if tuned else Training()
    checkpoints = workspace.path / "cache" / "checkpoints" / name
    runs = workspace.path / "cache" / "runs" / name
    with tracking(report_to, runs, "fit", asdict(settings)) as watch:
        scorer = TwoTowerScorer.fit(
            workspace.catalog(name),
            events,
            encoder,
            seed=seed,
            progress=progress,
            settings=settings,
            watch=watch,
            checkpoints=checkpoints,
        )
    scorer.weights.card["position"] = position  # where a learner goes on from
    if tuned:
        scorer.weights.card["search"] = tuned.outcome()
    with workspace.new_version(name, "scorer") as folder:
        scorer.save(folder)
        scorer.use_index(folder, workspace.settings.index)
    version = workspace.versions(name, "scorer")[-1]
    workspace.set_current(name, scorer=version)
    shutil.rmtree(checkpoints, ignore_errors=True)
    return version, scorer


def pick_lines(catalog: Catalog, history: Sequence[Event]) -> list[str]:
    """Titles for the pick's prompt, newest first, each item once. `history` is oldest first."""
    ids = dict.fromkeys(event.item for event in reversed(history) if event.item in catalog)
    return [catalog[item_id].title for item_id in list(ids)[:HISTORY]]


def not_fitted(workspace: Workspace, name: str) -> NotFitted:
    """The error for a domain without a scorer."""
    return NotFitted(
        f"domain {name!r} has no trained scorer; run: "
        f"shelftalker fit {workspace.path} --domain {name}"
    )


def read_weights(folder: Path) -> Weights:
    """The fusion weights in a folder; without any, the scorer's order stands."""
    path = folder / PICK_FILE
    if not path.is_file():
        return Weights()
    try:
        found = json.loads(path.read_text(encoding="utf-8"))["weights"]
        return _WEIGHTS.validate_python(asdict(Weights(**found)))
    except (ValueError, KeyError, TypeError):
        raise WorkspaceError(
            f"{path} is damaged; delete it, or fit it again with: shelftalker fit --pick-users 200"
        ) from None


def _likes(user: str, request: Request) -> list[Event]:
    """Items that the message names as examples count as liked, for this request only."""
    return [Event(user, item_id, "like") for item_id in request.like]
