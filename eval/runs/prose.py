"""The verifier on sentences of the writing corpus: which true ones pass, and which falsehoods of
each kind, by layer. A false sentence is a true one with a single change; no catalogue of the `test`
part was used to train or set the verifier.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from shelftalker.adapters.data.style_corpus import CorpusSentence, corpus
from shelftalker.eval.metrics.statistics import Estimate, wilson
from shelftalker.eval.result import Figures, ResultRow
from shelftalker.eval.task import ProseTask
from shelftalker.eval.task_setup import TaskSetup

LAYERS = ("exact rules", "exact rules and word list", "verifier")
"""What each refuses: a claim without support; besides, a word that neither the vocabulary nor the
item's text explains; besides the first, wording that the model takes for a statement."""


@dataclass(frozen=True, slots=True)
class Judged:
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
    false = {one.sentence.pair: one.passed[layer] for one in judged if not one.sentence.true}

    def share(of: Callable[[Judged], bool], passed: Callable[[Judged], bool]) -> Estimate | None:
        chosen = [passed(one) for one in judged if of(one)]
        return wilson(sum(chosen), len(chosen)) if chosen else None

    def passes(one: Judged) -> bool:
        return one.passed[layer]

    shares = {
        "true sentences passed": share(lambda one: one.sentence.true, passes),
        "falsehoods passed": share(lambda one: not one.sentence.true, passes),
        "pairs told apart": share(
            lambda one: one.sentence.true and one.sentence.pair in false,
            lambda one: passes(one) and not false[one.sentence.pair],
        ),
    }
    metrics = {name: figure for name, figure in shares.items() if figure is not None}
    return ResultRow(system=system, segment=kind, metrics=metrics)
