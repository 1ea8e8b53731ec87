"""pytest tests/unit/understanding/test_patterns_kept.py"""

import subprocess
import sys

READ_AGAIN = """
import scipy.sparse  # as the scorer does: it makes the cache small
from re import _compiler
from shelftalker.data.catalog import Catalog, Item
from shelftalker.understanding.rule_reader import RuleReader

reader = RuleReader(Catalog.of([Item("1", "Heat", attributes={"genres": "Crime"})]))
message = "something soft, not a comedy, under 40"
for _ in range(2):
    reader.request(message)
compiled, compile_pattern = [], _compiler.compile
_compiler.compile = lambda *given: compiled.append(given) or compile_pattern(*given)
reader.request(message)
print(len(compiled))
"""


def test_no_pattern_is_compiled_again_for_the_next_message() -> None:
    run = subprocess.run([sys.executable, "-c", READ_AGAIN], capture_output=True, check=True)
    assert run.stdout.split()[-1] == b"0", run.stderr
