"""`shelftalker adapters …`: output and effects of each command."""

import json
import shutil
from pathlib import Path

from safetensors.torch import load_file

from shelftalker.ranking.pick import digest, scored_title
from shelftalker.store.workspace import Workspace
from tests.support import adapter_shelf
from tests.support.adapter_shelf import version
from tests.unit.adapters import test_registry
from tests.unit.commands import test_cli
from tests.unit.commands.test_cli import Run

run = test_cli.run
trained = test_registry.trained
shelf = adapter_shelf.shelf
place = adapter_shelf.place


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


def test_a_damaged_card_is_told_in_the_list(run: Run, place: Path) -> None:
    (version(place, "v1") / "card.json").write_text("{")
    said = run("adapters", "list", "ws").stdout
    assert "is damaged" in said.splitlines()[0]
    assert "films@v2: lora" in said
