"""Texts against held-out reasons: XRec's test set of reasons distilled from the reader's own review
(arXiv 2406.02377).

Log-likelihood per word of the true reason under the LLM, with another reader's reason as the
baseline; and similarity of written texts to the true reason (cosine and greedy word match by the
packaged encoder), beside XRec's published texts.
"""

import gzip
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from shelftalker.engine.base import Prompt, Sampling
from shelftalker.eval.metrics.statistics import estimates
from shelftalker.eval.result import Comparison, Figures, ResultRow
from shelftalker.eval.task import ExplanationsTask
from shelftalker.eval.task_setup import TaskSetup
from shelftalker.eval.text_figures import Floats, greedy_match, similarity
from shelftalker.language.cleaning import neutral
from shelftalker.language.stems import stems_of
from shelftalker.prompts import PromptSet

WRITING = Sampling(max_tokens=80)
XREC_CASES = "amazon_test_explanations.jsonl.gz"
"""From the Amazon part of github.com/HKUDS/XRec."""


async def run(task: ExplanationsTask, setup: TaskSetup) -> Figures:
    """Raises `InputError` if the data set is missing."""
    folder = setup.data_set(task.data, XREC_CASES)
    cases = xrec_cases(folder, task.users or 200, task.seed)
    engine, adapter = await setup.engine(), setup.adapter_for("describe")
    prompts = [reason_prompt(case) for case in cases]
    reasons = [str(case["explanation"]) for case in cases]
    shifted = reasons[1:] + reasons[:1]
    log_p: list[Floats] = []
    for prompt, pair in zip(prompts, zip(reasons, shifted, strict=True), strict=True):
        words = [len(stems_of(reason)) for reason in pair]
        log_p.append(await engine.likelihood(prompt, pair, adapter) / words)
        setup.progress(len(log_p), len(cases), "likelihood of true reasons")
    likely, unlikely = np.array(log_p).T
    n = min(task.generated, len(cases))
    texts: list[str] = []
    for prompt in prompts[:n]:
        texts += await engine.write([prompt], WRITING, adapter)
        setup.progress(len(texts), n, "writing reasons")

    def similar(
        system: str, texts: Sequence[str], true: Sequence[str], of: str = "all"
    ) -> ResultRow:
        metrics = _similarity(texts, true, setup, task.seed)
        return ResultRow(system=system, segment=of, metrics=metrics)

    own, other = "true reason", "another reader's reason"
    references = reasons[: task.generated]
    rotated = references[1:] + references[:1]
    return Figures(
        n=len(cases),
        facts={
            "data": f"XRec, Amazon books, {len(cases)} of its test cases",
            "split": "the test set as published; reasons are held out",
            **await setup.engine_facts(),
        },
        rows=[
            ResultRow(system=own, metrics=estimates({"log p a word": likely}, task.seed)),
            ResultRow(system=other, metrics=estimates({"log p a word": unlikely})),
            similar("written here", texts, reasons[:n]),
            similar(other, rotated, references, "similarity"),
            *(similar("XRec", *pair) for pair in _published(folder, task.generated)),
        ],
        comparisons=[Comparison.of("log p a word", (own, likely), (other, unlikely), task.seed)],
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


def _published(folder: Path, n: int) -> list[tuple[list[str], list[str]]]:
    """XRec's published texts with its references, if the folder holds them."""
    files = [folder / f"amazon_tst_{name}.txt.gz" for name in ("pred", "ref")]
    if not all(file.is_file() for file in files):
        return []
    texts, true = (gzip.decompress(file.read_bytes()).decode().splitlines()[:n] for file in files)
    return [(texts, true)]


def _similarity(
    texts: Sequence[str], references: Sequence[str], setup: TaskSetup, seed: int
) -> dict[str, Any]:
    values: dict[str, Floats] = {
        "cosine": similarity(texts, references, setup.encoder),
        "word match F1": greedy_match(texts, references, setup.encoder),
        "words": np.array([len(stems_of(text)) for text in texts], np.float64),
    }
    return estimates(values, seed)
