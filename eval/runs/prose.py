"""The verifier on sentences of the writing corpus: which true ones pass, and which falsehoods of
each kind, by layer. A false sentence is a true one with a single change; no catalogue of the `test`
part was used to train or set the verifier.
"""

from collections.abc import Sequence
from typing import NamedTuple

from shelftalker.adapters.data.style_corpus import CorpusSentence, corpus
from shelftalker.eval.metrics.statistics import wilson
from shelftalker.eval.result import Figures, ResultRow
from shelftalker.eval.task import ProseTask
from shelftalker.eval.task_setup import TaskSetup

LAYERS = ("exact rules", "exact rules and word list", "verifier")
"""What each refuses: a claim without support; besides, a word that neither the vocabulary nor the
item's text explains; besides the first, wording that the model takes for a statement."""


class Judged(NamedTuple):
    """A sentence and whether each of `LAYERS` lets it through."""

    sentence: CorpusSentence
    passed: tuple[bool, ...]


async def run(task: ProseTask, setup: TaskSetup) -> Figures:
    """Raises `InputError` if a file of the corpus cannot be read. The workspace is not used."""
    rows: list[ResultRow] = []
    judged = {language: _judged(language, task.split) for language in task.languages}
    for language, every in judged.items():
        rows += [_row(f"{layer}, {language}", every, at) for at, layer in enumerate(LAYERS)]
        for kind in sorted({one.sentence.kind for one in every} - {""}):
            of_kind = [one for one in every if one.sentence.kind == kind]
            rows.append(_row(f"verifier, {language}", of_kind, -1, kind))
    facts = {
        "data": f"the writing corpus, catalogues of the split {task.split!r}",
        "split": "sentences of all texts about one item; intervals are Wilson's, at 95%",
    }
    return Figures(n=sum(map(len, judged.values())), facts=facts, rows=rows)


def _judged(language: str, split: str) -> Sequence[Judged]:
    found = []
    for catalogue in corpus(language, split):
        for sentence in catalogue.sentences():
            grounds = sentence.grounds
            verdict = grounds.check(sentence.text)
            exact = verdict.ok or verdict.rule == "wording"
            model, grounds.residue = grounds.residue, None
            listed = exact and grounds.check(sentence.text).ok
            grounds.residue = model
            found.append(Judged(sentence, (exact, listed, verdict.ok)))
    return found


def _row(system: str, judged: Sequence[Judged], layer: int, kind: str = "all") -> ResultRow:
    """The figures of one layer. A pair is told apart if the true sentence passes, the false not."""
    true = [one for one in judged if one.sentence.true]
    false = {one.sentence.pair: one.passed[layer] for one in judged if not one.sentence.true}
    cases = {
        "true sentences passed": [one.passed[layer] for one in true],
        "falsehoods passed": [one.passed[layer] for one in judged if not one.sentence.true],
        "pairs told apart": [
            one.passed[layer] and not false[one.sentence.pair]
            for one in true
            if one.sentence.pair in false
        ],
    }
    metrics = {name: wilson(sum(own), len(own)) for name, own in cases.items() if own}
    return ResultRow(system=system, segment=kind, metrics=metrics)
