"""The CPU engine's figures, all in one run: python -m shelftalker.eval.bench.cpu_engine DIR

Generated and prompt tokens a second, one stream and eight, of OpenVINO GenAI on the packaged GGUF
file and of our engine, in turns; then `shelftalker generate` from a cold start, and the seconds to
the first checked sentence and to three cards. Run it alone on the machine.
"""

import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from shelftalker import Recommender
from shelftalker.engine import models
from shelftalker.engine.local.model_thread import TOGETHER
from shelftalker.engine.models import DEFAULT_MODEL, PACKAGED_MODELS
from shelftalker.engine.openvino.model import PagedModel
from shelftalker.eval.bench import harness
from shelftalker.eval.runs.speed import milestones

PROMPT, ANSWER, STREAMS = 500, 64, (1, 8)
Speeds = dict[str, float]


async def measure(workspace: Path, requests: int = 12, laps: int = 3) -> harness.Report:
    """Medians over the laps, and over requests with a seed of their own: no text is cached."""
    ours, raw = PagedModel(models.resolve(DEFAULT_MODEL), "auto"), _genai()
    measured = [(n, {"ours": _ours(ours, n), "raw": _raw(raw, n)})
                for _ in range(laps) for n in STREAMS]  # fmt: skip
    ours.free()
    figures: dict[str, Any] = {
        f"{n} streams": {
            name: {
                engine: float(np.median([lap[engine][name] for of, lap in measured if of == n]))
                for engine in ("ours", "raw")
            }
            for name in ("prompt tokens/s", "generated tokens/s")
        }
        for n in STREAMS
    }
    command = [sys.executable, "-m", "shelftalker.cli", "generate", str(workspace)]
    command += ["--user", "196", "--message", "a tense thriller"]
    figures["cold start (s)"] = _seconds(lambda: subprocess.run(command, check=True, stdout=-3))
    with Recommender.open(workspace) as recommender:
        times = [await milestones(recommender, str(n + 1), seed=n) for n in range(requests + 1)]
    figures["request (s)"] = {
        "first sentence": float(np.nanmedian([one["first sentence"] for one in times[1:]])),
        "three cards": float(np.median([one["all"] for one in times[1:]])),
    }
    return harness.Report("cpu_engine", "the CPU engine", figures, {"data": str(workspace)})


def _prompts(streams: int) -> list[list[int]]:
    random = np.random.default_rng(time.perf_counter_ns())  # none is in a prefix cache
    prompts: list[list[int]] = random.integers(100, 40_000, (streams, PROMPT)).tolist()
    return prompts


def _ours(model: PagedModel, streams: int) -> Speeds:
    sequences: list[Any] = []
    prompts = _prompts(streams)
    together = [prompts[at : at + TOGETHER] for at in range(0, streams, TOGETHER)]

    def start() -> None:
        for part in together:
            sequences.extend(one for _, one in model.start([(prompt, None) for prompt in part]))

    read = _seconds(start)

    def write() -> None:
        for _ in range(ANSWER):
            [int(one[0].argmax()) for one in model.extend([(one, [5]) for one in sequences])]

    written = _seconds(write)
    for sequence in sequences:
        model.release(sequence)
    return _speeds(streams, read, written)


def _genai() -> Any:
    import openvino_genai

    scheduler = openvino_genai.SchedulerConfig()
    scheduler.cache_size, scheduler.max_num_batched_tokens = 1, 2 * 8 * PROMPT
    file = models._locate(DEFAULT_MODEL, PACKAGED_MODELS[DEFAULT_MODEL])
    return openvino_genai.ContinuousBatchingPipeline(str(file), scheduler, "CPU")


def _raw(pipeline: Any, streams: int) -> Speeds:
    import openvino
    import openvino_genai

    config = openvino_genai.GenerationConfig(
        max_new_tokens=ANSWER, do_sample=False, ignore_eos=True, apply_chat_template=False
    )
    handles = [  # a request whose handle is freed is dropped
        pipeline.add_request(number, openvino.Tensor(np.array([prompt])), config)
        for number, prompt in enumerate(_prompts(streams))
    ]
    read = _seconds(pipeline.step)  # the first step reads all prompts

    def write() -> None:
        while pipeline.has_non_finished_requests():
            pipeline.step()

    written = _seconds(write)
    assert all(len(handle.read_all()[0].generated_ids) == ANSWER for handle in handles)
    return _speeds(streams, read, written)


def _speeds(streams: int, read: float, written: float) -> Speeds:
    return {
        "prompt tokens/s": streams * PROMPT / read,
        "generated tokens/s": streams * ANSWER / written,
    }


def _seconds(work: Any) -> float:
    return harness.milliseconds(work) / 1000


if __name__ == "__main__":
    harness.run(measure)
