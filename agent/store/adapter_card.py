"""The card of an adapter version: what it was trained on and for, and whether it fits here.

An adapter is only right on the base model, tokenizer and prompt wording that it was trained with;
on anything else it answers confidently and wrongly. So the card holds a fingerprint of each, and
`Card.check_fits` refuses with a sentence that says which one differs.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, NamedTuple, Self

from pydantic import Field, ValidationError

from shelftalker.data.config_model import ConfigModel, problems
from shelftalker.engine import models
from shelftalker.errors import AdapterError, PromptError
from shelftalker.prompts import PromptSet

CARD_FILE = "card.json"
Use = Literal["pick", "judge", "describe"]
"""What an adapter may have been trained for."""
_TEMPLATES: dict[Use, set[str]] = {
    "pick": {"pick", "names"},
    "judge": {"judge"},
    "describe": {"describe"},
}
UNSTATED = "not stated"


class MeasuredMetric(ConfigModel):
    """A measured value with its 95% interval and the number of cases."""

    value: float
    low: float | None = None
    high: float | None = None
    n: int | None = None


class DataFacts(ConfigModel):
    """The data behind an adapter. Times in Unix seconds; `until` is when the newest event of
    training and validation happened: what is newer may judge the adapter."""

    since: float | None = None
    until: float | None = None
    counts: dict[str, int] = Field(default_factory=dict)
    licence: str = UNSTATED


class TrainingFacts(ConfigModel):
    """What training hands over. `recipe`: its settings as read; `prompts`: the templates whose
    wording it was trained on, as `name.language`."""

    recipe: dict[str, Any] = Field(default_factory=dict)
    seed: int | None = None
    base_model: str | None = None
    data: DataFacts = Field(default_factory=DataFacts)
    metrics: dict[str, MeasuredMetric] = Field(default_factory=dict)
    prompts: tuple[str, ...] = ("pick.en",)
    seconds: float | None = None
    machine: str | None = None


class Base(ConfigModel):
    """A base model and its tokenizer by content, 16 hex digits each."""

    model: str
    weights: str
    tokenizer: str


class Parts(NamedTuple):
    """Which adapter, such as `movies@v3`, does what a request needs, each a `Use`. None: the base
    model."""

    pick: str | None = None
    describe: str | None = None

    @property
    def adapters(self) -> tuple[str, ...]:
        """Each once."""
        return tuple(dict.fromkeys(part for part in self if part))


BASE_ONLY = Parts()


class AdapterCard(ConfigModel):
    """`card.json` of an adapter version. `partners`: which versions of its domain do in its place
    what it was not trained for; where there is none, the base model does."""

    domain: str
    base: Base
    prompts: dict[str, str]
    rank: int
    method: str
    training: TrainingFacts
    versions: dict[str, str]
    commit: str
    created: str
    partners: dict[Use, str] = Field(default_factory=dict)

    def parts(self, name: str) -> Parts:
        """Who does what, where this is the card of the version `name`: `movies@v3`."""
        return Parts(self.whose("pick", name), self.whose("describe", name))

    def whose(self, use: Use, name: str) -> str | None:
        """Which adapter has that use, where this is the card of the version `name`."""
        if self.taught(use):
            return name
        version = self.partners.get(use)
        return f"{name.partition('@')[0]}@{version}" if version else None

    def taught(self, use: Use) -> bool:
        """Whether it was trained for that use, or nobody knows for what."""
        prompts = {name.partition(".")[0] for name in self.prompts}
        return not prompts or not prompts.isdisjoint(_TEMPLATES[use])

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Raises `AdapterError` where there is no valid card."""
        file = folder / CARD_FILE
        try:
            return cls.model_validate_json(file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise AdapterError(
                f"{folder} has no {CARD_FILE}, so nobody knows what it was trained on; "
                "make a version of it with: shelftalker adapters add DIR FOLDER"
            ) from None
        except ValidationError as error:
            raise AdapterError(f"{file} is damaged: {problems(error, cls)}") from None
        except (ValueError, OSError) as error:
            raise AdapterError(f"{file} is damaged: {error}") from None

    def check_fits(self, base: Base, prompt_folders: Sequence[Path] = ()) -> None:
        """Raises `AdapterError` saying which of base model, tokenizer and prompts differs."""
        told = f"this adapter of {self.domain!r} was trained"
        if self.base.weights != base.weights:
            raise AdapterError(
                f"{told} on the base model {self.base.model!r} ({self.base.weights}), but this "
                f"workspace serves {base.model!r} ({base.weights}); train it again, or set "
                "`model` in workspace.toml"
            )
        if self.base.tokenizer != base.tokenizer:
            raise AdapterError(
                f"{told} with the tokenizer or chat template {self.base.tokenizer}, but the base "
                f"model's is now {base.tokenizer}; train it again, or restore the tokenizer"
            )
        for name, trained in self.prompts.items():
            serving = prompt_hash(name, prompt_folders)
            if trained != serving:
                raise AdapterError(
                    f"{told} on the prompt template {name} ({trained}), but the one here is "
                    f"{serving}; train it again, or restore the template"
                )


def prompt_hash(name: str, folders: Sequence[Path] = ()) -> str:
    """Hash of a template given as `name.language`. Raises `AdapterError` for an unknown one."""
    stem, _, language = name.partition(".")
    try:
        return PromptSet(folders, language or "en").template(stem).hash
    except PromptError as error:
        raise AdapterError(f"the adapter needs the prompt template {name!r}: {error}") from None


def base_of(model: str) -> Base:
    """Fingerprint a base model: a bundled name, a folder, or a Hugging Face id in the cache."""
    folder = Path(models.resolve(model))
    if not folder.is_dir():
        from huggingface_hub import snapshot_download

        folder = Path(snapshot_download(model, local_files_only=True))
    weights, tokenizer = _fingerprint(folder, (folder / "config.json").stat().st_mtime_ns)
    return Base(model=model, weights=weights, tokenizer=tokenizer)


@lru_cache(maxsize=8)
def _fingerprint(folder: Path, _changed: int) -> tuple[str, str]:
    return _weights_hash(folder), _tokenizer_hash(folder)


def _weights_hash(folder: Path) -> str:
    """Names, shapes and the first and last row of every tensor: a second for any size of model.

    It does not depend on how the tensors are spread over files.
    """
    from safetensors import safe_open

    rows: dict[str, _Slice] = {}
    for file in sorted(folder.glob("*.safetensors")):
        with safe_open(file, framework="pt") as opened:
            for name in opened.keys():  # noqa: SIM118 - no mapping
                rows[name] = _Slice.of(opened.get_slice(name))
    if not rows:
        raise AdapterError(f"{folder} holds no safetensors; an adapter needs a base that has them")
    digest = hashlib.sha256()
    for name, part in sorted(rows.items()):
        digest.update(f"{name} {part.shape}".encode())
        digest.update(part.data)
    return digest.hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class _Slice:
    shape: tuple[int, ...]
    data: bytes

    @classmethod
    def of(cls, tensor: Any) -> Self:
        shape = tuple(tensor.get_shape())
        ends = (tensor[:1], tensor[shape[0] - 1 :]) if shape else (tensor[:],)
        return cls(shape, b"".join(part.float().numpy().tobytes() for part in ends))


def _tokenizer_hash(folder: Path) -> str:
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder)
    parts = [sorted(tokenizer.get_vocab().items()), tokenizer.chat_template]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]
