"""Hyper-parameter search for a domain's scorer.

Each trial trains without every user's last event; its objective is the NDCG@10 of that event under
the whole scorer. The trials are stored in `search.db`, an Optuna study of the domain: a search that
was interrupted continues, and another log, encoder or seed starts a new study. The best settings
are written to `training.json`, which every later fit of the domain reads.
"""

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from shelftalker.data.progress import Progress
from shelftalker.errors import InputError, MissingExtra, WorkspaceError
from shelftalker.learning.tracking import tracking
from shelftalker.scorer.encoder import open_encoder
from shelftalker.scorer.event_arrays import EventArrays, touched
from shelftalker.scorer.fitting import FEW_USERS, FitData, FitObservers, choose
from shelftalker.scorer.item_texts import item_vectors
from shelftalker.scorer.settings import Epoch, Training
from shelftalker.store.atomic import replace_file
from shelftalker.store.workspace import Workspace

STUDY_FILE, TUNED_FILE = "search.db", "training.json"
STARTUP_TRIALS = 8  # random trials before the sampler models the results
FINISHED = ("COMPLETE", "PRUNED")
PRUNING_TRIALS, PRUNING_EPOCHS = 4, 3  # complete trials, and epochs, before a trial is pruned


@dataclass(frozen=True)
class Tuned:
    """The result of a search: the best settings, the number of trials, and NDCG@10 of the best and
    of the default settings, both on the users that they were selected on."""

    settings: Training
    trials: int
    best: float
    defaults: float

    def outcome(self) -> dict[str, float]:
        """All fields except the settings."""
        return {"trials": self.trials, "best": self.best, "defaults": self.defaults}


def read_tuned(folder: Path) -> Tuned | None:
    """The result of a domain's last search, if there was one. Raises `WorkspaceError`."""
    file = folder / TUNED_FILE
    if not file.is_file():
        return None
    try:
        values = json.loads(file.read_text(encoding="utf-8"))
        return Tuned(**values | {"settings": Training(**values["settings"])})
    except (ValueError, KeyError, TypeError) as error:
        raise WorkspaceError(
            f"{file} is damaged ({error}); delete it to fit with the defaults, or search again "
            "with: shelftalker fit --search N"
        ) from None


def search(
    workspace: Workspace,
    name: str,
    trials: int,
    *,
    seed: int = 0,
    report_to: str = "none",
    progress: Progress | None = None,
) -> Tuned:
    """Run trials until the study has so many, and keep the best settings. Raises `InputError` where
    the log is too small to compare settings, `MissingExtra` without Optuna."""
    optuna = _optuna()
    data = _log(workspace, name, seed, progress)
    study = _study(optuna, workspace.domain_path(name) / STUDY_FILE, data.fingerprint())
    runs, report = workspace.path / "cache" / "runs" / name, progress or (lambda *_: None)

    def objective(trial: Any) -> float:
        """NDCG@10 of the whole scorer."""
        settings = suggested(trial)

        def follow(epoch: Epoch) -> None:
            watch(epoch)
            told = f"epoch {epoch.number}: towers NDCG@10 {epoch.ndcg:.4f}"
            report(done, trials, f"trial {done + 1}, {told}")
            trial.report(epoch.ndcg, epoch.number)
            if trial.should_prune():
                raise optuna.TrialPruned

        with tracking(report_to, runs, f"trial-{done}", asdict(settings)) as watch:
            observed = choose(replace(data, settings=settings), FitObservers(watch=follow))
        return observed.metrics["ndcg@10"]

    while (done := len(_finished(study))) < trials:
        study.sampler = optuna.samplers.TPESampler(
            seed=seed + done, n_startup_trials=STARTUP_TRIALS
        )
        study.optimize(objective, n_trials=1)
        last = _finished(study)[-1]
        result = "pruned" if last.state.name == "PRUNED" else f"NDCG@10 {last.value:.4f}"
        report(done + 1, trials, f"trial {done + 1} {result}, best {study.best_value:.4f}")
    return _keep_best(study, workspace.domain_path(name) / TUNED_FILE)


def suggested(trial: Any) -> Training:
    """The settings of a trial; what is not searched has its default."""
    return replace(
        Training(),
        dim=trial.suggest_categorical("dim", [32, 64, 96, 128]),
        window=trial.suggest_categorical("window", [20, 50, 100]),
        dropout=trial.suggest_float("dropout", 0.0, 0.6),
        id_dropout=trial.suggest_float("id_dropout", 0.05, 0.5),
        batch=trial.suggest_categorical("batch", [16, 32, 64, 128]),
        lr=trial.suggest_float("lr", 1e-3, 1.2e-2, log=True),
        weight_decay=trial.suggest_float("weight_decay", 5e-3, 0.3, log=True),
        smoothing=trial.suggest_float("smoothing", 0.0, 0.2),
    )


def _log(workspace: Workspace, name: str, seed: int, progress: Progress | None) -> FitData:
    """The log of a domain, with the default settings."""
    encoder = open_encoder(workspace.settings.encoder, workspace.path / "cache")
    catalog, position = workspace.catalog(name), workspace.events.position(name)
    events = EventArrays.read(workspace.events, name, position, catalog)
    _, trained, readings = touched(catalog, events)
    if sum(len(reading.rows) > 2 for reading in readings) < FEW_USERS:
        raise InputError(
            f"the log of {name!r} is too small to search on; it takes {FEW_USERS} users with three "
            "events each; fit without --search"
        )
    text, _ = item_vectors(trained, encoder, progress)
    return FitData(readings, text, Training(), seed)


def _study(optuna: Any, file: Path, key: str) -> Any:
    """The study of one log. Killed trials count as failed; the defaults are tried first."""
    study = optuna.create_study(
        storage=f"sqlite:///{file}",
        study_name=key,
        direction="maximize",
        load_if_exists=True,
        pruner=optuna.pruners.MedianPruner(
            n_startup_trials=PRUNING_TRIALS, n_warmup_steps=PRUNING_EPOCHS
        ),
    )
    state = optuna.trial.TrialState
    for trial in study.get_trials(deepcopy=False, states=(state.RUNNING,)):
        study.tell(trial.number, state=state.FAIL)
    if not _finished(study) and not study.get_trials(deepcopy=False, states=(state.WAITING,)):
        study.enqueue_trial(asdict(Training()))
    return study


def _finished(study: Any) -> list[Any]:
    return [one for one in study.get_trials(deepcopy=False) if one.state.name in FINISHED]


def _keep_best(study: Any, file: Path) -> Tuned:
    """Write the best settings to the file that every later fit reads."""
    trials = _finished(study)
    best = replace(Training(), **study.best_params)
    tuned = Tuned(best, len(trials), study.best_value, trials[0].value)
    replace_file(file, (json.dumps(asdict(tuned), indent=2) + "\n").encode())
    return tuned


def _optuna() -> Any:
    try:
        import optuna
    except ImportError:
        raise MissingExtra("optuna", "train") from None
    optuna.logging.set_verbosity(optuna.logging.ERROR)  # an interrupted trial is no news
    return optuna
