"""`shelftalker adapters …`: what it prints, and how it refuses."""

import json
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from safetensors.torch import load_file

from shelftalker.adapters import registry
from shelftalker.ranking.pick import digest, scored_title
from shelftalker.store.workspace import Workspace
from tests.conftest import frame
from tests.support.command_line import ITEMS, Run, refuses
from tests.unit.adapters import test_registry
from tests.unit.adapters.test_pick_data import CATALOG, log

trained = test_registry.trained


@pytest.fixture(scope="session")
def shelf(world: Path, trained: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with two versions, neither of which serves."""
    path = tmp_path_factory.mktemp("shelf") / "ws"
    shutil.copytree(world, path)
    with Workspace.open(path) as workspace:
        for _ in range(2):
            registry.register(workspace, "films", trained, test_registry.FACTS)
    return path


@pytest.fixture
def place(shelf: Path, tmp_path: Path) -> Path:
    """A copy that a test may change."""
    shutil.copytree(shelf, tmp_path / "ws")
    return tmp_path


def version(place: Path, name: str) -> Path:
    return place / "ws" / "domains" / "films" / "adapters" / name


def test_versions_are_listed_promoted_and_rolled_back(run: Run) -> None:
    assert run("adapters", "promote", "ws", "films@v1", "--force").returncode == 0
    done = run("adapters", "promote", "ws", "v2", "--force", "--json")
    assert json.loads(done.stdout) == {"domain": "films", "adapter": "films@v2"}
    rows = json.loads(run("adapters", "list", "ws", "--json").stdout)["adapters"]
    assert [(row["adapter"], row["serving"]) for row in rows] == [
        ("films@v1", False),
        ("films@v2", True),
    ]
    assert "films@v2 (serves): lora of rank 4" in run("adapters", "list", "ws").stdout
    assert run("adapters", "rollback", "ws").stdout == "films is served by films@v1\n"
    assert "the base model" in run("adapters", "rollback", "ws").stdout


def test_rollback_goes_past_a_version_that_cannot_serve_any_more(run: Run, place: Path) -> None:
    run("adapters", "promote", "ws", "v1", "--force")
    run("adapters", "promote", "ws", "v2", "--force")
    shutil.rmtree(version(place, "v1"))
    done = run("adapters", "rollback", "ws")
    assert done.stdout == "films is served by the base model, without an adapter\n"
    assert "films@v1 cannot serve any more (domain 'films' has no adapter 'v1'" in done.stderr


def test_the_list_says_which_version_cannot_serve(run: Run, place: Path) -> None:
    def problems() -> list[str]:
        rows = json.loads(run("adapters", "list", "ws", "--json").stdout)["adapters"]
        return [row["problem"] for row in rows]

    assert problems() == ["", ""]
    values = json.loads((version(place, "v1") / "card.json").read_text())
    card = version(place, "v2") / "card.json"
    card.write_text(json.dumps(json.loads(card.read_text()) | {"partners": {"describe": "v1"}}))
    run("adapters", "promote", "ws", "v2", "--force")
    written = json.dumps(values | {"prompts": {"describe.en": "0123456789abcdef"}})
    (version(place, "v1") / "card.json").write_text(written)
    assert "films@v1 (writes for what serves)" in run("adapters", "list", "ws").stdout
    weights = version(place, "v1") / "adapter_model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1])
    assert all("v1/adapter_model.safetensors is damaged" in problem for problem in problems())
    shutil.rmtree(version(place, "v1"))
    [row] = run("adapters", "list", "ws").stdout.splitlines()
    assert row.startswith("films@v2 (should serve, but cannot): lora of rank 4")
    assert "films@v2 needs its partner films@v1, which is gone" in row
    shutil.rmtree(version(place, "v2"))
    [row] = run("adapters", "list", "ws").stdout.splitlines()
    assert row.startswith("films@v2 (should serve, but cannot): its folder is gone")


def test_a_picker_by_names_says_how_many_titles_it_knows(run: Run, place: Path) -> None:
    shutil.copytree(version(place, "v1"), place / "names")
    catalog = Workspace.open(place / "ws").catalog("films")
    all_of_them = f"the catalogue's {len(catalog)}"
    for title, said in (
        ("No Such Title", f"titles known: 0 of {all_of_them}, so the scorer picks alone"),
        (scored_title(next(iter(catalog))), f"titles known: 1 of {all_of_them}\n"),
    ):
        known = {"weights": {"names": {digest(title): "on"}}}
        (place / "names" / "pick.json").write_text(json.dumps(known))
        assert said in run("adapters", "add", "ws", "names").stdout


def test_show_tells_where_a_version_comes_from(run: Run, place: Path) -> None:
    (version(place, "v1") / "pick.json").write_text('{"weights": {"scorer": 1.0, "llm": 0.25}}')
    said = run("adapters", "show", "ws", "v1").stdout
    for part in ("smollm2", "seed 7", "licence CC0", "0.5000 [0.4000, 0.6000] on 30", "llm 0.25"):
        assert part in said
    found = json.loads(run("adapters", "show", "ws", "v1", "--json").stdout)
    assert found["card"]["training"]["seed"] == 7
    assert found["pick"]["weights"]["llm"] == 0.25


def test_verify_says_what_a_version_fits(run: Run) -> None:
    done = run("adapters", "verify", "ws", "v1", "--json")
    assert json.loads(done.stdout)["rank"] == 4


def test_what_is_exported_can_be_added_elsewhere_with_its_card(run: Run, place: Path) -> None:
    assert run("adapters", "export", "ws", "v1", "out", "--dtype", "bfloat16").returncode == 0
    assert all(file.stat().st_mode & 0o044 for file in (place / "out").iterdir())  # for others too
    ours = load_file(version(place, "v1") / "adapter_model.safetensors")
    theirs = load_file(place / "out" / "adapter_model.safetensors")
    for name, tensor in ours.items():
        assert theirs[name].dtype.itemsize == 2
        assert (theirs[name].float() - tensor).abs().max() <= 2**-8 * tensor.abs().max()
    assert run("adapters", "add", "ws", "out").stdout == "adapter: films@v3\n"
    card = json.loads((version(place, "v3") / "card.json").read_text())
    assert card["training"]["seed"] == 7


@pytest.fixture
def tiny(place: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """A shop in `aisles` and a recipe of one step, `tiny.yaml`, as a dictionary."""
    monkeypatch.setattr("shelftalker.adapters.gate.gate.LEAST_HITS", 1)
    with Workspace.create(place / "aisles", default_domain="shop") as workspace:
        workspace.add_domain("shop")
        workspace.write_catalog("shop", CATALOG)
        workspace.events.extend("shop", frame(log()))
    mix = {"pick": 4, "validation": 4, "negatives": 1, "cuts": [0.6, 0.8]}
    budget = {"batch": 4, "max_steps": 1, "stop_on": "loss"}
    gate = {"examples": 3, "turned": 1, "descriptions": 0}
    recipe = {"data": mix, "budget": budget, "gate": gate}
    (place / "tiny.yaml").write_text(json.dumps(recipe))
    return recipe


def test_finetune_keeps_what_it_trained_and_promotes_it_only_through_the_gate(
    run: Run, place: Path, tiny: dict[str, Any]
) -> None:
    done = run("finetune", "aisles", "--recipe", "tiny.yaml", "--promote", "--json")
    assert done.returncode == 1
    assert "shop@v1 did not pass on 3 examples newer than its data" in done.stderr
    found = json.loads(done.stdout)
    assert found["serving"] is False
    assert found["card"]["training"]["recipe"]["gate"]["examples"] == 3
    assert found["gate"]["since"] == found["card"]["training"]["data"]["until"]
    assert found["pick"]["users"] == 4
    assert not (place / "aisles" / "cache" / "finetune" / "shop-tiny").exists()


def test_finetune_interrupted_in_its_gate_goes_on_with_the_gate(
    run: Run, place: Path, tiny: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("shelftalker.adapters.gate.gate.gate", killed)
        done = run("finetune", "aisles", "--recipe", "tiny.yaml")
    assert done.returncode == 130
    assert "interrupted; give the same command again" in done.stderr
    kept = place / "aisles" / "cache" / "finetune" / "shop-tiny"
    assert (kept / "VERSION").read_text() == "v1"
    with monkeypatch.context() as patched:
        patched.setattr("shelftalker.adapters.finetune.finetune", killed)
        done = run("finetune", "aisles", "--recipe", "tiny.yaml", "--json")
    assert json.loads(done.stdout)["gate"]["examples"] == 3
    assert Workspace.open(place / "aisles").versions("shop", "adapters") == ["v1"]
    assert not kept.exists()


def test_an_interrupted_run_goes_on_with_its_own_recipe_only(
    run: Run, place: Path, tiny: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("shelftalker.adapters.finetune.trainer_for", killed)
        assert run("finetune", "aisles", "--recipe", "tiny.yaml").returncode == 130
    (place / "tiny.yaml").write_text(json.dumps(tiny | {"seed": 1}))
    done = run("finetune", "aisles", "--recipe", "tiny.yaml")
    assert done.returncode == 1
    assert "holds an interrupted run of another recipe" in done.stderr
    (place / "tiny.yaml").write_text(json.dumps(tiny))
    assert run("finetune", "aisles", "--recipe", "tiny.yaml").returncode == 0


def test_a_damaged_card_is_told_in_the_list(run: Run, place: Path) -> None:
    (version(place, "v1") / "card.json").write_text("{")
    said = run("adapters", "list", "ws").stdout
    assert "is damaged" in said.splitlines()[0]
    assert "films@v2: lora" in said


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


@pytest.mark.parametrize(("command", "said"), BAD, ids=[command[:60] for command, _ in BAD])
def test_bad_input_gets_one_sentence_and_a_non_zero_exit_and_changes_nothing(
    run: Run, bench: Path, monkeypatch: pytest.MonkeyPatch, command: str, said: str
) -> None:
    monkeypatch.chdir(bench)
    refuses(run, bench, f"adapters {command}", said)


def test_every_command_is_tried_with_ten_bad_inputs() -> None:
    tried = Counter(command.split()[0] for command, _ in BAD)
    for name in ["list", "show", "verify", "gate", "promote", "rollback", "export", "add"]:
        assert tried[name] >= 10, name
