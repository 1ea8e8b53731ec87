"""Adapters in a model's memory: loaded when a pass needs them, least recently used out."""

import asyncio
from pathlib import Path

import pytest

from shelftalker.engine.slots import AdapterSlots, UseCount


class Model:
    """Records loads and unloads, and refuses what no engine could do."""

    def __init__(self, size: int, known: str = "") -> None:
        self.inside: list[str] = []
        self.moves: list[str] = []
        self.slots = AdapterSlots(size, self._load, self._unload)
        for key in known:
            self.slots.add(key, Path(key))
        self.moves.clear()

    def _load(self, key: str, folder: Path) -> None:
        assert key not in self.inside
        if folder == Path("!"):
            raise ValueError("a scripted fault")
        self.inside.append(key)
        self.moves.append(f"+{key}")

    def _unload(self, key: str) -> None:
        self.inside.remove(key)
        self.moves.append(f"-{key}")


def test_the_least_recently_used_goes_first() -> None:
    model = Model(2, "ab")
    for keys in ("a", "b", "a"):
        model.slots.need(keys)
    model.slots.add("c", Path("c"))
    assert model.moves == ["-b", "+c"]
    model.slots.need("b")
    assert model.inside == ["c", "b"]


def test_a_pass_has_all_its_adapters_even_more_than_slots() -> None:
    model = Model(2, "abcd")
    model.slots.need("abc")
    assert sorted(model.inside) == ["a", "b", "c"]
    model.slots.need("d")
    assert sorted(model.inside) == ["c", "d"]


def test_a_dropped_adapter_is_unloaded_once_and_not_loaded_again() -> None:
    model = Model(1, "ab")
    model.slots.drop("a")  # not in memory
    model.slots.drop("b")
    assert (model.inside, model.moves) == ([], ["-b"])
    with pytest.raises(KeyError):
        model.slots.need("b")


def test_a_failed_load_leaves_the_others() -> None:
    model = Model(2, "a")
    with pytest.raises(ValueError, match="scripted"):
        model.slots.add("x", Path("!"))
    model.slots.drop("x")
    model.slots.need("a")
    assert (model.inside, model.moves) == (["a"], [])


def test_a_hundred_passes_over_eight_adapters_in_three_slots() -> None:
    model = Model(3, "abcdefgh")
    for n in range(100):
        model.slots.need({"abcdefgh"[n * 5 % 8], "abcdefgh"[n * 3 % 8]})
        assert len(model.inside) <= 3


async def test_a_count_is_waited_on_until_the_last_use_ends() -> None:
    uses = UseCount()
    with uses:
        with uses:
            waiting = asyncio.create_task(uses.zero.wait())
            await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert not waiting.done()
    await asyncio.wait_for(waiting, 1)
