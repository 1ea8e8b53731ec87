"""`AdapterCard`: what an adapter version was trained on and for, and whether it fits here.

An adapter is only right on the base model, tokenizer and prompt wording that it was trained with;
on anything else it answers confidently and wrongly. So the card holds a fingerprint of each, and
`AdapterCard.check_fits` says which one differs.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple, Self

from pydantic import Field, ValidationError

from shelftalker.data.config_model import ConfigModel, validation_message
from shelftalker.engine.fingerprint import BaseFingerprint
from shelftalker.errors import AdapterError, PromptError
from shelftalker.prompts import PromptSet

CARD_FILE = "card.json"
Use = Literal["pick", "judge", "describe", "hook"]
"""What an adapter can be trained for: to pick items, to judge one, to write texts for a
visitor, to write hooks ahead."""
_TEMPLATES: dict[Use, set[str]] = {
    "pick": {"pick", "names"},
    "judge": {"judge"},
    "describe": {"describe"},
    "hook": {"hook"},
}
UNSTATED = "not stated"


class MeasuredMetric(ConfigModel):
    """A measured value with its 95% interval and the number of cases."""

    value: float
    low: float | None = None
    high: float | None = None
    n: int | None = None


class DataFacts(ConfigModel):
    """The training data of an adapter. `since`, `until`: Unix seconds of the oldest and the newest
    event in training and validation; only newer events may be used to judge the adapter."""

    since: float | None = None
    until: float | None = None
    counts: dict[str, int] = Field(default_factory=dict)
    licence: str = UNSTATED


class TrainingFacts(ConfigModel):
    """The facts of one training run. `recipe`: its settings; `prompts`: the templates that it was
    trained on, as `name.language`; `seconds`: how long it took."""

    recipe: dict[str, Any] = Field(default_factory=dict)
    seed: int | None = None
    base_model: str | None = None
    data: DataFacts = Field(default_factory=DataFacts)
    metrics: dict[str, MeasuredMetric] = Field(default_factory=dict)
    prompts: tuple[str, ...] = ("pick.en",)
    seconds: float | None = None
    machine: str | None = None


class AdapterParts(NamedTuple):
    """The adapter for each step of a request, such as `movies@v3`; None is the base model."""

    pick: str | None = None
    describe: str | None = None
    hook: str | None = None

    @property
    def adapters(self) -> tuple[str, ...]:
        """The distinct adapters."""
        return tuple(dict.fromkeys(part for part in self if part))


BASE_ONLY = AdapterParts()


class AdapterCard(ConfigModel):
    """`card.json` of an adapter version. `partners`: the versions of its domain that do what it was
    not trained for; the base model does what has no partner."""

    domain: str
    base: BaseFingerprint
    prompts: dict[str, str]
    rank: int
    method: str
    training: TrainingFacts
    versions: dict[str, str]
    commit: str
    created: str
    partners: dict[Use, str] = Field(default_factory=dict)

    def parts(self, name: str) -> AdapterParts:
        """The adapters of the version `name` (`movies@v3`), which this is the card of."""
        return AdapterParts(*(self.adapter_for(use, name) for use in ("pick", "describe", "hook")))

    def adapter_for(self, use: Use, name: str) -> str | None:
        """The adapter that has this use in the version `name`, which this is the card of."""
        if self.trained_for(use):
            return name
        version = self.partners.get(use)
        return f"{name.partition('@')[0]}@{version}" if version else None

    def trained_for(self, use: Use) -> bool:
        """Whether the adapter was trained for this use; where the card names none, it is taken to
        be for all but hooks, which the package has a writer for."""
        prompts = {name.partition(".")[0] for name in self.prompts}
        return use != "hook" if not prompts else not prompts.isdisjoint(_TEMPLATES[use])

    @classmethod
    def read(cls, folder: Path) -> Self:
        """The card in a version folder. Raises `AdapterError` where there is no valid one."""
        file = folder / CARD_FILE
        try:
            return cls.model_validate_json(file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise AdapterError(
                f"{folder} has no {CARD_FILE}, so nobody knows what it was trained on; "
                "make a version of it with: shelftalker adapters add DIR FOLDER"
            ) from None
        except ValidationError as error:
            raise AdapterError(f"{file} is damaged: {validation_message(error, cls)}") from None
        except (ValueError, OSError) as error:
            raise AdapterError(f"{file} is damaged: {error}") from None

    def write(self, folder: Path) -> None:
        """Write the card to a folder that is not in service yet."""
        text = self.model_dump_json(indent=2) + "\n"
        (folder / CARD_FILE).write_text(text, encoding="utf-8")

    def check_fits(self, base: BaseFingerprint, prompt_folders: Sequence[Path] = ()) -> None:
        """Raise `AdapterError` if base model, tokenizer or a prompt differs from the training."""
        subject = f"this adapter of {self.domain!r} was trained"
        if self.base.weights != base.weights:
            raise AdapterError(
                f"{subject} on the base model {self.base.model!r} ({self.base.weights}), but this "
                f"workspace serves {base.model!r} ({base.weights}); train it again, or set "
                "`model` in workspace.toml"
            )
        if self.base.tokenizer != base.tokenizer:
            raise AdapterError(
                f"{subject} with the tokenizer or chat template {self.base.tokenizer}, but the "
                f"base model's is now {base.tokenizer}; train it again, or restore the tokenizer"
            )
        for name, known in self.prompts.items():
            serving = prompt_hash(name, prompt_folders)
            if known != serving:
                raise AdapterError(
                    f"{subject} on the prompt template {name} ({known}), but the one here is "
                    f"{serving}; train it again, or restore the template"
                )


def prompt_hash(name: str, folders: Sequence[Path] = ()) -> str:
    """Hash of a template given as `name.language`. Raises `AdapterError` for an unknown one."""
    stem, _, language = name.partition(".")
    try:
        return PromptSet(folders, language or "en").template(stem).hash
    except PromptError as error:
        raise AdapterError(f"the adapter needs the prompt template {name!r}: {error}") from None
