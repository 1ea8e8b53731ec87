"""The layers that an adapter can change: pytest tests/unit/engine/test_lora.py"""

import json
import shutil
from pathlib import Path

from shelftalker.engine.lora import layers_of


def test_a_models_layers_are_read_once_and_anew_when_it_changes(
    tiny_model: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    config = Path(shutil.copy(tiny_model / "config.json", folder))
    layers = layers_of(str(folder))
    assert layers_of(str(folder)) is layers
    shape = json.loads(config.read_text()) | {"num_hidden_layers": 1}
    config.write_text(json.dumps(shape))
    assert len(layers_of(str(folder))) < len(layers)
