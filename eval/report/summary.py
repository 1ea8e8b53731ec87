"""Summary of a run as four questions: is it better, for whom, at what price, is the text true.

Sentences are made from the results alone; a question without a task in the run says so.
"""

from collections.abc import Sequence

from shelftalker.eval.result import Comparison, Result, ResultRow
from shelftalker.eval.text_judge import JUDGE_ROW

Answered = list[tuple[str, list[str]]]


def summary(results: Sequence[Result]) -> Answered:
    """Questions with their sentences."""
    return [
        ("Is it better?", _better(results) or ["No ranking task in this run."]),
        (
            "For whom?",
            _for_whom(results) or ["No ranking task with large segments in this run."],
        ),
        ("At what price?", _price(results) or ["No speed task in this run."]),
        ("Is the text true?", _true(results) or ["No descriptions task in this run."]),
    ]


def _of(results: Sequence[Result], kind: str) -> list[Result]:
    return [result for result in results if result.kind == kind]


def _better(results: Sequence[Result]) -> list[str]:
    sentences = []
    for result in _of(results, "ranking"):
        overall = [c for c in result.comparisons if c.segment == "all"]
        if overall:
            best = overall[0]  # the strongest peer comes first
            own = result.row(best.a)
            against = result.row(best.b)
            if own and against:
                sentences.append(
                    f"{result.task}: the scorer's {best.metric} is {own.metrics[best.metric]}, the "
                    f"best peer's ({best.b}) {against.metrics[best.metric]}: {_words(best)}."
                )
    for result in _of(results, "picking"):
        fused = result.row("fused")
        note = f" ({fused.note})" if fused and fused.note else ""
        sentences += [
            f"{result.task}: the LLM's pick over the scorer's order: {_words(c)}{note}."
            for c in result.comparisons
            if c.segment == "all" and c.a == "fused"
        ]
    for result in _of(results, "classification"):
        rows = [row for row in result.rows if "auc" in row.metrics]
        figures = "; ".join(f"{row.system} {row.metrics['auc']}" for row in rows)
        sentences.append(f"{result.task}: AUC of like against dislike: {figures}.")
    return sentences


def _for_whom(results: Sequence[Result]) -> list[str]:
    sentences = []
    for result in _of(results, "ranking"):
        parts = [c for c in result.comparisons if c.segment != "all"]
        for word in ("better", "worse", "no clear difference"):
            names = [c.segment for c in parts if c.difference.verdict == word]
            if names:
                sentences.append(f"{result.task}: {word} for {', '.join(names)}.")
    return sentences


def _price(results: Sequence[Result]) -> list[str]:
    sentences = []
    for result in _of(results, "speed"):
        row = result.row("one request, three cards")
        if row:
            times = ", ".join(
                f"{name.removesuffix(' (s)')} after {e.mean:.2f} s"
                for name, e in row.metrics.items()
            )
            sentences.append(f"A visitor of {result.provenance.engine} has the {times}.")
        rate = result.row("requests a second")
        if rate:
            best = max(rate.values.values())
            sentences.append(
                f"One machine ({result.provenance.machine}) serves {best:.2f} requests/s."
            )
    for result in _of(results, "picking"):
        row = result.row("fused")
        if row and row.values["milliseconds a user"] >= 1:  # else it was the scorer's
            sentences.append(
                f"The LLM's pick takes {row.values['milliseconds a user']:.0f} ms a user."
            )
    return sentences


def _true(results: Sequence[Result]) -> list[str]:
    sentences = []
    for result in _of(results, "descriptions"):
        row = result.row("shelftalker")
        if row and "groundedness" in row.metrics:
            grounded, composed = row.metrics["groundedness"], row.metrics["composed"]
            sentences.append(
                f"{grounded.mean:.1%} of {grounded.n} texts pass the audit "
                f"[{grounded.low:.1%}, {grounded.high:.1%}]; {composed.mean:.0%} had to be "
                "composed from facts, in whole or in part."
            )
            picked = row.metrics["picks the user"]
            chance = row.values["chance of picking the user"]
            sentences.append(
                f"A text identifies its user among others in {picked.mean:.0%} of the cases "
                f"(chance: {chance:.0%})."
            )
            sentences += _checked(result)
            sentences += _judged(result, row)
    return sentences


def _checked(result: Result) -> list[str]:
    """How reliable the verifier is."""
    check = result.row("the check")
    if check is None or "falsehoods stopped" not in check.metrics:
        return []
    stopped, refused = check.metrics["falsehoods stopped"], check.metrics["true sentences refused"]
    return [
        f"Of {stopped.n} falsehoods made from these texts the check stops {stopped.mean:.1%} "
        f"[{stopped.low:.1%}, {stopped.high:.1%}], of {refused.n} true sentences it refuses "
        f"{refused.mean:.1%}."
    ]


def _judged(result: Result, row: ResultRow) -> list[str]:
    """The opinions of an LLM judge, and how reliable they are."""
    judge = result.row(JUDGE_ROW)
    if judge is None or "judged true" not in row.metrics:
        return []
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
    return [
        f"The judge {judge.note} finds {true.mean:.1%} of {true.n} texts true [{true.low:.1%}, "
        f"{true.high:.1%}], {fitting.mean:.0%} fitting, {written.mean:.0%} well written "
        f"({by_hand})."
    ]


def _words(c: Comparison) -> str:
    d = c.difference
    return f"{d.verdict}, {d.mean:+.4f} [{d.low:+.4f}, {d.high:+.4f}], {d.p_text}, n = {d.n}"
