"""The arms of a domain's experiment: the state in service, changed as each arm says."""

from collections.abc import Mapping
from dataclasses import replace

from shelftalker.errors import AdapterError
from shelftalker.ranking.experiments import EXPERIMENT_FILE, Arm, read_experiment
from shelftalker.ranking.pick_weights import PickWeights, weights_of
from shelftalker.ranking.shop_rules import check_fields
from shelftalker.scorer.two_tower import TwoTowerScorer
from shelftalker.serving.domain import Domain
from shelftalker.store.versions import check_exists
from shelftalker.store.workspace import Workspace


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
