"""Evaluation tasks, one YAML file each: what is measured, on which split, by which metrics.

A task's version rises when its figures stop being comparable. Unknown keys and names are errors.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, BaseModel, Field

from shelftalker.data.config_model import ConfigModel, read_yaml
from shelftalker.errors import InputError, did_you_mean
from shelftalker.eval.metrics.ranking import metric
from shelftalker.eval.splits import SplitName
from shelftalker.ranking.pick_weights import ZeroShotMethod

STANDARD = ("ranking", "classification", "picking", "descriptions", "speed")
"""Tasks of `make eval`, in this order: later ones use the scorer that the first one fits."""
PickMethod = Literal["fused", "served", "likelihood", "letters", "letters-once", "pointwise"]


class _Task(ConfigModel):
    """`users`: number of tested users, drawn by `seed`; None: all."""

    name: str = Field(pattern=r"[a-z0-9-]+")
    version: int = Field(ge=1)
    title: str
    users: int | None = Field(default=None, ge=2)
    seed: int = 0


class RankingTask(_Task):
    """Next-item ranking of the full catalogue, against peers on the same split. `data`: a public
    data set, instead of the domain's catalogue and log. `published`: figures of others, by system
    and metric, that are shown beside ours."""

    kind: Literal["ranking"]
    data: str = ""
    split: SplitName
    share: float = Field(default=0.1, gt=0, lt=1)
    seen: Literal["removed", "kept"] = "removed"
    published: dict[str, dict[str, float]] = Field(default={})
    systems: list[str] = Field(min_length=1)
    metrics: list[Annotated[str, AfterValidator(lambda name: metric(name) and name)]] = Field(
        min_length=1
    )
    k: int = Field(default=10, ge=1)
    seeds: list[int] = Field(default=[0], min_length=1)


class ClassificationTask(_Task):
    """Like or dislike of held-out events."""

    kind: Literal["classification"]
    systems: list[Literal["scorer", "llm", "item rate", "user and item rate"]]
    llm_users: int = Field(default=200, ge=2)


class PickingTask(_Task):
    """Methods of picking with the LLM against the scorer's order, on the same shortlists.
    `validation`: number of users that the product's method and fusion are fitted on."""

    kind: Literal["picking"]
    validation: int = Field(default=200, ge=2)
    shortlist: int = Field(default=20, ge=2, le=20)
    methods: list[PickMethod]
    k: int = Field(default=10, ge=1)


class LeakageTask(_Task):
    """What the LLM knows of a data set from before: picks with random numbers for titles, and
    `titles` halves to complete, each among `rivals`."""

    kind: Literal["leakage"]
    shortlist: int = Field(default=20, ge=2, le=20)
    titles: int = Field(default=200, ge=2)
    rivals: int = Field(default=10, ge=2)


class DescriptionsTask(_Task):
    """The texts on the cards: grounded, personal, varied, readable. `at_once`: users whose texts
    are written concurrently; `rivals`: histories among which a text must identify its user's;
    `pairs`: a CSV to write, with the LLM's and the composed texts side by side to be judged blind
    (`blind_pairs`)."""

    kind: Literal["descriptions"]
    k: int = Field(default=1, ge=1)
    at_once: int = Field(default=8, ge=1)
    samples: int = 20
    rivals: int = Field(default=10, ge=2)
    pairs: str = ""


class SafetyTask(_Task):
    """Attack strings planted in catalogue text: change of rank, and leaks. `strings` 0: all. The
    LLM picks by `methods` and writes texts for the first `written` strings; with neither it is not
    loaded."""

    kind: Literal["safety"]
    data: str
    strings: int = Field(default=50, ge=0)
    written: int = Field(default=10, ge=0)
    methods: tuple[ZeroShotMethod, ...] = ("likelihood",)


class ProseTask(_Task):
    """The verifier on the writing corpus: true sentences passed, falsehoods passed by kind."""

    kind: Literal["prose"]
    languages: list[Literal["en", "zh"]] = Field(min_length=1)
    split: Literal["train", "test"] = "test"


class SpeedTask(_Task):
    """Latency of a request, throughput, scorer latency by catalogue size, hardware limits."""

    kind: Literal["speed"]
    requests: int = Field(default=10, ge=1)
    concurrency: list[int] = Field(default=[1, 2, 4])
    sizes: list[int] = Field(default=[1_000, 10_000, 100_000])


Task = (
    RankingTask | ClassificationTask | PickingTask | DescriptionsTask
    | SafetyTask | ProseTask | SpeedTask | LeakageTask
)  # fmt: skip
KINDS: dict[str, type[Task]] = {
    get_args(model.model_fields["kind"].annotation)[0]: model for model in get_args(Task)
}


class _Kind(BaseModel):
    kind: str


def read_task(file: Path) -> Task:
    """Read one task. Raises `InputError` naming the file, the key and what is allowed."""
    kind = read_yaml(file, _Kind).kind
    if kind not in KINDS:
        hint = did_you_mean(kind, KINDS)
        raise InputError(f"{file}: unknown kind {kind!r}; {hint}allowed: {', '.join(KINDS)}")
    return read_yaml(file, KINDS[kind])


def all_tasks() -> dict[str, Task]:
    """The tasks that come with the package, by name."""
    files = (Path(__file__).parent / "tasks").glob("*.yaml")
    return {file.stem: read_task(file) for file in sorted(files)}


def find_tasks(names: Sequence[str]) -> list[Task]:
    """Tasks by name or YAML file; no names, or `standard`, mean the standard set.

    Raises `InputError` with the nearest known name.
    """
    known = all_tasks()
    wanted = [t for n in names or ["standard"] for t in (STANDARD if n == "standard" else (n,))]
    tasks = []
    for name in dict.fromkeys(wanted):
        if name in known:
            tasks.append(known[name])
        elif name.endswith((".yaml", ".yml")) and Path(name).is_file():
            tasks.append(read_task(Path(name)))
        else:
            raise InputError(
                f"unknown task {name!r}; {did_you_mean(name, known)}available: standard, "
                f"{', '.join(known)}, or the path of a YAML file"
            )
    return tasks
