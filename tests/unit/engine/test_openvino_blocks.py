"""Which blocks hold which prompts: pytest tests/unit/engine/test_openvino_blocks.py"""

from shelftalker.engine.openvino.blocks import Blocks


def filled(blocks: Blocks, ids: list[int], adapter: str | None = None) -> list[int]:
    """The blocks of a prompt that was read and has ended."""
    held = blocks.find(ids, adapter)
    while len(held) * blocks.size < len(ids):
        block = blocks.take()
        assert block is not None
        held.append(block)
    blocks.learn(ids, adapter, held)
    blocks.release(held)
    return held


def four() -> Blocks:
    blocks = Blocks(size=2)
    blocks.add(4)
    return blocks


def test_a_beginning_is_found_by_its_tokens_and_its_adapter() -> None:
    blocks = four()
    held = filled(blocks, [1, 2, 3, 4, 5])
    assert blocks.find([1, 2, 3, 4, 9], None) == held[:2]
    assert blocks.find([1, 2, 9, 4, 9], None) == held[:1]
    assert blocks.find([1, 2, 3, 4, 5], "1") == []
    assert blocks.find([1, 2, 3, 4], None) == held[:1]  # the last token is read again


def test_the_beginning_used_longest_ago_makes_room() -> None:
    blocks = four()
    filled(blocks, [1, 2, 0])
    filled(blocks, [3, 4, 0])
    filled(blocks, [1, 2, 0])
    taken = [blocks.take() for _ in range(3)]  # two free ones, then that of [3, 4]
    assert None not in taken
    assert blocks.find([3, 4, 0], None) == []
    assert len(blocks.find([1, 2, 0], None)) == 1


def test_a_block_in_use_is_not_taken() -> None:
    blocks = four()
    filled(blocks, [1, 2, 0])
    [shared] = blocks.find([1, 2, 0], None)
    assert shared not in [blocks.take() for _ in range(3)]
    assert blocks.take() is None
    blocks.add(6)
    assert blocks.take() in (4, 5)
    blocks.release([shared])
    assert blocks.find([1, 2, 0], None) == [shared]
