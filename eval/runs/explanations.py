"""Texts against held-out reasons: XRec's test set, where a review of the very reader was distilled
into why this reader liked this book (arXiv 2406.02377).

How likely the LLM finds the true reason (per token, and with the reason of another reader instead,
as the floor), and how near written texts come to it: cosine and greedy word match by the packaged
encoder, beside XRec's own published texts.
"""

import gzip
import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from shelftalker.engine.base import Engine, Prompt, Sampling
from shelftalker.errors import InputError
from shelftalker.eval.metrics.statistics import compare, estimates
from shelftalker.eval.result import Comparison, Result, ResultRow
from shelftalker.eval.task import ExplanationsTask
from shelftalker.eval.task_setup import TaskSetup
from shelftalker.eval.text_figures import Floats, greedy_match, similarity
from shelftalker.language.cleaning import neutral
from shelftalker.language.stems import words_of
from shelftalker.prompts import PromptSet

WRITING = Sampling(max_tokens=80)


async def run(task: ExplanationsTask, bench: TaskSetup) -> Result:
    """Raises `InputError` where the data set is not there."""
    start = time.perf_counter()
    folder = bench.data / task.data
    cases = xrec_cases(folder, task.users or 200, task.seed)
    engine = await bench.engine()
    prompts = [reason_prompt(case) for case in cases]
    own, other = [], []
    for at, (case, prompt) in enumerate(zip(cases, prompts, strict=True)):
        wrong = cases[(at + 1) % len(cases)]
        pair = [case["explanation"], wrong["explanation"]]
        log_p = await engine.likelihood(prompt, pair, bench.adapter_for("describe"))
        own.append(log_p[0] / len(words_of(pair[0])))
        other.append(log_p[1] / len(words_of(pair[1])))
        bench.progress(at + 1, len(cases), "likelihood of true reasons")
    likely, unlikely = np.array(own), np.array(other)
    rows = [
        ResultRow(system="true reason", metrics=estimates({"log p a word": likely}, task.seed)),
        ResultRow(system="another reader's reason", metrics=estimates({"log p a word": unlikely})),
        await _written(task, cases, prompts, engine, bench),
        *_published(folder, cases, bench, task),
    ]
    return Result.of(
        task,
        len(cases),
        time.perf_counter() - start,
        {
            "data": f"XRec, Amazon books, {len(cases)} of its test cases",
            "split": "the test set as published; reasons are held out",
            **await bench.engine_facts(),
        },
        rows=rows,
        comparisons=[
            Comparison(
                metric="log p a word",
                a="true reason",
                b="another reader's reason",
                difference=compare(likely, unlikely, task.seed),
            )
        ],
    )


def xrec_cases(folder: Path, n: int, seed: int) -> list[dict[str, Any]]:
    """A random choice of the test cases. Raises `InputError` where the file is not there."""
    file = folder / "amazon_test_explanations.jsonl.gz"
    if not file.is_file():
        raise InputError(
            f"no file {file}; download the Amazon part of github.com/HKUDS/XRec as "
            "amazon_test_explanations.jsonl.gz and name the folder above it with --data"
        )
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    kept = [row for row in rows if row["explanation"].strip()]
    return [kept[at] for at in np.random.default_rng(seed).permutation(len(kept))[:n]]


def reason_prompt(case: dict[str, Any]) -> Prompt:
    """Asks why this reader liked this book."""
    return PromptSet().render(
        "why",
        reader=neutral(case["user_summary"]),
        title=neutral(case["title"]),
        text=neutral(case["item_summary"]),
    )


async def _written(
    task: ExplanationsTask,
    cases: Sequence[dict[str, Any]],
    prompts: Sequence[Prompt],
    engine: Engine,
    bench: TaskSetup,
) -> ResultRow:
    some = min(task.generated, len(cases))
    texts = []
    for at in range(some):
        texts += await engine.write([prompts[at]], WRITING, bench.adapter_for("describe"))
        bench.progress(at + 1, some, "writing reasons")
    references = [case["explanation"] for case in cases[:some]]
    return ResultRow(system="written here", metrics=_nearness(texts, references, bench, task.seed))


def _published(
    folder: Path, cases: Sequence[dict[str, Any]], bench: TaskSetup, task: ExplanationsTask
) -> list[ResultRow]:
    """XRec's own texts against its references, as published with it, and a floor: the reason of
    another reader."""
    files = [folder / f"amazon_tst_{name}.txt.gz" for name in ("pred", "ref")]
    references = [case["explanation"] for case in cases[: task.generated]]
    shifted = references[1:] + references[:1]
    rows = [
        ResultRow(
            system="another reader's reason",
            segment="similarity",
            metrics=_nearness(shifted, references, bench, task.seed),
        )
    ]
    if all(file.is_file() for file in files):
        texts, true = (
            gzip.decompress(file.read_bytes()).decode().splitlines()[: task.generated]
            for file in files
        )
        rows.append(ResultRow(system="XRec", metrics=_nearness(texts, true, bench, task.seed)))
    return rows


def _nearness(
    texts: Sequence[str], references: Sequence[str], bench: TaskSetup, seed: int
) -> dict[str, Any]:
    found: dict[str, Floats] = {
        "cosine": similarity(texts, references, bench.encoder),
        "word match F1": greedy_match(texts, references, bench.encoder),
        "words": np.array([len(words_of(text)) for text in texts], np.float64),
    }
    return estimates(found, seed)
