"""The tutorials' commands, in their order, on their files: all but those that load the LLM or wait
for visitors. Run: pytest tests/unit/commands/test_tutorial.py"""

import re
import shlex
from pathlib import Path

import pytest

from tests.support import ROOT
from tests.support.command_line import Run

ELSEWHERE = {"prepare", "chat", "serve", "eval"}
"""Tested with an engine, a browser, a client, a world that has enough users."""
ENGLISH = ("Linen Tea Towel", "Enamel Mug")


@pytest.mark.parametrize("page", ["tutorial.md", "zh/tutorial.md"])
def test_each_command_does_what_the_page_says(page: str, run: Run, place: Path) -> None:
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    named = iter([place / "items.csv", place / "orders.csv"])
    answers: list[str] = []
    for kind, block in re.findall(r"^```([a-z]*)\n(.*?)^```", text, re.DOTALL | re.MULTILINE):
        if kind == "csv":
            next(named).write_text(block)
        elif kind == "toml":
            (place / "shop/domains/shop/voice.toml").write_text(block)
        for line in block.splitlines() if not kind else ():
            if not line.startswith("shelftalker ") or "products_export" in line:
                continue  # of Shopify, whose exports have tests of their own
            words = shlex.split(line)
            if words[1] in ELSEWHERE:
                continue
            options = ("--engine", "none") if words[1] == "generate" else ()
            done = run(*words[1:], *options)
            assert done.returncode == 0, (line, done.stderr)
            if words[1] == "generate":
                answers.append(done.stdout)
    towel, mug, user = ("亚麻擦碗布", "搪瓷杯", "小安") if "zh" in page else (*ENGLISH, "ann")
    asked, later = (re.findall(r"\d\. (.+?)  \(", answer) for answer in answers)
    assert {towel, mug} == set(asked)  # in the kitchen, and cheap enough
    assert towel not in later  # liked since
    assert run("users", "shop", "export", user).stdout.split() == ["user:", user, "shop:", "none"]
