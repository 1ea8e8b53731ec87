"""`shelftalker adapters …` with bad input: one sentence, a non-zero exit, no change."""

import json
import shutil
from collections import Counter
from pathlib import Path

import pytest

from shelftalker.store.workspace import Workspace
from tests.support import adapter_shelf
from tests.support.command_line import ITEMS, Run, refuses
from tests.unit.adapters import test_registry

trained = test_registry.trained
shelf = adapter_shelf.shelf


# Each line: a command that cannot work, and what its one sentence must say.
WHERE = [
    ("nowhere", "nowhere does not exist"),
    ("items.csv", "items.csv is a file"),
    ("plain", "has no workspace.toml"),
    ("hollow", "its domains: none yet"),
    ("bad-toml", "not valid TOML"),
    ("odd-key", "unknown key 'colour'"),
]
ONE = [
    ("ws v9", "has no adapter 'v9'; it has: v1, v2"),
    ("ws films@v9", "has no adapter 'v9'; it has: v1, v2"),
    ("ws books@v1", "its domains: films"),
    ("ws films@v1 --domain books", "give one of them"),
    ("ws v1 --domain books", "its domains: films"),
    ("ws v1 --speed 3", "allowed: DIR, VERSION"),
    ("ws", "Missing argument 'VERSION'"),
    ("ws ../../scorer/v1", "has no adapter '../../scorer/v1'"),
]
UNFIT = [
    ("base v1", "was trained on the base model"),
    ("pickled v1", "a pickle can run code"),
    ("torn v1", "is damaged"),
    ("no-card v1", "has no card.json"),
]
NAMED = ("show", "verify", "gate", "promote")
BAD = [
    *[(f"{name} {where} v1", said) for name in NAMED for where, said in WHERE],
    *[(f"{name} {what}", said) for name in NAMED for what, said in ONE],
    *[(f"{name} {what}", said) for name in ("verify", "gate", "promote") for what, said in UNFIT],
    ("promote ws v1", "films@v1 was never gated; run: shelftalker adapters gate ws films@v1"),
    ("promote ws v1 --force yes", "extra argument"),
    ("gate ws v1", "0 examples with a hit are newer than its data"),
    ("gate ws v1 --examples 0", "--examples is '0'"),
    ("gate ws v1 --descriptions few", "--descriptions is 'few'"),
    ("show bad-gate v1", "gate.json is damaged"),
    ("promote bad-gate v1", "gate.json is damaged"),
    ("show no-card v1", "has no card.json"),
    ("show bad-pick v1", "pick.json is damaged"),
    *[(f"list {where}", said) for where, said in WHERE if where != "hollow"],
    ("list", "Missing argument 'DIR'"),
    ("list hollow --domain films", "its domains: none yet"),
    ("list ws --domain books", "its domains: films"),
    ("list ws v1", "extra argument"),
    ("list ws --version v1", "allowed: DIR, --domain, --json"),
    ("list bad-current", "CURRENT is damaged"),
    *[(f"rollback {where}", said) for where, said in WHERE],
    ("rollback", "Missing argument 'DIR'"),
    ("rollback ws", "nothing served before the base model"),
    ("rollback ws --domain books", "its domains: films"),
    ("rollback ws v1", "extra argument"),
    ("rollback bad-current", "CURRENT is damaged"),
    ("rollback bad-current", "goes back to is listed in CURRENT alone, so keep a copy"),
    ("rollback lost", "has nothing to roll back to: films@v7 cannot serve any more"),
    *[(f"export {where} v1 new", said) for where, said in WHERE],
    *[(f"export {what} new", said) for what, said in UNFIT],
    ("export ws v9 new", "it has: v1, v2"),
    ("export ws v1", "Missing argument 'FOLDER'"),
    ("export ws v1 plain", "plain is not empty"),
    ("export ws v1 items.csv", "items.csv is a file"),
    ("export ws v1 new --dtype int8", "--dtype is 'int8': not one of 'float32', 'bfloat16'; "),
    *[(f"add {where} peft", said) for where, said in WHERE],
    ("add ws", "Missing argument 'FOLDER'"),
    ("add ws nothing", "has no adapter_config.json"),
    ("add ws plain", "has no adapter_config.json"),
    ("add ws peft --domain books", "its domains: films"),
    ("add ws unsafe", "a pickle can run code"),
    ("swap ws", "allowed: list, show, verify, gate, promote, rollback, export, add"),
]  # fmt: skip


@pytest.fixture(scope="module")
def bench(shelf: Path, trained: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Good and bad workspaces and adapter folders that no command of `BAD` may change."""
    bench = tmp_path_factory.mktemp("bench")
    (bench / "items.csv").write_text(ITEMS)
    (bench / "plain").mkdir()
    (bench / "plain" / "note.txt").write_text("mine")
    Workspace.create(bench / "hollow")
    names = "ws odd-key bad-toml bad-current lost base pickled torn no-card bad-pick bad-gate"
    for name in names.split():
        shutil.copytree(shelf, bench / name)
    (bench / "odd-key" / "workspace.toml").write_text('colour = "red"\n')
    (bench / "bad-toml" / "workspace.toml").write_text("engine = \n")
    (bench / "bad-current" / "domains" / "films" / "CURRENT").write_text("v1")
    current = bench / "lost" / "domains" / "films" / "CURRENT"
    current.write_text(json.dumps(json.loads(current.read_text()) | {"before": ["v7"]}))

    def broken(name: str, file: str) -> Path:
        return bench / name / "domains" / "films" / "adapters" / "v1" / file

    card = json.loads(broken("base", "card.json").read_text())
    card["base"]["weights"] = "0123456789abcdef"
    broken("base", "card.json").write_text(json.dumps(card))
    broken("pickled", "adapter_model.bin").write_bytes(b"\x80\x04.")
    broken("torn", "adapter_model.safetensors").write_bytes(b"\x00" * 64)
    broken("no-card", "card.json").unlink()
    broken("bad-pick", "pick.json").write_text("{")
    broken("bad-gate", "gate.json").write_text("{}")
    for name in ("peft", "unsafe"):
        shutil.copytree(trained, bench / name)
    (bench / "unsafe" / "adapter_model.bin").write_bytes(b"\x80\x04.")
    return bench


@pytest.fixture
def place(bench: Path) -> Path:
    """Where commands run."""
    return bench


@pytest.mark.parametrize(("command", "said"), BAD, ids=[command[:60] for command, _ in BAD])
def test_bad_input_gets_one_sentence_and_a_non_zero_exit_and_changes_nothing(
    run: Run, place: Path, command: str, said: str
) -> None:
    refuses(run, place, f"adapters {command}", said)


def test_every_command_is_tried_with_ten_bad_inputs() -> None:
    tried = Counter(command.split()[0] for command, _ in BAD)
    for name in ["list", "show", "verify", "gate", "promote", "rollback", "export", "add"]:
        assert tried[name] >= 10, name
