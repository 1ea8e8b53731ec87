"""A cut of the real small model that all training tests of this folder share."""

from pathlib import Path

import pytest

from shelftalker.engine.models import DEFAULT_MODEL
from tests.unit.adapters.training_runs import save_few_layers


@pytest.fixture(scope="session")
def few_layers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the small model's name and its first six layers."""
    return save_few_layers(tmp_path_factory.mktemp("few") / DEFAULT_MODEL)
