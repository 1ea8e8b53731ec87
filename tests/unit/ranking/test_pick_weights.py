"""The file of pick weights is read strictly."""

import json
from pathlib import Path
from typing import Any

import pytest

from shelftalker.errors import WorkspaceError
from shelftalker.ranking.pick_weights import PickWeights, read_weights


@pytest.mark.parametrize(
    "weights", [{"names": {"Heat": 3}}, {"names": 3}, {"method": "tea"}, {"loud": 1}, {"llm": "x"}]
)
def test_invalid_weights_are_reported_as_damage(weights: dict[str, Any], tmp_path: Path) -> None:
    good = {"scorer": 1, "llm": 0.5, "method": "names", "names": {"Heat": "Heat"}}
    (tmp_path / "pick.json").write_text(json.dumps({"weights": good}))
    assert read_weights(tmp_path) == PickWeights(1.0, 0.5, 0.0, "names", {"Heat": "Heat"})
    (tmp_path / "pick.json").write_text(json.dumps({"weights": weights}))
    with pytest.raises(WorkspaceError, match="damaged"):
        read_weights(tmp_path)
