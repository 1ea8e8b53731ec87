"""The shell lines of docs/service.md work as they stand. Run: pytest tests/service/test_docs.py"""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from shelftalker.service.keys import create_key
from shelftalker.store.service_db import ServiceDb
from shelftalker.store.settings import Settings, as_toml
from tests.service.test_agents import address  # noqa: F401  a fixture

DOCS = Path(__file__).parents[2] / "docs" / "service.md"


@pytest.mark.skipif(not shutil.which("curl"), reason="there is no curl")
def test_every_shell_block_works(address: str, place: Path) -> None:  # noqa: F811
    blocks = re.findall(r"```sh\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)
    assert len(blocks) >= 6
    with ServiceDb.of(place) as store:
        key = create_key(store, "serve,ingest,admin")
    environment = {**os.environ, "SHELFTALKER": address, "KEY": key}
    for block in blocks:
        script = f"set -e\n{block}"
        done = subprocess.run(["bash", "-c", script], env=environment, capture_output=True)
        assert done.returncode == 0, (block, done.stdout[-500:], done.stderr[-500:])
        assert done.stdout


def test_the_settings_are_those_that_exist() -> None:
    block = re.search(
        r"```toml\n\[service\]\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL
    )
    assert block is not None
    named = re.findall(r"^(\w+) =", block.group(1), re.MULTILINE)
    known = as_toml(Settings()).partition("[service]\n")[2]
    assert set(re.findall(r"^(\w+) =", known, re.MULTILINE)) | {"currency"} == set(named)
