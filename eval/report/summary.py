"""Summary of a run as four questions: is it better, for whom, at what price, is the text true.

Sentences are made from the results alone; a question without a task in the run says so.
"""

from collections.abc import Iterator, Sequence

from shelftalker.eval.metrics.statistics import Estimate
from shelftalker.eval.result import Comparison, Result, ResultRow
from shelftalker.eval.text_judge import JUDGE_ROW

Answered = list[tuple[str, list[str]]]


def summary(results: Sequence[Result]) -> Answered:
    """Questions with their sentences."""
    questions = (
        ("Is it better?", _better, "ranking task"),
        ("For whom?", _for_whom, "ranking task with large segments"),
        ("At what price?", _price, "speed task"),
        ("Is the text true?", _true, "descriptions task"),
    )
    return [
        (question, list(answer(results)) or [f"No {task} in this run."])
        for question, answer, task in questions
    ]


def _of(results: Sequence[Result], kind: str) -> list[Result]:
    return [result for result in results if result.kind == kind]


def _better(results: Sequence[Result]) -> Iterator[str]:
    for result in _of(results, "ranking"):
        # the strongest peer comes first
        best = next((c for c in result.comparisons if c.segment == "all"), None)
        if best and (own := result.row(best.a)) and (against := result.row(best.b)):
            yield (
                f"{result.task}: the scorer's {best.metric} is {own.metrics[best.metric]}, the "
                f"best peer's ({best.b}) {against.metrics[best.metric]}: {_words(best)}."
            )
    for result in _of(results, "picking"):
        fused = result.row("fused")
        note = f" ({fused.note})" if fused and fused.note else ""
        for c in result.comparisons:
            if c.segment == "all" and c.a == "fused":
                words = f"{_words(c)}{note}"
                yield f"{result.task}: the LLM's pick over the scorer's order: {words}."
    for result in _of(results, "classification"):
        rows = [row for row in result.rows if "auc" in row.metrics]
        figures = "; ".join(f"{row.system} {row.metrics['auc']}" for row in rows)
        yield f"{result.task}: AUC of like against dislike: {figures}."


def _for_whom(results: Sequence[Result]) -> Iterator[str]:
    for result in _of(results, "ranking"):
        parts = [c for c in result.comparisons if c.segment != "all"]
        for word in ("better", "worse", "no clear difference"):
            names = [c.segment for c in parts if c.difference.verdict == word]
            if names:
                yield f"{result.task}: {word} for {', '.join(names)}."


def _price(results: Sequence[Result]) -> Iterator[str]:
    for result in _of(results, "speed"):
        if row := result.row("one request, three cards"):
            times = ", ".join(
                f"{name.removesuffix(' (s)')} after {e.mean:.2f} s"
                for name, e in row.metrics.items()
            )
            yield f"A visitor of {result.provenance.engine} has the {times}."
        if rate := result.row("requests a second"):
            best = max(rate.values.values())
            yield f"One machine ({result.provenance.machine}) serves {best:.2f} requests/s."
    for result in _of(results, "picking"):
        row = result.row("fused")
        if row and row.values["milliseconds a user"] >= 1:  # else it was the scorer's
            yield f"The LLM's pick takes {row.values['milliseconds a user']:.0f} ms a user."


def _true(results: Sequence[Result]) -> Iterator[str]:
    for result in _of(results, "descriptions"):
        row = result.row("shelftalker")
        if row is None or "groundedness" not in row.metrics:
            continue
        grounded, composed = row.metrics["groundedness"], row.metrics["composed"]
        picked, chance = row.metrics["picks the user"], row.values["chance of picking the user"]
        yield (
            f"{grounded.mean:.1%} of {grounded.n} texts pass the audit {_percent(grounded)}; "
            f"{composed.mean:.0%} had to be composed from facts, in whole or in part."
        )
        yield (
            f"A text identifies its user among others in {picked.mean:.0%} of the cases "
            f"(chance: {chance:.0%})."
        )
        yield from _checked(result)
        yield from _judged(result, row)


def _checked(result: Result) -> Iterator[str]:
    """How reliable the verifier is."""
    check = result.row("the check")
    if check:
        refused = check.metrics["true sentences refused"]
        yield (
            f"Of {refused.n} true sentences the check refuses {refused.mean:.1%} "
            f"{_percent(refused)}."
        )


def _judged(result: Result, row: ResultRow) -> Iterator[str]:
    """The opinions of an LLM judge, and how reliable they are."""
    judge = result.row(JUDGE_ROW)
    if judge is None or "judged true" not in row.metrics:
        return
    true, fitting, written = (
        row.metrics[f"judged {name}"] for name in ("true", "fitting", "well written")
    )
    agreed = judge.values.get("Cohen's kappa with hand verdicts")
    hand = judge.values.get("texts with a hand verdict", 0)
    by_hand = (
        f"kappa {agreed:.2f} with {hand:.0f} verdicts by hand"
        if agreed is not None
        else "not compared with verdicts by hand"
    )
    yield (
        f"The judge {judge.note} finds {true.mean:.1%} of {true.n} texts true {_percent(true)}, "
        f"{fitting.mean:.0%} fitting, {written.mean:.0%} well written ({by_hand})."
    )


def _percent(one: Estimate) -> str:
    return f"[{one.low:.1%}, {one.high:.1%}]"


def _words(c: Comparison) -> str:
    d = c.difference
    return f"{d.verdict}, {d.signed}, {d.p_text}, n = {d.n}"
