"""`gate.json` of a version. Run: pytest tests/unit/adapters/test_gate_report.py"""

from pathlib import Path

import pytest

from shelftalker.adapters import bundled
from shelftalker.adapters.gate.report import GATE_FILE, GateReport
from tests.unit.store.test_disk_full import full_disk


def test_a_write_that_dies_half_way_leaves_the_old_report(tmp_path: Path) -> None:
    report = GateReport.read(bundled.FOLDER / "movies")
    assert report
    report.write(tmp_path)
    longer = report.model_copy(update={"engine": "e" * 5000})
    with full_disk(3000), pytest.raises(OSError, match="large"):
        longer.write(tmp_path)
    assert GateReport.read(tmp_path) == report
    assert [path.name for path in tmp_path.iterdir()] == [GATE_FILE]
    longer.write(tmp_path)
    assert GateReport.read(tmp_path) == longer
