"""The command line: what it prints."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import polars as pl

from tests.support.command_line import Run


def test_a_dry_run_says_each_thing_in_a_line(run: Run, tmp_path: Path) -> None:
    (tmp_path / "feed.csv").write_text(
        "id,title,maker,stock,cost\n1,Mug,Norda,4,2\n,Cup,Norda,4,2\n"
    )
    done = run("init", "dry", "--domain", "shop", "--items", tmp_path / "feed.csv", "--dry-run")
    lines = done.stdout.splitlines()
    assert lines[:4] == ["domain: shop", "items_added: 1", "events_added: 0", "rejected: 1"], done
    assert lines[4] == "refusals:"
    assert lines[5].startswith("  feed.csv: 1 rows refused: no id")
    assert "  columns of the shop's own work, left out: stock, cost" in lines
    told = ("id is id", "title is title", "maker is attribute maker")
    assert lines[lines.index("columns:") + 1 :] == [f"  feed.csv: {one}" for one in told]


def test_own_data_in_four_commands(run: Run) -> None:
    files = "--items items.csv --events events.csv"
    made = run(*f"init own --domain shop {files} --json".split())
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


def test_several_messages_are_answered_by_one_process(run: Run) -> None:
    both = ["--message", "", "--message", "a comedy"]
    done = run("generate", "ws", "--user", "u0", "--engine", "none", *both, "--json")
    first, second = map(json.loads, done.stdout.splitlines())  # one object a line
    assert [first["request"]["message"], second["request"]["message"]] == ["", "a comedy"]
    assert first["cards"][0]["item_id"] == "f1"
    assert second["cards"][0]["item_id"] in {"f5", "f6", "f7", "f8"}
    text = run("generate", "ws", "--user", "u0", "--engine", "none", *both).stdout
    assert text.index("without a message") < text.index("Cold Harbour") < text.index("“a comedy”")


def test_recommend_writes_a_parquet_file(run: Run, place: Path) -> None:
    done = run("recommend", "ws", "--k", 2, "--out", "r.parquet")
    assert done.returncode == 0, done.stderr
    frame = pl.read_parquet(place / "r.parquet")
    assert frame.columns == ["user", "item", "rank", "score"]
    assert frame["user"].n_unique() == 30


def test_recommend_takes_a_user_who_is_named_twice_once(run: Run, place: Path) -> None:
    (place / "who.txt").write_text("u1\n\nu2\nu1\n", encoding="utf-8")
    done = run("recommend", "ws", "--k", 2, "--users", "who.txt", "--out", "r.parquet")
    assert done.returncode == 0, done.stderr
    assert pl.read_parquet(place / "r.parquet")["user"].to_list() == ["u1", "u1", "u2", "u2"]


CHAT = """
import sys, time
from shelftalker import cli
from shelftalker.page import blocks
from shelftalker.recommender import Recommender

def launch(recommender, **_):
    print("ready", flush=True)
    time.sleep(60)

close = Recommender.close
Recommender.close = lambda self: (close(self), print("closed", flush=True))
blocks.launch = launch
sys.argv = ["shelftalker", "chat", sys.argv[1], "--engine", "none"]
cli.main()
"""


def test_chat_frees_its_engine_when_it_is_told_to_end(place: Path) -> None:
    command = [sys.executable, "-c", CHAT, str(place / "ws")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.terminate()
        said, _ = process.communicate(timeout=60)
    assert said == "closed\n"
    assert process.returncode == 128 + signal.SIGTERM
