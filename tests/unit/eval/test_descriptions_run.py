"""The descriptions task: an invented year, and a verifier that stops nothing, are seen."""

import asyncio

import pytest

from shelftalker.eval.runs import descriptions
from shelftalker.eval.task_setup import TaskSetup
from tests.support.fakes import FakeEngine
from tests.unit.eval.conftest import task_of


@pytest.mark.parametrize(
    ("text", "flagged"),
    [("It was released in 1931.", True), ("It is a film from Norway.", False)],
)
def test_an_invented_year_is_flagged(
    setup: TaskSetup, monkeypatch: pytest.MonkeyPatch, text: str, flagged: bool
) -> None:
    """The writer's own verifier is switched off."""
    from shelftalker.writing import describe
    from shelftalker.writing.verifier.grounds import Verdict

    class Blind(describe.Grounds):
        def check(self, sentence: str, claims: object = ()) -> Verdict:
            return Verdict(True, states=frozenset([sentence]))

    monkeypatch.setattr(describe, "Grounds", Blind)
    setup.engine_wanted = FakeEngine([text])
    result = asyncio.run(descriptions.run(task_of("descriptions", users=5), setup))  # type: ignore[arg-type]
    own = [flag for flag in result.flags if flag.startswith("shelftalker")]
    assert any("nothing says 1931" in flag for flag in own) == flagged
    assert (
        any("1931" in flag and ("no row says" in flag or "no fact says" in flag) for flag in own)
        == flagged
    )
    row = result.row("shelftalker")
    assert row is not None
    assert row.metrics["groundedness"].mean == (0.0 if flagged else 1.0)


@pytest.mark.parametrize("strict", [False, True])
def test_a_verifier_that_refuses_true_sentences_is_noticed(
    setup: TaskSetup, monkeypatch: pytest.MonkeyPatch, strict: bool
) -> None:
    from shelftalker.writing.verifier.grounds import Grounds, Verdict

    if strict:
        monkeypatch.setattr(Grounds, "check", lambda self, sentence, claims=(): Verdict(False))
    setup.engine_wanted = FakeEngine(["It is a film from Norway."])
    result = asyncio.run(descriptions.run(task_of("descriptions", users=5), setup))  # type: ignore[arg-type]
    row = result.row("the check")
    assert row is not None
    assert row.metrics["true sentences refused"].mean == (1.0 if strict else 0.0)
