"""The prompts that come with the package: each language takes the same variables and fills them."""

from pathlib import Path

import pytest

from shelftalker.errors import PromptError
from shelftalker.prompts import load

VARIABLES = {
    "pick": {"history", "request"},
    "letters": {"history", "request", "candidates"},
    "describe": {"history", "request", "title", "personal", "facts", "noun"},
}

LISTS = {"history", "candidates", "facts", "personal"}


@pytest.mark.parametrize("name", VARIABLES)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_each_prompt_takes_its_variables(name: str, language: str) -> None:
    template = load(name, language)
    given = {v: [f"⟨{v}⟩"] if v in LISTS else f"⟨{v}⟩"
             for v in VARIABLES[name]}  # fmt: skip
    assert set(template.variables) == VARIABLES[name]
    text = "\n".join(message["content"] for message in template.render(**given))
    assert all(f"⟨{v}⟩" in text for v in VARIABLES[name])
    assert "{{" not in text


@pytest.mark.parametrize("name", VARIABLES)
def test_languages_differ_and_unknown_ones_fall_back_to_english(name: str) -> None:
    assert load(name, "zh").hash != load(name, "en").hash
    assert load(name, "fr").hash == load(name, "en").hash


def test_the_last_word_is_the_users() -> None:
    assert {load(name).messages[-1].role for name in VARIABLES} == {"user"}


def test_missing_variables_are_named_at_once() -> None:
    with pytest.raises(PromptError, match="history, request, candidates"):
        load("letters").render()


def test_without_a_history_nothing_is_said_of_one() -> None:
    text = load("pick").render(history=[], request="")[0]["content"]
    assert "liked" not in text
    assert "want" not in text


def test_a_file_is_read_again_once_it_has_changed(tmp_path: Path) -> None:
    file = tmp_path / "own.en.yaml"
    body = "version: {}\nvariables: []\nmessages: [{{role: user, content: {}}}]\n"
    file.write_text(body.format(1, "one"), encoding="utf-8")
    assert load("own", folders=[tmp_path]).render()[0]["content"] == "one"
    assert load("own", folders=[tmp_path]) is load("own", folders=[tmp_path])
    file.write_text(body.format(2, "other"), encoding="utf-8")
    assert load("own", folders=[tmp_path]).render()[0]["content"] == "other"
