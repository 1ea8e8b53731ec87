"""Texts against held-out reasons: XRec's test set of reasons distilled from the reader's own review
(arXiv 2406.02377).

Log-likelihood per word of the true reason under the LLM, with another reader's reason as the
baseline; and similarity of written texts to the true reason (cosine and greedy word match by the
packaged encoder), beside XRec's published texts.
"""

import gzip
import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from shelftalker.engine.base import Engine, Prompt, Sampling
from shelftalker.eval.metrics.statistics import compare, estimates
from shelftalker.eval.result import Comparison, Result, ResultRow
from shelftalker.eval.task import ExplanationsTask
from shelftalker.eval.task_setup import TaskSetup
from shelftalker.eval.text_figures import Floats, greedy_match, similarity
from shelftalker.language.cleaning import neutral
from shelftalker.language.stems import stems_of
from shelftalker.prompts import PromptSet

WRITING = Sampling(max_tokens=80)
XREC_CASES = "amazon_test_explanations.jsonl.gz"
"""From the Amazon part of github.com/HKUDS/XRec."""


async def run(task: ExplanationsTask, setup: TaskSetup) -> Result:
    """Raises `InputError` if the data set is missing."""
    start = time.perf_counter()
    folder = setup.data_set(task.data, XREC_CASES)
    cases = xrec_cases(folder, task.users or 200, task.seed)
    engine = await setup.engine()
    prompts = [reason_prompt(case) for case in cases]
    own, other = [], []
    for at, (case, prompt) in enumerate(zip(cases, prompts, strict=True)):
        wrong = cases[(at + 1) % len(cases)]
        pair = [case["explanation"], wrong["explanation"]]
        log_p = await engine.likelihood(prompt, pair, setup.adapter_for("describe"))
        own.append(log_p[0] / len(stems_of(pair[0])))
        other.append(log_p[1] / len(stems_of(pair[1])))
        setup.progress(at + 1, len(cases), "likelihood of true reasons")
    likely, unlikely = np.array(own), np.array(other)
    rows = [
        ResultRow(system="true reason", metrics=estimates({"log p a word": likely}, task.seed)),
        ResultRow(system="another reader's reason", metrics=estimates({"log p a word": unlikely})),
        await _written(task, cases, prompts, engine, setup),
        *_published(folder, cases, setup, task),
    ]
    return Result.of(
        task,
        len(cases),
        time.perf_counter() - start,
        {
            "data": f"XRec, Amazon books, {len(cases)} of its test cases",
            "split": "the test set as published; reasons are held out",
            **await setup.engine_facts(),
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
    """A random choice of at most `n` test cases."""
    with gzip.open(folder / XREC_CASES, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    kept = [row for row in rows if row["explanation"].strip()]
    return [kept[at] for at in np.random.default_rng(seed).permutation(len(kept))[:n]]


def reason_prompt(case: dict[str, Any]) -> Prompt:
    """The question why this reader liked this book."""
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
    setup: TaskSetup,
) -> ResultRow:
    n = min(task.generated, len(cases))
    texts = []
    for at in range(n):
        texts += await engine.write([prompts[at]], WRITING, setup.adapter_for("describe"))
        setup.progress(at + 1, n, "writing reasons")
    references = [case["explanation"] for case in cases[:n]]
    return ResultRow(
        system="written here", metrics=_similarity(texts, references, setup, task.seed)
    )


def _published(
    folder: Path, cases: Sequence[dict[str, Any]], setup: TaskSetup, task: ExplanationsTask
) -> list[ResultRow]:
    """XRec's published texts against its references; another reader's reason as the baseline."""
    files = [folder / f"amazon_tst_{name}.txt.gz" for name in ("pred", "ref")]
    references = [case["explanation"] for case in cases[: task.generated]]
    shifted = references[1:] + references[:1]
    rows = [
        ResultRow(
            system="another reader's reason",
            segment="similarity",
            metrics=_similarity(shifted, references, setup, task.seed),
        )
    ]
    if all(file.is_file() for file in files):
        texts, true = (
            gzip.decompress(file.read_bytes()).decode().splitlines()[: task.generated]
            for file in files
        )
        rows.append(ResultRow(system="XRec", metrics=_similarity(texts, true, setup, task.seed)))
    return rows


def _similarity(
    texts: Sequence[str], references: Sequence[str], setup: TaskSetup, seed: int
) -> dict[str, Any]:
    values: dict[str, Floats] = {
        "cosine": similarity(texts, references, setup.encoder),
        "word match F1": greedy_match(texts, references, setup.encoder),
        "words": np.array([len(stems_of(text)) for text in texts], np.float64),
    }
    return estimates(values, seed)
