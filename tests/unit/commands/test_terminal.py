"""Progress where stderr is no terminal: lines that say how far the work is, or what is awaited."""

import time

import pytest

from shelftalker.commands.terminal import lines, waiting


def test_a_line_now_and_then_says_how_far_it_is_and_how_long_it_will_take(
    capsys: pytest.CaptureFixture[str],
) -> None:
    clock = iter([0.0, 5, 10, 30, 40, 60, 61, 100, 130])
    update = lines("gate", clock=lambda: next(clock))
    for done in (1, 2, 3, 4):  # at 5, 10, 30 and 40 seconds
        update(done, 4, "fit")
    for done in (1, 2, 3, 13):  # another count, at 60, 61, 100 and 130 seconds
        update(done, 43, "picks")
    assert capsys.readouterr().err.splitlines() == [
        "gate: 3 of 4 fit",
        "gate: 1 of 43 picks",
        "gate: 3 of 43 picks, about 13 min left",
        "gate: 13 of 43 picks, about 3 min left",
    ]


def test_what_takes_longer_is_named_and_what_is_quick_is_not(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with waiting("a quick thing", seconds=30):
        pass
    assert capsys.readouterr().err == ""
    printed = ""
    with waiting("loading the LLM", seconds=0.01):
        deadline = time.monotonic() + 10
        while not printed and time.monotonic() < deadline:
            time.sleep(0.01)
            printed = capsys.readouterr().err
    assert printed == "loading the LLM\n"
