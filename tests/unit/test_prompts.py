"""The prompts of the package: each language has the same variables and uses all of them."""

from pathlib import Path

import pytest

from shelftalker.errors import PromptError
from shelftalker.prompts import PromptSet

VARIABLES = {
    "pick": {"history", "request"},
    "letters": {"history", "request", "candidates"},
    "describe": {"history", "request", "title", "personal", "facts", "noun"},
}

LISTS = {"history", "candidates", "facts", "personal"}


@pytest.mark.parametrize("name", VARIABLES)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_each_prompt_takes_its_variables(name: str, language: str) -> None:
    template = PromptSet(language=language).template(name)
    given = {v: [f"⟨{v}⟩"] if v in LISTS else f"⟨{v}⟩"
             for v in VARIABLES[name]}  # fmt: skip
    assert set(template.variables) == VARIABLES[name]
    text = "\n".join(message["content"] for message in template.render(**given))
    assert all(f"⟨{v}⟩" in text for v in VARIABLES[name])
    assert "{{" not in text


@pytest.mark.parametrize("name", VARIABLES)
def test_languages_differ_and_unknown_ones_fall_back_to_english(name: str) -> None:
    en, zh, fr = (PromptSet(language=one).template(name).hash for one in ("en", "zh", "fr"))
    assert zh != en
    assert fr == en


def test_the_last_message_is_the_users() -> None:
    assert {PromptSet().template(name).messages[-1].role for name in VARIABLES} == {"user"}


def test_all_missing_variables_are_named() -> None:
    with pytest.raises(PromptError, match="history, request, candidates"):
        PromptSet().render("letters")


def test_without_history_and_request_the_prompt_mentions_neither() -> None:
    text = PromptSet().render("pick", history=[], request="")[0]["content"]
    assert "liked" not in text
    assert "want" not in text


def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    file, own = tmp_path / "own.en.yaml", PromptSet([tmp_path])
    body = "version: {}\nvariables: []\nmessages: [{{role: user, content: {}}}]\n"
    file.write_text(body.format(1, "one"), encoding="utf-8")
    assert own.render("own")[0]["content"] == "one"
    assert own.template("own") is own.template("own")
    file.write_text(body.format(2, "other"), encoding="utf-8")
    assert own.render("own")[0]["content"] == "other"
