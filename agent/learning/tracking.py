"""Experiment tracking of training runs: TensorBoard, Weights & Biases, trackio.

`auto` is TensorBoard where that is installed, else no tracking.
"""

import importlib
import importlib.util
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

from shelftalker.errors import InputError, MissingExtra

if TYPE_CHECKING:  # the command line imports `Reporter` and must not load torch
    from shelftalker.scorer.settings import Epoch, Watch

Reporter = Literal["auto", "tensorboard", "wandb", "trackio", "none"]
Log = Callable[[dict[str, float], int], None]


@contextmanager
def tracking(to: str, folder: Path, run: str, settings: Mapping[str, Any]) -> "Iterator[Watch]":
    """Yields the function that logs the epochs of one run. Raises as `check_reporter`."""
    check_reporter(to)
    if to == "auto":
        to = "tensorboard" if importlib.util.find_spec("tensorboard") else "none"
    name = f"{run}-{time.strftime('%Y%m%d-%H%M%S')}"
    log, close = _tracker(to, folder / name, settings)
    steps = 0

    def watch(epoch: "Epoch") -> None:
        nonlocal steps
        steps += 1
        values = {f"{epoch.stage}/loss": epoch.loss}
        if epoch.ndcg is not None:
            values[f"{epoch.stage}/ndcg@10"] = epoch.ndcg
        log(values, steps)

    try:
        yield watch
    finally:
        close()


def check_reporter(to: str) -> None:
    """Raises `InputError` or `MissingExtra` for an unknown name or a missing package."""
    if to not in get_args(Reporter):
        raise InputError(f"cannot report to {to!r}; allowed: {', '.join(get_args(Reporter))}")
    if to == "tensorboard" and importlib.util.find_spec(to) is None:
        raise MissingExtra(to, "train")
    if to in ("wandb", "trackio") and importlib.util.find_spec(to) is None:
        raise InputError(f"{to} is not installed; run: pip install {to}")


def _tracker(to: str, folder: Path, settings: Mapping[str, Any]) -> tuple[Log, Callable[[], None]]:
    """Opens a run; returns what logs the values of a step, and what closes it."""
    if to == "none":
        return (lambda values, step: None), (lambda: None)
    if to != "tensorboard":  # trackio has the same functions as wandb
        hosted = importlib.import_module(to)
        hosted.init(project="shelftalker", name=folder.name, config=dict(settings))
        return (lambda values, step: hosted.log(values, step=step)), hosted.finish
    from torch.utils.tensorboard import SummaryWriter

    writer = SummaryWriter(str(folder))
    lines = "\n".join(f"    {name} = {value}" for name, value in settings.items())
    writer.add_text("settings", lines)

    def log(values: dict[str, float], step: int) -> None:
        for name, value in values.items():
            writer.add_scalar(name, value, step)
        writer.flush()

    return log, writer.close
