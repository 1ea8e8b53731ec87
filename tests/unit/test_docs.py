"""README and docs against the checkout: links, pictures, commands, options, modules, sentences.

Run with `pytest tests/unit/test_docs.py`. The tutorials' commands are given in
`tests/unit/commands/test_tutorial.py`.
"""

import re
import shlex
import textwrap
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
import typer
import yaml

from shelftalker.cli import app
from shelftalker.data.config_model import ConfigModel
from shelftalker.data.files.layouts import Layout
from shelftalker.eval.task import RankingTask
from shelftalker.ranking.shop_rules import Rules
from shelftalker.store.settings import Service, Settings
from shelftalker.writing.style import Voice
from tests.support import ROOT

PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
UNMEASURED = ("README.zh.md", "CHANGELOG.md", "glossary.md", "cpu-engine.md", "service.md")
"""In Chinese as those of `zh`, of words alone, lists, or with a style of their own."""
MEASURED = [page for page in PAGES if page.name not in UNMEASURED and page.parent.name != "zh"]
MAX_README_LINES = 150
MAX_WORDS = 30
ROOT_COMMAND: Any = typer.main.get_command(app)


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


def links(page: Path) -> Iterator[str]:
    text = re.sub(r"```.*?```|`[^`\n]*`", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if not re.match(r"[a-z]+:", target):
            yield target


def heads(page: Path) -> set[str]:
    """The anchors that the site and GitHub make of a page's headings."""
    titles = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[\s-]+", "-", re.sub(r"[^\w\s-]", "", t).strip().lower()) for t in titles}


def code(page: Path) -> Iterator[str]:
    """Lines of code blocks, with continued lines joined, and inline code."""
    text = page.read_text(encoding="utf-8")
    for block in re.findall(r"^ *```[a-z]*\n(.*?)^ *```", text, re.DOTALL | re.MULTILINE):
        yield from (line.strip() for line in block.replace("\\\n", " ").splitlines())
    yield from re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))


def unknown_words(words: list[str]) -> list[str]:
    """The words of a command line that the command line does not know: a command or options."""
    command, options = ROOT_COMMAND, set()
    for word in words[1:]:
        options |= {name for parameter in command.params for name in parameter.opts}
        if hasattr(command, "commands") and not word.startswith("-"):
            if word in command.commands:
                command = command.commands[word]
            elif word.isupper() or word in ("text", "json", "info"):
                continue  # a placeholder, or the value of a log option
            else:
                return [word]
    options |= {name for parameter in command.params for name in parameter.opts} | {"--help"}
    given = [word.partition("=")[0] for word in words if word.startswith("--")]
    return [word for word in given if word not in options]


def invocations(page: Path) -> Iterator[list[str]]:
    for line in code(page):
        if line.startswith("shelftalker ") and "…" not in line:
            yield shlex.split(re.split(r"\s[|>]\s", line)[0], comments=True)


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_relative_link_and_picture_leads_somewhere(page: Path) -> None:
    for link in links(page):
        target, _, anchor = link.partition("#")
        file = (page.parent / target).resolve() if target else page
        assert file.exists(), link
        assert not anchor or anchor in heads(file), link


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_command_and_option_exists(page: Path) -> None:
    for words in invocations(page):
        assert not unknown_words(words), words


@pytest.mark.parametrize(
    "line",
    ["shelftalker ask DIR", "shelftalker fit DIR --fast", "shelftalker adapters drop DIR v1"],
)
def test_a_command_that_does_not_exist_is_noticed(line: str) -> None:
    assert unknown_words(line.split())


def test_the_reference_lists_every_command() -> None:
    listed = {
        " ".join(words[1:3] if words[1] == "adapters" else words[1:2])
        for words in invocations(ROOT / "docs/reference.md")
        if not words[1].startswith("-")
    }
    own = {name for name in ROOT_COMMAND.commands if name != "adapters"}
    of_adapters = {f"adapters {name}" for name in ROOT_COMMAND.commands["adapters"].commands}
    assert listed == own | of_adapters


def test_the_reference_names_every_setting_and_engine() -> None:
    pages = (ROOT / "docs/reference.md", ROOT / "docs/service.md")
    reference, service = (page.read_text(encoding="utf-8") for page in pages)
    for name, field in Settings.model_fields.items():
        section = field.annotation
        if name == "service":
            lacking = [key for key in Service.model_fields if f"\n{key} = " not in service]
        elif isinstance(section, type) and issubclass(section, ConfigModel):
            rows = " ".join(re.findall(rf"^\| `\[{name}\] (.*?) \|", reference, re.MULTILINE))
            lacking = [key for key in section.model_fields if key not in re.findall(r"\w+", rows)]
        else:
            lacking = [] if re.search(rf"^\| [^|]*`{name}`", reference, re.MULTILINE) else [name]
        assert not lacking, name
    [engines] = re.findall(r"^\| `engine` .*", reference, re.MULTILINE)
    assert all(
        f"`{name}`" in engines for name in get_args(Settings.model_fields["engine"].annotation)
    )


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_modules_targets_extras_and_paths_exist(page: Path) -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"][
        "optional-dependencies"
    ]
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    for line in code(page):
        for module in re.findall(r"python -m (shelftalker[\w.]*)", line):
            assert (ROOT / "src" / f"{module.replace('.', '/')}.py").is_file(), module
        for given in re.findall(r"pip install[^\n]*\[([\w,-]+)\]", line):
            assert set(given.split(",")) <= set(extras), given
        if target := re.fullmatch(r"make ([a-z]+)\b.*", line):
            assert target[1] in targets, line
        if re.fullmatch(r"(agent|adapters|eval|prompts|tests|docs)/[\w./-]+", line):
            assert (ROOT / line).exists() or re.search(r"\b[A-Z]+\b", line), line


@pytest.mark.parametrize(
    ("page", "number", "model"),
    [
        ("hooks-and-voice", 0, Voice),
        ("shop-rules", 0, Rules),
        ("larger-model-or-openai-reader", 0, Settings),
        ("larger-model-or-openai-reader", 1, Voice),
        ("larger-model-or-openai-reader", 2, Settings),
        ("add-a-layout", 0, Layout),
        ("add-an-evaluation-task", 0, RankingTask),
    ],
)
def test_example_files_are_valid(page: str, number: int, model: type[ConfigModel]) -> None:
    text = (ROOT / f"docs/how-to/{page}.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^ *```(toml|yaml)\n(.*?)^ *```", text, re.DOTALL | re.MULTILINE)
    kind, block = blocks[number]
    read = tomllib.loads if kind == "toml" else yaml.safe_load
    assert model.model_validate(read(textwrap.dedent(block)))


def test_the_readme_is_short() -> None:
    for page in (ROOT / "README.md", ROOT / "README.zh.md"):
        assert len(page.read_text(encoding="utf-8").splitlines()) <= MAX_README_LINES, page.name


def test_figures_of_the_readme_are_those_of_the_results() -> None:
    results = (ROOT / "docs/results.md").read_text(encoding="utf-8")
    for page in (ROOT / "README.md", ROOT / "README.zh.md"):
        figures = re.findall(r"\b0\.\d{4}\b", page.read_text(encoding="utf-8"))
        assert len(figures) > 10
        assert not [figure for figure in figures if figure not in results]


def sentences(page: Path) -> Iterator[str]:
    """Sentences of running text: no code, tables, headings or marks; an inline code is one word."""
    text = page.read_text(encoding="utf-8")
    text = re.sub(r"^ *```.*?^ *```$|<!--.*?-->", "\n\n", text, flags=re.DOTALL | re.MULTILINE)
    text = re.sub(r"^(\||#).*$|^ *(-|\d+\.) ", "\n\n", text, flags=re.MULTILINE)
    text = re.sub(r"`[^`]*`", "code", re.sub(r"\]\([^)]*\)", "]", text))
    text = re.sub(r"[\[(][-+.\d]+, [-+.\d]+[\])]", "interval", text)
    for paragraph in re.split(r"\n\s*\n", text):
        yield from re.split(r"(?<=[.?!。])\**\s+", " ".join(paragraph.split()))


@pytest.mark.parametrize("page", MEASURED, ids=name_of)
def test_sentences_are_short(page: Path) -> None:
    lengths = {one: len(re.findall(r"\w[\w'’.-]*", one)) for one in sentences(page) if one}
    assert not [one for one, words in lengths.items() if words > MAX_WORDS]
    assert sum(lengths.values()) < 20 * len(lengths)
