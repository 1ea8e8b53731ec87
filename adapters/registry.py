"""`AdapterVersions`: the adapters of one domain, from training to service and back.

A version is a folder that engines load as it is: plain LoRA (other kinds are exported to it),
checked against the base model, with a card. It appears complete or not at all. `CURRENT` in the
domain's folder names the version in service and the ones before it.

An adapter is rarely good at everything. What a new version was not trained for stays with the
adapter that does it in the version in service at that moment: its partner. The gate, promotion and
rollback treat a version and its partners as one.
"""

import asyncio
import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shelftalker.adapters import recipe as recipes
from shelftalker.adapters.export import Dtype, export
from shelftalker.adapters.gate.report import GateReport
from shelftalker.adapters.new_card import method_of, new_card, training_facts, with_partners
from shelftalker.data.progress import Progress
from shelftalker.engine import lora, models
from shelftalker.engine.base import Engine
from shelftalker.engine.fingerprint import base_fingerprint
from shelftalker.errors import AdapterError, InputError
from shelftalker.ranking.pick_fitting import PickFit
from shelftalker.ranking.pick_weights import PICK_FILE
from shelftalker.store.adapter_card import CARD_FILE, UNSTATED, AdapterCard, TrainingFacts
from shelftalker.store.adapter_parts import adapter_folder, checked_parts
from shelftalker.store.versions import CurrentVersions
from shelftalker.store.workspace import Workspace


@dataclass(frozen=True, slots=True)
class AdapterVersions:
    """The adapter versions of a domain, named `v1`, `v2`, …

    >>> versions = AdapterVersions(workspace, "films")
    >>> version = versions.finetune("lora")  # train on the domain's log
    >>> versions.gate(version).passed  # compare with the version in service, on newer events
    >>> versions.promote(version)  # in service from the next request on
    """

    workspace: Workspace
    domain: str

    def names(self) -> list[str]:
        """All complete versions, oldest first."""
        return self.workspace.versions(self.domain, "adapters")

    def folder(self, version: str) -> Path:
        """The folder of a version. Raises `AdapterError` naming the versions there are."""
        known = self.names()
        if version not in known:
            raise AdapterError(
                f"domain {self.domain!r} has no adapter {version!r}; "
                f"it has: {', '.join(known) or 'none'}"
            )
        return self.workspace.domain_path(self.domain) / "adapters" / version

    def finetune(
        self,
        recipe: str | recipes.Recipe = "lora",
        run: Path | None = None,
        *,
        report_to: str = "none",
        licence: str = UNSTATED,
        say: Callable[[str], None] = print,
        progress: Progress | None = None,
    ) -> str:
        """Train an adapter on the domain's log and register it; returns the new version.

        `recipe`: a recipe, the name of one in `recipes/`, or a YAML file. `run`: the folder of
        checkpoints; after an interruption the same call goes on from there. Without one it lies
        in the workspace's cache and is deleted at the end. Needs the extra `train`.
        """
        from shelftalker.adapters.finetune import FinetuneRun

        chosen = recipes.load(recipe) if isinstance(recipe, str) else recipe
        cached = self.workspace.path / "cache" / "finetune" / f"{self.domain}-{chosen.name}"
        place = self.workspace, self.domain, chosen, run or cached
        made = FinetuneRun(*place, report_to, licence, say, progress).version()
        if run is None:
            shutil.rmtree(cached)
        return made

    def register(
        self, folder: Path, facts: TrainingFacts | Mapping[str, Any], *, pick: PickFit | None = None
    ) -> str:
        """Make a version of a folder that peft saved; returns it. It is not in service yet.

        Only weights and config are copied. `facts`: `TrainingFacts` or its fields; `pick`: the
        fusion weights that go with it. Raises `AdapterError` where the adapter does not fit the
        workspace's base model.
        """
        known = training_facts(facts)
        with self.workspace.new_version(self.domain, "adapters") as made:
            rank = export(folder, made.folder)
            self._check_safe(made.folder)
            card = new_card(self.workspace, self.domain, known, method_of(folder), rank)
            self._check_fits(card)
            if pick is not None:
                (made.folder / PICK_FILE).write_text(json.dumps(pick.as_dict()), encoding="utf-8")
            with_partners(self.workspace, card).write(made.folder)
        return made.name

    def add(self, folder: Path) -> str:
        """Check an adapter from elsewhere and make a version of it; returns it.

        A card in the folder must fit this workspace; without one, the training is unknown. Raises
        `AdapterError`.
        """
        self._check_safe(folder)
        if not (folder / CARD_FILE).is_file():
            return self.register(folder, TrainingFacts(prompts=()))
        card = AdapterCard.read(folder)
        self._check_fits(card)
        with self.workspace.new_version(self.domain, "adapters") as made:
            for name in ("adapter_config.json", "adapter_model.safetensors", PICK_FILE):
                if (folder / name).is_file():
                    shutil.copyfile(folder / name, made.folder / name)
            own = card.model_copy(update={"domain": self.domain})
            with_partners(self.workspace, own).write(made.folder)
        return made.name

    def export(self, version: str, target: Path, dtype: Dtype = "float32") -> None:
        """Write a version to a new or empty folder that peft and vLLM load, with its card and, if
        it picks, its weights. A partner stays behind: it is a version of its own."""
        card, folder = self._verified(version), self.folder(version)
        if target.exists() and (not target.is_dir() or any(target.iterdir())):
            what = "not empty" if target.is_dir() else "a file"
            raise InputError(f"{target} is {what}; give a new or an empty folder")
        export(folder, target, dtype)
        card.model_copy(update={"partners": {}}).write(target)
        if card.trained_for("pick") and (folder / PICK_FILE).is_file():
            shutil.copyfile(folder / PICK_FILE, target / PICK_FILE)

    def verify(self, version: str) -> AdapterCard:
        """Check files, weights and cards of a version and its partners; returns its card.

        Files are checked as if they came from elsewhere: safetensors only, plain LoRA, an allowed
        rank, the base model's shapes, finite numbers. Raises `AdapterError` with what is wrong.
        """
        card = self._verified(version)
        checked_parts(self.workspace, self.domain, version)
        for partner in card.partners.values():
            self._verified(partner)
        return card

    def problem(self, version: str) -> str:
        """Why a version cannot be put in service, as far as its files show without reading the
        weights, which `verify` does; empty where nothing is wrong."""
        try:
            parts = checked_parts(self.workspace, self.domain, version)
            for adapter in {f"{self.domain}@{version}", *parts.adapters}:
                folder = adapter_folder(self.workspace, adapter)
                lora.read_config(folder)
                lora.open_weights(folder)
        except AdapterError as error:
            return str(error)
        return ""

    def gate(
        self,
        version: str,
        settings: recipes.Gate | None = None,
        *,
        engine: Engine | None = None,
        seed: int = 0,
        progress: Progress | None = None,
    ) -> GateReport:
        """Compare a version with the one in service and with the scorer alone, on newer events, and
        keep the report with it. Loads the workspace's engine, unless one is given. Raises
        `AdapterError` where too few events are newer than the training data."""
        from shelftalker.adapters.gate.gate import GateRun

        run = GateRun(self, version, settings or recipes.Gate(), seed, progress)
        report = asyncio.run(run.report(engine))
        report.write(self.folder(version))
        return report

    def promote(self, version: str, *, force: bool = False) -> CurrentVersions:
        """Put a version in service from the next request on; requests under way keep theirs.

        Raises `AdapterError` where `verify` fails or, unless forced, where the version has not
        passed the gate against the version in service.
        """
        self.verify(version)
        with self.workspace.locked(self.domain):
            serving = self.workspace.current(self.domain).adapter
            if not force and version != serving:
                self._check_gate(version, serving)
            return self.workspace.set_current(self.domain, adapter=version)

    def rollback(self, say: Callable[[str], None] = lambda _: None) -> CurrentVersions:
        """Put back what was in service before: a version with its pick weights, or none.

        A version that fails `verify` is skipped, and `say` gets the reason. Raises `AdapterError`
        where there is nothing to go back to.
        """
        with self.workspace.locked(self.domain):
            current = self.workspace.current(self.domain)
            skipped: list[str] = []
            for steps, earlier in enumerate(reversed(current.previous_adapters), start=1):
                try:
                    if earlier:
                        self.verify(earlier)
                except AdapterError as error:
                    skipped.append(f"{self.domain}@{earlier} cannot serve any more ({error})")
                else:
                    for reason in skipped:
                        say(reason)
                    return self.workspace.restore_adapter(self.domain, steps)
        serving = f"{self.domain}@{current.adapter}" if current.adapter else "the base model"
        why = "; ".join(skipped) or f"nothing served before {serving}"
        raise AdapterError(
            f"domain {self.domain!r} has nothing to roll back to: {why}; let a version serve with: "
            f"shelftalker adapters promote {self.workspace.path} VERSION"
        )

    def _check_gate(self, version: str, serving: str | None) -> None:
        name = f"{self.domain}@{version}"
        now = f"{self.domain}@{serving}" if serving else None
        again = f"run: shelftalker adapters gate {self.workspace.path} {name}"
        report = GateReport.read(self.folder(version))
        if report is None:
            raise AdapterError(f"{name} was never gated; {again}; --force promotes it all the same")
        if report.serving != now:
            back = f"promote {report.serving} first, or " if report.serving else ""
            raise AdapterError(
                f"{name} was gated while {report.serving or 'no adapter'} served, but now "
                f"{now or 'none'} does; {back}{again}"
            )
        if not report.passed:
            raise AdapterError(f"{report.sentence}; --force promotes it all the same")

    def _verified(self, version: str) -> AdapterCard:
        folder = self.folder(version)
        self._check_safe(folder)
        card = AdapterCard.read(folder)
        self._check_fits(card)
        return card

    def _check_safe(self, folder: Path) -> None:
        lora.check(folder, lora.layers_of(models.resolve(self.workspace.settings.model)))

    def _check_fits(self, card: AdapterCard) -> None:
        folders = self.workspace.prompt_folders(self.domain)
        card.check_fits(base_fingerprint(self.workspace.settings.model), folders)
