"""The start-up check of other libraries' internals: pytest tests/unit/engine/test_compat.py"""

from importlib import import_module
from importlib.util import find_spec
from operator import attrgetter
from typing import Any

import pytest

from shelftalker.adapters import recipe as recipes
from shelftalker.adapters.train.model import open_model
from shelftalker.engine import compat, open_engine
from shelftalker.engine.compat import Patch, check_libraries
from shelftalker.errors import EngineError

PATCHES = [patch for patch in compat.PATCHES if find_spec(patch.library)]
NEEDS = [(patch, path) for patch in PATCHES for path in patch.needs]


@pytest.mark.parametrize("patch", PATCHES, ids=lambda patch: patch.what)
def test_the_installed_version_is_as_the_patch_expects(patch: Patch) -> None:
    assert patch.probe() is None


@pytest.mark.parametrize("user", [compat.LOCAL, compat.OPENVINO, compat.VLLM, compat.TRAINING])
def test_all_installed_libraries_fit(user: str) -> None:
    check_libraries(user)


def holders(path: str) -> tuple[list[Any], str]:
    """What holds the last name of "module:attribute", base classes too, and that name."""
    module, _, attribute = path.partition(":")
    *owners, name = attribute.split(".")
    owner = attrgetter(".".join(owners))(import_module(module)) if owners else import_module(module)
    return [one for one in getattr(owner, "__mro__", (owner,)) if name in vars(one)], name


def refusal(patch: Patch) -> str:
    """What the user reads; it always says which versions fit and what to run."""
    with pytest.raises(EngineError) as refused:
        check_libraries(patch.users[0])
    text = str(refused.value)
    fitting = f"{compat._package(patch.library)}{compat.VERSIONS[patch.library]}"
    assert text.startswith(f"{patch.library} ")
    assert text.endswith(f"run: pip install '{fitting}'")
    assert f"needed for: {patch.what}" in text
    return text


@pytest.mark.parametrize(("patch", "path"), NEEDS, ids=[path for _, path in NEEDS])
def test_changed_internals_are_refused(
    patch: Patch, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    owners, name = holders(path)
    if patch.needs[path]:
        monkeypatch.setattr(owners[0], name, lambda other: None)
        assert f"{path} does not take {patch.needs[path]}" in refusal(patch)
        monkeypatch.undo()
    for owner in owners:
        monkeypatch.delattr(owner, name)
    if not owners:  # an environment variable that vLLM reads when it is asked for
        monkeypatch.delitem(import_module("vllm.envs").environment_variables, name)
    assert f"{path} is missing" in refusal(patch)


@pytest.mark.parametrize("installed", ["5.16.0", "6.0.0", "6.1.0rc1"])
def test_an_untested_version_is_refused_by_engine_and_trainer(
    installed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = compat.version
    monkeypatch.setattr(
        compat, "version", lambda name: installed if name == "transformers" else version(name)
    )
    message = (
        f"transformers {installed} is not supported, >=5.17,<6 is; "
        "run: pip install 'transformers>=5.17,<6'"
    )
    with pytest.raises(EngineError, match=message.replace(".", r"\.")):
        open_engine(engine="transformers")
    with pytest.raises(EngineError, match="is not supported"):
        open_model("unused", recipes.load("lora"))
    if find_spec("vllm"):
        with pytest.raises(EngineError, match="is not supported"):
            open_engine(engine="vllm")


def test_two_libraries_that_do_not_fit_are_named_in_one_message(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(compat, "version", lambda name: "0.1")
    with pytest.raises(EngineError) as refused:
        check_libraries(compat.LOCAL)
    assert str(refused.value).endswith(
        "run: pip install 'torch>=2.11,<3' 'transformers>=5.17,<6' 'peft>=0.18,<0.22'"
    )
