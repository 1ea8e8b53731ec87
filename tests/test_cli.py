"""The command line: what it prints, and how it refuses."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest

from shelftalker.cli import main

ITEMS = "id,title,genre,year\n1,Cold Harbour,Thriller,1981\n2,Goat Wedding,Comedy,1991\n"
EVENTS = "user,item,rating,timestamp\na,1,5,1000\nb,2,4,1001\nb,1,2,1002\n"


@dataclass
class Ended:
    """A command that has ended."""

    returncode: int
    stdout: str
    stderr: str


Run = Callable[..., Ended]


@pytest.fixture
def run(place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs the command line in this process, which spares loading torch forty times."""
    monkeypatch.chdir(place)

    def call(*arguments: object) -> Ended:
        monkeypatch.setattr(sys, "argv", ["shelftalker", *map(str, arguments)])
        capsys.readouterr()
        try:
            main()
            code = 0
        except SystemExit as exit_:
            code = int(exit_.code or 0)
        printed = capsys.readouterr()
        return Ended(code, printed.out, printed.err)

    return call


@pytest.fixture
def place(world: Path, tmp_path: Path) -> Path:
    shutil.copytree(world, tmp_path / "ws")
    (tmp_path / "items.csv").write_text(ITEMS)
    (tmp_path / "events.csv").write_text(EVENTS)
    (tmp_path / "empty.csv").write_text("")
    (tmp_path / "binary.csv").write_bytes(bytes(range(256)) * 8)
    return tmp_path


def test_own_data_in_four_commands(run: Run) -> None:
    made = run(
        *[
            "init",
            "own",
            "--domain",
            "shop",
            "--items",
            "items.csv",
            "--events",
            "events.csv",
            "--json",
        ]
    )
    assert made.returncode == 0, made.stderr
    fitted = run("fit", "own", "--json")
    assert fitted.returncode == 0, fitted.stderr
    said = run("feedback", "own", "--user", "c", "--item", "1", "--kind", "like")
    assert said.returncode == 0, said.stderr
    answered = run("generate", "own", "--user", "c", "--engine", "none", "--json")
    answer = json.loads(answered.stdout)
    assert [card["title"] for card in answer["cards"]] == ["Goat Wedding"]


def test_the_json_of_generate_has_the_fields_of_the_contract(run: Run) -> None:
    answer = json.loads(run("generate", "ws", "--user", "u0", "--engine", "none", "--json").stdout)
    fields = {"domain", "user", "request", "engine", "adapter", "scorer", "cards", "timings_ms"}
    assert fields <= answer.keys()
    card = answer["cards"][0]
    assert card.keys() == {
        "item_id", "title", "rank", "score", "probability", "description", "source", "evidence",
        "reasons",
    }  # fmt: skip
    assert card["evidence"][0].keys() == {"text", "source", "field", "value"}
    assert card["reasons"][0].keys() == {"item_id", "title", "weight"}


def test_recommend_writes_a_parquet_file(run: Run, place: Path) -> None:
    done = run("recommend", "ws", "--k", 2, "--out", "r.parquet")
    assert done.returncode == 0, done.stderr
    frame = pl.read_parquet(place / "r.parquet")
    assert frame.columns == ["user", "item", "rank", "score"]
    assert frame["user"].n_unique() == 30


BAD = [
    ("generate nowhere --user u0", "nowhere"),
    ("generate ws --user u0 --domain books", "its domains: films"),
    ("generate ws --user u0 --k 0", "allowed: 1 to 20"),
    ("generate ws --user u0 --k 99", "allowed: 1 to 20"),
    ("generate ws --user u0 --engine gpt", "allowed: auto"),
    ("generate items.csv --user u0", "items.csv"),
    ("generate ws --user u0 --language fr", "allowed: en, zh"),
    ("generate ws --user u0 --adapter films@v9 --engine none", "there is no adapter"),
    ("generate ws --user u\udcff", "no user id"),
    ("generate ws --user u0 --message \udcff", "not valid Unicode"),
    ("feedback ws --user u --item nope --kind like", "no item with id"),
    ("feedback ws --user u --item f1 --kind adore", "allowed: view"),
    ("feedback ws --user u --item f1 --kind rating", "from 0 to 5"),
    ("feedback ws --user u --item f1 --kind rating --value 9", "from 0 to 5"),
    ("feedback nowhere --user u --item f1 --kind like", "nowhere"),
    ("feedback ws --user u --item f1 --kind rating --value -1", "from 0 to 5"),
    ("feedback ws --user u --item f1 --kind rating --value many", "--value is 'many'"),
    ("feedback ws --user u --item f1", "--kind"),
    ("feedback ws --item f1 --kind like", "--user"),
    ("feedback ws --user u\udcff --item f1 --kind like", "no user id"),
    ("feedback ws --user u --item f1 --kind like --domain books", "its domains: films"),
    ("fit nowhere", "nowhere"),
    ("fit items.csv", "items.csv"),
    ("fit ws --seed abc", "--seed is 'abc'"),
    ("fit", "DIR"),
    ("demo items.csv", "items.csv"),
    ("fit ws --domain books", "its domains: films"),
    ("init new --domain d", "--items"),
    ("init new --domain d --items missing.csv", "missing.csv"),
    ("init new --domain d --items empty.csv", "empty.csv"),
    ("init new --domain d --items binary.csv", "binary.csv"),
    ("init new --domain Bad/Name --items items.csv", "Bad/Name"),
    ("init new --domain d --items items.csv --map title", "field=column"),
    ("init new --domain d --items items.csv --map title=nothere", "nothere"),
    ("init new --domain d --items events.csv", "title"),
    ("init new --domain d --items items.csv --events items.csv", "user"),
    ("init new --items items.csv", "--domain"),
    ("init new --domain d --items ws", "is a folder"),
    ("init items.csv --domain d --items items.csv", "items.csv"),
    ("import ws --domain films", "nothing to import"),
    ("import ws --domain films --items empty.csv", "empty.csv"),
    ("import ws --domain films --events binary.csv", "binary.csv"),
    ("import ws --domain films --items items.csv --map =x", "field=column"),
    ("import ws --domain films --events items.csv", "user"),
    ("import ws --domain A/B --items items.csv", "A/B"),
    ("import ws --items items.csv", "--domain"),
    ("recommend ws", "--out"),
    ("recommend nowhere --out r.parquet", "nowhere"),
    ("import ws --domain films --items missing.csv", "missing.csv"),
    ("import nowhere --domain films --items items.csv", "nowhere"),
    ("recommend ws --out no/folder/r.parquet", "does not exist"),
    ("recommend ws --out r.parquet --stage dice", "allowed: scorer, pick"),
    ("recommend ws --out r.parquet --users missing.txt", "missing.txt"),
    ("recommend ws --out r.parquet --k 0", "k is 0"),
    ("recommend ws --out .", "is a folder"),
    ("recommend ws --out r.parquet --users empty.csv", "names no user"),
    ("recommend ws --out r.parquet --users binary.csv", "not UTF-8"),
    ("recommend ws --out r.parquet --users ws", "is a folder"),
    ("chat nowhere", "nowhere"),
    ("chat ws --port 99999", "65535"),
    ("chat ws --engine gpt", "allowed: auto"),
    ("fit ws --speed 3", "allowed: DIR, --domain, --seed"),
    ("fit ws other", "extra argument"),
    ("teach ws", "allowed: demo, init, import, fit"),
    ("generate ws --user", "requires an argument"),
    ("recommend ws --domain books --out r.parquet", "its domains: films"),
]


@pytest.mark.parametrize(("command", "said"), BAD, ids=[command for command, _ in BAD])
def test_bad_input_gets_one_sentence_and_a_non_zero_exit(run: Run, command: str, said: str) -> None:
    done = run(*command.split())
    assert done.returncode != 0
    assert done.stderr.startswith("shelftalker: ")
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert "Traceback" not in done.stdout


def test_an_error_in_a_real_process_is_one_sentence(place: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "shelftalker.cli", "generate", "nowhere", "--user", "u"],
        capture_output=True,
        text=True,
        cwd=place,
        timeout=120,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("shelftalker: ")
    assert "Traceback" not in done.stderr
