"""The result of one task as it is committed: figures with intervals, and how to reproduce them.

Read by the report, the comparison of two runs, and the README's tables.
"""

import hashlib
import json
import os
import platform
import re
import shlex
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from pydantic import Field, ValidationError

from shelftalker.adapters.new_card import git
from shelftalker.data.config_model import ConfigModel
from shelftalker.errors import EvaluationError, InputError
from shelftalker.eval.metrics.classification import reliability
from shelftalker.eval.metrics.statistics import Difference, Estimate, Values, compare
from shelftalker.eval.task import STANDARD, Task, all_tasks
from shelftalker.store.atomic import replace_file

PATH_OPTIONS = ("--cache", "--out")
"""Options for the places of files; they change no figure."""


class ResultRow(ConfigModel):
    """One system on one segment of the users. `values`: figures without an interval."""

    system: str
    segment: str = "all"
    metrics: dict[str, Estimate] = Field(default_factory=dict)
    values: dict[str, float] = Field(default_factory=dict)
    note: str = ""


class Comparison(ConfigModel):
    """System `a` less system `b`, paired over users."""

    metric: str
    a: str
    b: str
    segment: str = "all"
    difference: Difference

    @classmethod
    def of(
        cls,
        metric: str,
        a: tuple[str, Values],
        b: tuple[str, Values],
        seed: int,
        segment: str = "all",
    ) -> Self:
        """Of two systems, each with its values on the same users."""
        difference = compare(a[1], b[1], seed)
        return cls(metric=metric, a=a[0], b=b[0], segment=segment, difference=difference)


class Curve(ConfigModel):
    """One line of a plot. `kind`: the plot, such as reliability or scaling."""

    kind: str
    name: str
    x: list[float]
    y: list[float]

    @classmethod
    def reliability(cls, name: str, stated: Values, happened: npt.NDArray[np.bool_]) -> Self:
        """Observed share by stated probability, in bins of equal size."""
        mean, observed, _ = reliability(stated, happened)
        return cls(kind="reliability", name=name, x=mean.tolist(), y=observed.tolist())


class PerUser(ConfigModel):
    """One value per user, to pair two runs over the same users. `users`: digest of their ids in
    order."""

    system: str
    metric: str
    users: str
    values: list[float]

    @classmethod
    def of(cls, system: str, metric: str, users: Sequence[str], values: Iterable[float]) -> Self:
        """Of values per user, which are rounded to five digits."""
        digest = hashlib.sha256("\n".join(users).encode()).hexdigest()[:12]
        return cls(
            system=system, metric=metric, users=digest, values=[round(float(v), 5) for v in values]
        )


class Sample(ConfigModel):
    """One card as shown, with its evidence and the user's history."""

    user: str
    title: str
    description: str
    source: str
    score: float
    evidence: list[str] = Field(default_factory=list)
    history: list[str] = Field(default_factory=list)


class Provenance(ConfigModel):
    """Where figures come from; `command` reproduces them."""

    data: str
    split: str
    seed: int
    scorer: str = ""
    model: str = ""
    engine: str = ""
    adapter: str | None = None
    commit: str = ""
    command: str = ""
    machine: str = ""
    created: str = ""
    seconds: float = 0.0


class Figures(ConfigModel):
    """What a task measured. `n`: cases, mostly users; `facts`: fields of `Provenance` that the task
    knows."""

    n: int
    facts: dict[str, Any] = Field(default_factory=dict, exclude=True)
    rows: list[ResultRow] = Field(default_factory=list)
    comparisons: list[Comparison] = Field(default_factory=list)
    curves: list[Curve] = Field(default_factory=list)
    samples: list[Sample] = Field(default_factory=list)
    per_user: list[PerUser] = Field(default_factory=list)
    flags: list[str] = Field(default=[], description="what makes the figures doubtful")

    def row(self, system: str, segment: str = "all") -> ResultRow | None:
        """The row of a system, None if it was not measured."""
        rows = (r for r in self.rows if r.system == system and r.segment == segment)
        return next(rows, None)


class Result(Figures):
    """The figures of one task, with how to make them again."""

    task: str
    version: int
    kind: str
    provenance: Provenance

    @classmethod
    def of(cls, task: Task, figures: Figures, data: str, seconds: float) -> Self:
        """The result of a task on the data of that name; commit, command, machine and time are
        added."""
        made = provenance({"data": data, "seed": task.seed, **figures.facts}, seconds)
        values: dict[str, Any] = dict(figures)
        return cls(task=task.name, version=task.version, kind=task.kind, provenance=made, **values)


def write_result(result: Result, folder: Path) -> Path:
    """Write `<task>.json` into a folder, atomically. Cards of real users go into
    `<task>.cards.jsonl`, so that figures can be published without them."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{result.task}.json"
    replace_file(file, (result.model_dump_json(indent=1, exclude={"samples"}) + "\n").encode())
    cards = "".join(sample.model_dump_json() + "\n" for sample in result.samples)
    replace_file(file.with_suffix(".cards.jsonl"), cards.encode())
    return file


def results_of(folder: Path) -> list[Result]:
    """Every result of a run, the standard tasks first.

    Raises `InputError` if there is none or a file is no result, `EvaluationError` if one is of
    another version of its task than the current one.
    """
    results = [_read(file) for file in sorted(folder.glob("*.json"))]
    if not results:
        raise InputError(
            f"{folder} holds no results (*.json); make some with: "
            f"shelftalker eval DIR --out {folder}"
        )
    known = all_tasks()
    for result in results:
        now = known.get(result.task)
        if now is not None and now.version != result.version:
            raise EvaluationError(
                f"{folder / result.task}.json is of version {result.version} of task "
                f"{result.task!r}, which is now version {now.version}; run the task again"
            )
    order = [*dict.fromkeys([*STANDARD, *known])]
    return sorted(results, key=lambda r: order.index(r.task) if r.task in order else len(order))


def _read(file: Path) -> Result:
    cards = file.with_suffix(".cards.jsonl")
    try:
        result = Result.model_validate_json(file.read_bytes())
        lines = cards.read_bytes().splitlines() if cards.is_file() else []
        samples = [Sample.model_validate_json(line) for line in lines]
        return result.model_copy(update={"samples": samples})
    except ValidationError as error:
        raise InputError(
            f"{file} is no result of a task ({first_problem(error)}); remove it from the folder, "
            "or run the task again"
        ) from None


def first_problem(error: ValidationError, whole: str = "the file") -> str:
    """Where in a JSON text the first problem lies, and what it is. `whole`: a name of the text."""
    first = error.errors()[0]
    return f"{'.'.join(map(str, first['loc'])) or whole}: {first['msg']}"


def provenance(values: Mapping[str, Any], seconds: float) -> Provenance:
    """The given facts with commit, command, machine and time added."""
    return Provenance(
        **values,
        commit=commit(),
        command=command(),
        machine=machine(),
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        seconds=round(seconds, 1),
    )


def command(argv: Sequence[str] | None = None) -> str:
    """The command that reproduces the figures: this process's, without `PATH_OPTIONS`."""
    argv = sys.argv if argv is None else argv
    file = Path(argv[0])
    start = "shelftalker" if file.name == "cli.py" else file.name
    if file.suffix == ".py" and file.parent.name == "bench":
        start = f"python -m shelftalker.eval.bench.{file.stem}"
    paths = {at for at, word in enumerate(argv) if word in PATH_OPTIONS}
    rest = [word for at, word in enumerate(argv[1:], 1) if not {at, at - 1} & paths]
    return " ".join([start, *map(shlex.quote, rest)])


def commit() -> str:
    """The commit of the source tree, with a + where it has changes; empty outside a checkout."""
    head = git("rev-parse", "--short=12", "HEAD")
    return head + ("+" if git("status", "--porcelain", "-uno") else "")


def machine() -> str:
    """The processor's name, its number of cores, and the number of threads if it is set."""
    info = Path("/proc/cpuinfo")
    text = info.read_text(encoding="utf-8") if info.is_file() else ""
    name = re.search(r"^model name\s*: (.*)", text, re.MULTILINE)
    cpu = name[1] if name else platform.processor() or platform.machine()
    threads = os.environ.get("OMP_NUM_THREADS")
    return f"{cpu}, {os.cpu_count()} cores" + (f", OMP_NUM_THREADS={threads}" if threads else "")


def as_json(result: Result) -> dict[str, Any]:
    """Rows, comparisons and flags, for `--json`."""
    shown = {"task", "version", "n", "rows", "comparisons", "flags"}
    plain: dict[str, Any] = json.loads(result.model_dump_json(include=shown))  # NaN becomes null
    return plain
