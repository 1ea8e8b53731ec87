"""The command line on bad input: one sentence that says what to do, and nothing is changed."""

import gzip
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from shelftalker.store.workspace import Workspace
from tests.support.command_line import EVENTS, ITEMS, Run, refuses

# Each line: a command that cannot work, and what its one sentence must say.
BAD = [
    ("finetune nowhere", "nowhere does not exist"),
    ("finetune items.csv", "items.csv is a file"),
    ("finetune plain", "has no workspace.toml"),
    ("finetune hollow", "its domains: none yet"),
    ("finetune ws --domain books", "its domains: films"),
    ("finetune ws --recipe best", "adalora, lora, movies-pick, qlora, qwen3-0.6b"),
    ("finetune ws --recipe void", "give a YAML file or one of"),
    ("finetune ws --recipe odd.yaml", "unknown key 'colour'; known: name, base_model"),
    (
        "finetune ws --recipe rank.yaml",
        "adapter.rank = 99: Input should be less than or equal to 32",
    ),
    ("finetune ws --recipe broken.yaml", "is no YAML"),
    ("finetune ws --report-to stone", "allowed: none, tensorboard, wandb, trackio"),
    ("finetune bad-toml", "not valid TOML"),
    ("finetune bad-catalog", "shelftalker import bad-catalog --domain"),
    ("finetune ws", "both are needed: give a longer log"),
    ("eval nowhere", "nowhere does not exist"),
    ("eval items.csv", "items.csv is a file"),
    ("eval plain", "has no workspace.toml"),
    ("eval hollow ranking", "its domains: none yet"),
    ("eval ws ranking --domain books", "its domains: films"),
    ("eval ws rankin", "did you mean"),
    ("eval ws odd.yaml", "odd.yaml"),
    ("eval ws ranking --engine none", "allowed: auto, openai, openvino, transformers, vllm"),
    ("eval ws ranking --users 1", "--users is '1'"),
    ("eval ws ranking --users many", "--users is 'many'"),
    ("eval ws --compare void void", "holds no results"),
    ("eval ws ranking --out items.csv", "items.csv is a file"),
    ("eval ws descriptions --judge-url http://host/v1", "are given together, or neither"),
    ("eval ws descriptions --judge-url host --judge-model m", "'host' is no address"),
    ("eval ws ranking --judge-url http://h --judge-model m", "name that task too"),
    ("eval bad-catalog ranking", "shelftalker import bad-catalog --domain"),
    ("teach ws", "allowed: demo, init, import, pictures, fit"),
    ("generate nowhere --user u0", "nowhere does not exist"),
    ("generate items.csv --user u0", "items.csv is a file"),
    ("generate plain --user u0", "has no workspace.toml"),
    ("generate ws", "Missing option '--user'"),
    ("generate ws --user", "requires an argument"),
    ("generate ws --user u0 --domain books --engine none", "its domains: films"),
    ("generate ws --user u0 --k 0 --engine none", "allowed: 1 to 20"),
    ("generate ws --user u0 --k 99 --engine none", "allowed: 1 to 20"),
    ("generate ws --user u0 --k three", "--k is 'three'"),
    ("generate ws --user u0 --engine gpt", "--engine is 'gpt'"),
    ("generate ws --user u0 --language fr --engine none", "allowed: en, zh"),
    ("generate ws --user u0 --adapter films@v9 --engine none", "there is no adapter"),
    ("generate ws --user u\udcff --engine none", "no user id"),
    ("generate ws --user u0 --message \udcff --engine none", "not valid Unicode"),
    ("generate unfitted --user u0 --engine none", "shelftalker fit unfitted --domain films"),
    ("generate odd-key --user u0", "unknown key 'colour'; known: engine, model"),
    ("generate bad-toml --user u0", "not valid TOML"),
    ("generate bad-current --user u0 --engine none", "shelftalker fit bad-current --domain films"),
    ("generate bad-catalog --user u0 --engine none", "shelftalker import bad-catalog --domain"),
    ("generate bad-events --user u0 --engine none", "cannot be opened as an event log"),
    ("generate lost-scorer --user u0 --engine none", "CURRENT beside it names it"),
    ("feedback ws --user u --item nope --kind like", "no item with id"),
    ("feedback ws --user u --item f1 --kind adore", "allowed: view"),
    ("feedback ws --user u --item f1 --kind rating", "from 0 to 5"),
    ("feedback ws --user u --item f1 --kind rating --value 9", "from 0 to 5"),
    ("feedback ws --user u --item f1 --kind rating --value -1", "from 0 to 5"),
    ("feedback ws --user u --item f1 --kind rating --value many", "--value is 'many'"),
    ("feedback ws --user u --item f1", "Missing option '--kind'"),
    ("feedback ws --item f1 --kind like", "Missing option '--user'"),
    ("feedback ws --user u\udcff --item f1 --kind like", "no user id"),
    ("feedback ws --user u --item f1 --kind like --domain books", "its domains: films"),
    ("feedback nowhere --user u --item f1 --kind like", "nowhere does not exist"),
    ("feedback bad-events --user u --item f1 --kind like", "cannot be opened as an event log"),
    ("fit", "Missing argument 'DIR'"),
    ("fit nowhere", "nowhere does not exist"),
    ("fit items.csv", "items.csv is a file"),
    ("fit ws --seed abc", "--seed is 'abc'"),
    ("fit ws --speed 3", "allowed: DIR, --domain, --seed"),
    ("fit ws other", "extra argument"),
    ("fit ws --domain books", "its domains: films"),
    ("fit ws --pick-users few", "--pick-users is 'few'"),
    ("fit ws --pick-users -3", "greater than or equal to 0"),
    ("fit ws --seed -1", "greater than or equal to 0"),
    ("fit ws --engine gpt", "--engine is 'gpt'"),
    ("fit hollow", "hollow has no domain yet"),
    ("fit bad-current", "shelftalker fit bad-current --domain films"),
    ("fit bad-toml", "not valid TOML"),
    ("fit bad-events", "cannot be opened as an event log"),
    ("fit bad-catalog", "shelftalker import bad-catalog --domain"),
    ("demo", "Missing argument 'DIR'"),
    ("demo items.csv", "items.csv is a file"),
    ("demo items.csv/demo", "items.csv"),
    ("demo plain", "not an empty folder"),
    ("demo new --size 3", "allowed: DIR, --json"),
    ("demo new other", "extra argument"),
    ("demo bad-toml", "not valid TOML"),
    ("demo odd-key", "unknown key 'colour'"),
    ("demo ws", "holds another workspace; its domains: films"),
    (f"demo {'x' * 300}", "File name too long"),
    ("init new --items items.csv", "Missing option '--domain'"),
    ("init new --domain d", "--items"),
    ("init new --domain d --items missing.csv", "no file missing.csv"),
    ("init new --domain d --items empty.csv", "empty.csv is empty"),
    ("init new --domain d --items binary.csv", "binary.csv is a binary file"),
    ("init new --domain d --items broken.csv.gz", "broken.csv.gz is a damaged gzip file"),
    ("init new --domain d --items cut.csv.gz", "cut.csv.gz is a damaged gzip file"),
    ("init new --domain d --items broken.parquet", "broken.parquet is a damaged Parquet file"),
    ("init new --domain Bad/Name --items items.csv", "Bad/Name"),
    ("init new --domain d --items items.csv --map title", "field=column"),
    ("init new --domain d --items items.csv --map title=nothere", "nothere"),
    ("init new --domain d --items items.csv --map price=genre", "can be read as price"),
    ("init new --domain d --items items.csv --map id=id --map id=title", "names id twice"),
    ("init new --domain d --items items.csv --map user=id", "items have no field 'user'"),
    ("init new --domain d --items events.csv", "title"),
    ("init new --domain d --items items.csv --events items.csv", "user"),
    ("init new --domain d --items ws", "is a folder"),
    ("init void --domain d --items empty.csv", "empty.csv is empty"),
    ("init plain --domain d --items items.csv", "not an empty folder"),
    ("init items.csv --domain d --items items.csv", "items.csv"),
    ("import ws --items items.csv", "Missing option '--domain'"),
    ("import ws --domain films", "nothing to import"),
    ("import nowhere --domain films --items items.csv", "nowhere does not exist"),
    ("import items.csv --domain films --items items.csv", "items.csv is a file"),
    ("import ws --domain books --items items.csv", "shelftalker init ws --domain books"),
    ("import ws --domain A/B --items items.csv", "A/B"),
    ("import ws --domain films --items missing.csv", "no file missing.csv"),
    ("import ws --domain films --items empty.csv", "empty.csv is empty"),
    ("import ws --domain films --events binary.csv", "binary.csv is a binary file"),
    ("import ws --domain films --items items.csv --map =x", "field=column"),
    ("import ws --domain films --events events.csv --map price=rating", "no field 'price'"),
    ("import ws --domain films --events events.csv --map users=user", "allowed: user, item"),
    ("import ws --domain films --events items.csv", "user"),
    ("import bad-catalog --domain films --events events.csv", "catalog.parquet is damaged"),
    ("recommend ws", "Missing option '--out'"),
    ("recommend nowhere --out r.parquet", "nowhere does not exist"),
    ("recommend ws --out no/folder/r.parquet", "does not exist"),
    ("recommend ws --out .", "is a folder"),
    ("recommend ws --out r.parquet --stage dice", "allowed: scorer, pick"),
    ("recommend ws --out r.parquet --k 0", "k is 0"),
    ("recommend ws --out r.parquet --domain books", "its domains: films"),
    ("recommend ws --out r.parquet --users missing.txt", "missing.txt"),
    ("recommend ws --out r.parquet --users empty.csv", "names no user"),
    ("recommend ws --out r.parquet --users binary.csv", "not UTF-8"),
    ("recommend ws --out r.parquet --users ws", "is a folder"),
    ("recommend unfitted --out r.parquet", "shelftalker fit unfitted --domain films"),
    ("chat", "Missing argument 'DIR'"),
    ("chat nowhere", "nowhere does not exist"),
    ("chat items.csv", "items.csv is a file"),
    ("chat ws --port 99999", "65535"),
    ("chat ws --port http", "--port is 'http'"),
    ("chat ws --engine gpt", "--engine is 'gpt'"),
    ("chat bad-catalog --engine none", "shelftalker import bad-catalog --domain"),
    ("chat ws --share", "allowed: DIR, --host, --port, --engine"),
    ("chat hollow --engine none", "shelftalker init"),
    ("chat unfitted --engine none", "shelftalker fit unfitted --domain films"),
    ("chat bad-toml --engine none", "not valid TOML"),
    ("chat bad-current --engine none", "shelftalker fit bad-current --domain films"),
]


@pytest.fixture(scope="module")
def bench(world: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Good and bad files and workspaces that no command of `BAD` may change."""
    bench = tmp_path_factory.mktemp("bench")
    (bench / "items.csv").write_text(ITEMS)
    (bench / "events.csv").write_text(EVENTS)
    (bench / "empty.csv").write_text("")
    for name in ("binary.csv", "broken.csv.gz", "broken.parquet"):
        (bench / name).write_bytes(bytes(range(256)) * 8)
    (bench / "cut.csv.gz").write_bytes(gzip.compress(ITEMS.encode())[:-20])
    (bench / "odd.yaml").write_text("colour: red\n")
    (bench / "rank.yaml").write_text("adapter: {rank: 99}\n")
    (bench / "broken.yaml").write_text("adapter: {rank: [\n")
    (bench / "plain").mkdir()
    (bench / "plain" / "note.txt").write_text("mine")
    (bench / "void").mkdir()
    Workspace.create(bench / "hollow")
    names = "ws odd-key bad-toml bad-current bad-catalog bad-events lost-scorer unfitted"
    for name in names.split():
        shutil.copytree(world, bench / name)
    (bench / "odd-key" / "workspace.toml").write_text('colour = "red"\n')
    (bench / "bad-toml" / "workspace.toml").write_text("engine = \n")
    (bench / "bad-current" / "domains" / "films" / "CURRENT").write_text("v1")
    (bench / "bad-catalog" / "domains" / "films" / "catalog.parquet").write_bytes(b"PAR1 no")
    for left in (bench / "bad-events").glob("events.db*"):
        left.unlink()
    (bench / "bad-events" / "events.db").write_text("not a database" * 99)
    shutil.rmtree(bench / "lost-scorer" / "domains" / "films" / "scorer")
    (bench / "unfitted" / "domains" / "films" / "CURRENT").unlink()
    return bench


@pytest.fixture
def place(bench: Path) -> Path:
    """Where commands run."""
    return bench


@pytest.mark.parametrize(("command", "text"), BAD, ids=[command[:60] for command, _ in BAD])
def test_bad_input_gets_one_sentence_and_a_non_zero_exit_and_changes_nothing(
    run: Run, place: Path, command: str, text: str
) -> None:
    refuses(run, place, command, text)


def test_every_command_is_tried_with_ten_bad_inputs() -> None:
    tried = Counter(command.split()[0] for command, _ in BAD)
    for name in ["demo", "init", "import", "fit", "feedback", "generate", "recommend", "chat"]:
        assert tried[name] >= 10, name


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
