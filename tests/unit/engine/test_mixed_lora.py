"""What adapters add to a mixed batch on a CPU: pytest tests/test_joined.py"""

import pytest
import torch
from torch import Tensor

from shelftalker.engine.vllm.mixed_lora import Joined, TokenRun, TokenSlots, runs_of

PARTS = (7, 2)  # widths of the output's parts


def adapters() -> tuple[list[Tensor], list[Tensor]]:
    """Four slots of rank up to 3: slot 2 has rank 2 in the first part and nothing in the second."""
    a = [torch.randn(4, 1, 3, 6) for _ in PARTS]
    b = [torch.randn(4, 1, out, 3) for out in PARTS]
    b[0][2, 0, :, 2] = 0
    b[1][2] = 0
    return a, b


def shares(x: Tensor, slots: list[int], a: list[Tensor], b: list[Tensor]) -> Tensor:
    """By the definition, a token at a time."""
    found = torch.zeros(len(slots), sum(PARTS))
    for row, slot in enumerate(slots):
        if slot >= 0:
            parts = [b[at][slot, 0] @ (a[at][slot, 0] @ x[row]) for at in range(len(PARTS))]
            found[row] = torch.cat(parts)
    return found


@pytest.mark.parametrize(
    "slots",
    [
        [0] * 40,  # a run alone
        [0, 1, 2, 3, 0],  # all slots at once
        [-1, 2, 2, -1, -1],
        [3, -1, 0, 0, 3],
        [-1] * 5,
        [0] * 40 + [2] * 40 + [3] * 3,  # runs
    ],
)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_each_token_gets_its_own_adapters_share(slots: list[int], dtype: torch.dtype) -> None:
    torch.manual_seed(0)
    a, b = adapters()
    x, before = torch.randn(len(slots), 6), torch.randn(len(slots), sum(PARTS), dtype=dtype)
    y = before.clone()
    Joined(a, b).add(y, x, TokenSlots(torch.tensor(slots)), 0.5)
    wanted = before + 0.5 * shares(x, slots, a, b).to(dtype)
    torch.testing.assert_close(y, wanted, rtol=1e-5, atol=1e-5)


def test_what_is_put_into_a_slot_counts_once_it_is_said() -> None:
    torch.manual_seed(0)
    a, b = adapters()
    joined, x, slots = Joined(a, b), torch.randn(4, 6), [0, 1, 2, 3]
    joined.add(torch.zeros(4, sum(PARTS)), x, TokenSlots(torch.tensor(slots)))
    for at in range(len(PARTS)):
        b[at][3] = 0  # goes
        b[at][1] = torch.randn(b[at][1].shape)  # another one
    for slot in (1, 3):
        joined.change(slot)
    y = torch.zeros(4, sum(PARTS))
    joined.add(y, x, TokenSlots(torch.tensor(slots)))
    torch.testing.assert_close(y, shares(x, slots, a, b))
    assert not y[3].any()


def test_an_adapter_that_no_token_has_leaks_into_none() -> None:
    torch.manual_seed(0)
    a, b = adapters()
    a[0][1] = torch.inf
    x, slots = torch.randn(4, 6), [0, 2, 3, 0]
    y = torch.zeros(4, sum(PARTS))
    Joined(a, b).add(y, x, TokenSlots(torch.tensor(slots)))
    torch.testing.assert_close(y, shares(x, slots, a, b))


def test_runs_are_tokens_in_a_row_with_one_adapter() -> None:
    assert runs_of([2, 2, -1, 0, 0, 0, 2]) == [
        TokenRun(2, 0, 2),
        TokenRun(0, 3, 6),
        TokenRun(2, 6, 7),
    ]
    assert runs_of([-1, -1]) == []
