"""The CPU engine's figures, all in one run: python -m shelftalker.eval.bench.cpu_engine DIR

Generated and prompt tokens a second, one stream and eight, of OpenVINO GenAI on the packaged GGUF
file and of our engine, in turns; then `shelftalker generate` from a cold start, and the seconds to
the first checked sentence and to three cards. Run it alone on the machine.
"""

import asyncio
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from shelftalker import Recommender
from shelftalker.engine import models
from shelftalker.engine.models import DEFAULT_MODEL, PACKAGED_MODELS
from shelftalker.engine.openvino.model import PagedModel
from shelftalker.eval.bench.options import script_parser
from shelftalker.types import Done, Token

PROMPT, ANSWER, STREAMS = 500, 64, (1, 8)
Speeds = dict[str, float]


def main() -> None:
    """Measure and print one JSON object."""
    parser = script_parser(__doc__)
    parser.add_argument("workspace", type=Path)
    parser.add_argument("--requests", type=int, default=12)
    parser.add_argument("--laps", type=int, default=3)
    options = parser.parse_args()
    ours, raw = PagedModel(models.resolve(DEFAULT_MODEL), "auto"), _genai()
    laps = [(_ours(ours, n), _raw(raw, n)) for _ in range(options.laps) for n in STREAMS]
    ours.free()
    report: dict[str, Any] = {
        f"{n} streams": {
            name: {
                "ours": float(np.median([lap[0][name] for lap in laps[at :: len(STREAMS)]])),
                "raw": float(np.median([lap[1][name] for lap in laps[at :: len(STREAMS)]])),
            }
            for name in ("prompt tokens/s", "generated tokens/s")
        }
        for at, n in enumerate(STREAMS)
    }
    command = [sys.executable, "-m", "shelftalker.cli", "generate", str(options.workspace)]
    command += ["--user", "196", "--message", "a tense thriller"]
    report["cold start (s)"] = _seconds(lambda: subprocess.run(command, check=True, stdout=-3))
    report["request (s)"] = asyncio.run(_requests(options.workspace, options.requests))
    print(json.dumps(report, indent=2))


def _prompts(streams: int) -> list[list[int]]:
    random = np.random.default_rng(time.perf_counter_ns())  # none is in a prefix cache
    prompts: list[list[int]] = random.integers(100, 40_000, (streams, PROMPT)).tolist()
    return prompts


def _ours(model: PagedModel, streams: int) -> Speeds:
    sequences: list[Any] = []
    prompts = _prompts(streams)
    read = _seconds(lambda: sequences.extend(model.start(one, None)[1] for one in prompts))

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


async def _requests(workspace: Path, count: int) -> Speeds:
    """Medians over requests after a first one, each with a seed of its own: no text is cached."""
    firsts, alls = [], []
    with Recommender.open(workspace) as recommender:
        users = [str(user) for user in range(1, count + 2)]
        for seed, user in enumerate(users):
            begun, first = time.perf_counter(), None
            async for update in recommender.astream(user, k=3, seed=seed):
                if first is None and isinstance(update, Token):
                    first = time.perf_counter() - begun
                if isinstance(update, Done) and seed:
                    alls.append(time.perf_counter() - begun)
            if first is not None and seed:
                firsts.append(first)
    return {"first sentence": float(np.median(firsts)), "three cards": float(np.median(alls))}


def _seconds(work: Any) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


if __name__ == "__main__":
    main()
