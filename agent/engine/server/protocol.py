"""What the engine `server` and our routes in a vLLM server send each other, as JSON."""

import hashlib
from pathlib import Path
from typing import Self

from shelftalker.data.config_model import ConfigModel
from shelftalker.engine.base import Sampling
from shelftalker.engine.fingerprint import BaseFingerprint
from shelftalker.errors import AdapterError

PREFIX = "/v1/shelftalker"
"""Of all our routes; vLLM asks for its API key below `/v1`."""


class AdapterFile(ConfigModel):
    """An adapter, so that the server loads no other: its name there (`shop.films.v3`), its folder,
    which is the same on both machines, and the SHA-256 of its weights."""

    name: str
    folder: str
    sha256: str

    @classmethod
    def of(cls, workspace: str, name: str, folder: Path) -> Self:
        """The adapter `name` (`films@v3`) of a workspace. Raises `AdapterError` where the folder
        has no weights."""
        name = f"{workspace}.{name}".strip(".").replace("@", ".")
        folder = folder.resolve()
        try:
            weights = (folder / "adapter_model.safetensors").read_bytes()
        except OSError as error:
            raise AdapterError(
                f"the adapter {name} cannot be read ({error}); an adapter's folder must have the "
                "same path where the recommender runs and where the server runs"
            ) from None
        return cls(name=name, folder=str(folder), sha256=hashlib.sha256(weights).hexdigest())


class ServedModel(ConfigModel):
    """What a server serves. `context`: the most tokens of a prompt and its answer."""

    base: BaseFingerprint
    context: int


class Call(ConfigModel):
    """A request. `client`: the process that sends it; `workspace`: only its requests share what the
    prefix cache holds."""

    client: str
    workspace: str = ""
    adapter: AdapterFile | None = None


class ChooseCall(Call):
    """Log-probabilities of labels as the next token after each prompt; all are token ids."""

    prompts: list[list[int]]
    labels: list[int]


class LikelihoodCall(Call):
    """Summed log-probabilities of each tail after a prefix; all are token ids."""

    prefix: list[int]
    tails: list[list[int]]


class AskCall(Call):
    """A text that follows a prompt of token ids, streamed: a JSON string a line, then `CacheUse` or
    `ErrorReply`."""

    prompt: list[int]
    sampling: Sampling


class CacheUse(ConfigModel):
    """Prompt tokens of a request, and those of them that the prefix cache held."""

    asked: int = 0
    reused: int = 0


class Scores(CacheUse):
    """The answer to `ChooseCall`, a row a prompt, and to `LikelihoodCall`, one row."""

    rows: list[list[float]]


class ErrorReply(ConfigModel):
    """Why there is no answer. `adapter`: its adapter is the reason."""

    error: str
    adapter: bool = False
