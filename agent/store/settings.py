"""`Settings` of a workspace, read from `workspace.toml`; an unknown key is an error."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import AfterValidator, Field, model_validator

from shelftalker.data.config_model import ConfigModel, read_toml
from shelftalker.engine.chat_client import SOCKET, endpoint
from shelftalker.errors import InputError, WorkspaceError

if TYPE_CHECKING:
    from shelftalker.engine.base import Engine

REMOTE_ENGINES = ("openai", "server")
SQLITE = "sqlite"
SETTINGS_FILE = "workspace.toml"


def _address(url: str) -> str:
    try:
        endpoint(url)
    except InputError as error:
        raise ValueError(str(error)) from None
    return url


Address = Annotated[str, AfterValidator(_address)]
RemoteAddress = Annotated[
    str, AfterValidator(lambda url: url if url.startswith(SOCKET) else _address(url))
]


class Budgets(ConfigModel):
    """Timeouts of the LLM's stages in seconds, after which a fallback answers. `writers`: how many
    answers the LLM picks for, and writes, at once (None: chosen for this machine); the others wait,
    or go on without it where it is expected to be late."""

    pick_seconds: float = Field(default=10, gt=0)
    describe_seconds: float = Field(default=60, gt=0)
    writers: int | None = Field(default=None, ge=1)


class Chat(ConfigModel):
    """Limits of the chat page: turns at once, turns waiting, and minutes until an idle conversation
    is deleted."""

    concurrency: int = Field(default=100, ge=1)
    queue: int = Field(default=200, ge=1)
    session_minutes: float = Field(default=30, gt=0)


class Service(ConfigModel):
    """Limits of the HTTP service. `body_bytes`: of a request; `text_seconds`: within which answers
    should be whole: the LLM picks and writes where that is expected to be done by then;
    `request_seconds`: after which what is finished is returned; `keepalive_seconds`: between two
    comments on a silent stream; `stop_seconds`: for the answers under way when the service is
    stopped; `conversation_minutes`: until an idle conversation is deleted; `token_minutes`: until a
    visitor token ends. `cors_origins`: pages of these origins may call from a browser. `hosts`: the
    host names that requests may be sent to (empty: any, but without an API key only this
    machine's). `currency`: of all prices (ISO 4217), which the routes of the Universal Commerce
    Protocol need; `currency_digits`: of its minor unit."""

    body_bytes: int = Field(default=2_000_000, ge=1000)
    text_seconds: float = Field(default=3, gt=0)
    request_seconds: float = Field(default=60, gt=0)
    keepalive_seconds: float = Field(default=15, gt=0)
    stop_seconds: int = Field(default=30, ge=0)
    conversation_minutes: float = Field(default=60, gt=0)
    token_minutes: float = Field(default=60, gt=0)
    cors_origins: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    currency: str | None = Field(default=None, pattern="^[A-Z]{3}$")
    currency_digits: int = Field(default=2, ge=0, le=4)


class RemoteEngine(ConfigModel):
    """The address that the engines `openai` and `server` use, such as `http://localhost:8000/v1`,
    or `unix:/PATH` for `server`; `model` above names the model there, and the key comes from the
    environment (`SHELFTALKER_API_KEY`). `seconds`: timeout of a request. For `server`, `workspace`:
    by what name the adapters of this one are known there; the folder's, unless one is given. For
    `openai`, `retries`: after an error that may pass; `concurrency`: requests at once; requests,
    tokens and money a minute have no limit unless one is given, money with the `price` of a million
    tokens."""

    url: RemoteAddress | None = None
    workspace: str | None = None
    seconds: float = Field(default=30, gt=0)
    retries: int = Field(default=3, ge=0)
    concurrency: int = Field(default=8, ge=1)
    requests_per_minute: int | None = Field(default=None, ge=1)
    tokens_per_minute: int | None = Field(default=None, ge=1)
    money_per_minute: float | None = Field(default=None, gt=0)
    price: float | None = Field(default=None, gt=0)

    @model_validator(mode="after")
    def _money_has_a_price(self) -> "RemoteEngine":
        if self.money_per_minute is not None and self.price is None:
            raise ValueError("money_per_minute needs the price of a million tokens: price = …")
        return self

    def limits(self) -> dict[str, Any]:
        """The options of the engine `openai`; money is a number of tokens there."""
        options = self.model_dump(exclude={"workspace", "money_per_minute", "price"})
        if self.money_per_minute and self.price:
            bought = max(1, int(1e6 * self.money_per_minute / self.price))
            options["tokens_per_minute"] = min(bought, self.tokens_per_minute or bought)
        return options


class IndexSettings(ConfigModel):
    """Search in large catalogues: exact up to `above` items, by a FAISS index of `kind` beyond."""

    kind: Literal["hnsw", "ivfpq"] = "hnsw"
    above: int = Field(default=200_000, ge=1)


class ReaderSettings(ConfigModel):
    """An LLM that reads requests beside the rules, at an OpenAI-compatible address such as
    `http://localhost:8000/v1`; without one, rules alone read them. `seconds`: timeout of a message.
    The key comes from the environment (`SHELFTALKER_API_KEY`), never from this file."""

    url: Address | None = None
    model: str | None = None
    seconds: float = Field(default=3, gt=0)

    @model_validator(mode="after")
    def _both_or_neither(self) -> "ReaderSettings":
        if (self.url is None) != (self.model is None):
            raise ValueError("url and model are given together, or neither")
        return self


class Settings(ConfigModel):
    """All settings of a workspace. `model` and `encoder`: Hugging Face ids or local folders.

    `encoder = "llm"`: text vectors are the hidden states of `model`; `"llm:NAME"`: of another
    decoder. `store`: where events, impressions, keys and conversations are kept: `sqlite`, in files
    of the workspace, or `postgresql://USER@HOST/DATABASE`, which several machines can share; the
    environment's `SHELFTALKER_STORE` goes before it, so that no password need be in the file.
    `files`: an address that fsspec opens, where machines share catalogue, weights and hooks.
    `dtype`: the LLM's number format; `auto` is the fastest on this machine (in OpenVINO
    weights of 8 bits), with `float32` all engines make the same picks. `text_cache_size`,
    `text_cache_hours`: how many texts are kept in memory, and how long; they are used again for the
    same item, user state and request.
    """

    engine: Literal["auto", "openvino", "transformers", "vllm", "server", "openai"] = "auto"
    model: str = "smollm2-135m-instruct"
    encoder: str = "all-MiniLM-L6-v2"
    default_domain: str | None = None
    files: str | None = None
    store: str = Field(default=SQLITE, pattern=r"^(sqlite|postgresql://.+)$")
    dtype: Literal["auto", "bfloat16", "float32"] = "auto"
    shortlist_size: int = Field(default=20, ge=1)
    text_cache_size: int = Field(default=2000, ge=0)
    text_cache_hours: float = Field(default=24, gt=0)
    budgets: Budgets = Field(default_factory=lambda: Budgets())
    chat: Chat = Field(default_factory=lambda: Chat())
    index: IndexSettings = Field(default_factory=lambda: IndexSettings())
    reader: ReaderSettings = Field(default_factory=lambda: ReaderSettings())
    remote: RemoteEngine = Field(default_factory=lambda: RemoteEngine())
    service: Service = Field(default_factory=lambda: Service())

    def open_engine(self, engine: str = "auto") -> "Engine":
        """Load the LLM; `auto` is what these settings name. Blocks, and raises, as
        `shelftalker.engine.open_engine`; `InputError` too where a remote engine has no address."""
        from shelftalker import engine as engines  # opens vllm, torch or openvino

        name = self.engine_named(engine)
        return engines.open_engine(self.model, name, **self._engine_options(name))

    def _engine_options(self, name: str) -> dict[str, Any]:
        if name == "server":
            own = {"url", "seconds", "workspace"}
            return self.remote.model_dump(include=own, exclude_none=True)
        if name == "openai":
            return self.remote.limits()
        return {"dtype": self.dtype}

    def engine_named(self, engine: str) -> str:
        """The engine's name, where `auto` is what these settings name. Raises `InputError`."""
        name = self.engine if engine == "auto" else engine
        if name in REMOTE_ENGINES and self.remote.url is None:
            raise InputError(
                f'the engine {name} needs an address; set url = "…" under [remote] in '
                "workspace.toml"
            )
        return name

    @model_validator(mode="after")
    def _name_the_llm(self) -> "Settings":
        if self.encoder == "llm":  # cached vectors are keyed by this name
            object.__setattr__(self, "encoder", f"llm:{self.model}")
        return self


def read_settings(file: Path) -> Settings:
    """Read `workspace.toml`. Raises `WorkspaceError`, which lists the known keys for an unknown."""
    path = file.parent
    if path.exists() and not path.is_dir():
        raise WorkspaceError(f"{path} is a file; give the folder of a workspace")
    if not file.is_file():
        what = "has no workspace.toml" if path.is_dir() else "does not exist"
        raise WorkspaceError(
            f"{path} {what}, so it is no workspace; make one with: shelftalker init {path} "
            "--domain NAME --items FILE"
        )
    settings = read_toml(file, Settings)
    name = settings.remote.workspace or file.resolve().parent.name
    remote = settings.remote.model_copy(update={"workspace": name})
    return settings.model_copy(update={"remote": remote})


def as_toml(settings: Settings) -> str:
    """The settings as the text of a `workspace.toml`."""
    lines: list[str] = []
    sections = settings.model_dump(exclude_none=True).items()
    for name, value in sorted(sections, key=lambda pair: isinstance(pair[1], dict)):
        inner = value if isinstance(value, dict) else {name: value}
        lines += ["", f"[{name}]"] if inner is value else []
        lines += [f"{key} = {json.dumps(one)}" for key, one in inner.items()]
    return "\n".join(lines) + "\n"
