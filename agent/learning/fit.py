"""Train a domain's scorer on its log and put it into service."""

import shutil
from dataclasses import asdict

from shelftalker.data.progress import Progress
from shelftalker.learning.tracking import tracking
from shelftalker.learning.tuning import read_tuned
from shelftalker.scorer.encoder import open_encoder
from shelftalker.scorer.event_arrays import EventArrays
from shelftalker.scorer.settings import Training
from shelftalker.scorer.two_tower import TwoTowerScorer
from shelftalker.store.workspace import Workspace


def fit(
    workspace: Workspace,
    name: str,
    *,
    seed: int = 0,
    progress: Progress | None = None,
    report_to: str = "none",
) -> tuple[str, TwoTowerScorer]:
    """Train a domain's scorer on its log and put it into service; returns version and scorer.

    Uses the settings of the last hyper-parameter search, if there was one. A killed fit resumes
    from its last epoch, as long as the log, the items and the settings are the same.
    """
    encoder = open_encoder(workspace.settings.encoder, workspace.path / "cache")
    position = workspace.events.position(name)
    catalog = workspace.catalog(name)
    tuned = read_tuned(workspace.domain_path(name))
    settings = tuned.settings if tuned else Training()
    checkpoints = workspace.path / "cache" / "checkpoints" / name
    runs = workspace.path / "cache" / "runs" / name
    with tracking(report_to, runs, "fit", asdict(settings)) as watch:
        scorer = TwoTowerScorer.fit(
            catalog,
            EventArrays.read(workspace.events, name, position, catalog),
            encoder,
            seed=seed,
            progress=progress,
            settings=settings,
            watch=watch,
            checkpoints=checkpoints,
        )
    scorer.weights.card["position"] = position  # where online learning starts
    if tuned:
        scorer.weights.card["search"] = tuned.outcome()
    with workspace.new_version(name, "scorer") as version:
        scorer.save(version.folder)
        scorer.use_index(version.folder, workspace.settings.index)
    workspace.set_current(name, scorer=version.name)
    shutil.rmtree(checkpoints, ignore_errors=True)
    return version.name, scorer
