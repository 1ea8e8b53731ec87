"""LoRA products of a mixed batch on a CPU: pytest tests/unit/engine/test_mixed_lora.py"""

import pytest
import torch
from torch import Tensor

from shelftalker.engine.vllm.mixed_lora import TokenRun, add_runs, runs_of

PARTS = (7, 2)  # widths of the output's parts


def adapters() -> tuple[list[Tensor], list[Tensor]]:
    """Four slots of rank up to 3: slot 2 has rank 2 in the first part and nothing in the second."""
    a = [torch.randn(4, 1, 3, 6) for _ in PARTS]
    b = [torch.randn(4, 1, out, 3) for out in PARTS]
    b[0][2, 0, :, 2] = 0
    b[1][2] = 0
    return a, b


def expected(x: Tensor, slots: list[int], a: list[Tensor], b: list[Tensor]) -> Tensor:
    """By the definition, a token at a time."""
    out = torch.zeros(len(slots), sum(PARTS))
    for row, slot in enumerate(slots):
        if slot >= 0:
            parts = [b[at][slot, 0] @ (a[at][slot, 0] @ x[row]) for at in range(len(PARTS))]
            out[row] = torch.cat(parts)
    return out


@pytest.mark.parametrize(
    "slots",
    [
        [0] * 40,  # one run
        [0, 1, 2, 3, 0],  # all slots at once
        [-1, 2, 2, -1, -1],
        [3, -1, 0, 0, 3],
        [-1] * 5,
        [0] * 40 + [2] * 40 + [3] * 3,  # runs
    ],
)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_each_token_gets_what_its_own_adapter_adds(slots: list[int], dtype: torch.dtype) -> None:
    torch.manual_seed(0)
    a, b = adapters()
    x, before = torch.randn(len(slots), 6), torch.randn(len(slots), sum(PARTS), dtype=dtype)
    y = before.clone()
    add_runs(y, x, a, b, runs_of(slots), 0.5)
    wanted = before + 0.5 * expected(x, slots, a, b).to(dtype)
    torch.testing.assert_close(y, wanted, rtol=1e-5, atol=1e-5)


def test_an_adapter_that_no_token_has_leaks_into_none() -> None:
    torch.manual_seed(0)
    a, b = adapters()
    a[0][1] = torch.inf
    x, slots = torch.randn(4, 6), [0, 2, 3, 0]
    y = torch.zeros(4, sum(PARTS))
    add_runs(y, x, a, b, runs_of(slots), 1.0)
    torch.testing.assert_close(y, expected(x, slots, a, b))


def test_runs_are_consecutive_tokens_with_one_adapter() -> None:
    assert runs_of([2, 2, -1, 0, 0, 0, 2]) == [
        TokenRun(2, 0, 2),
        TokenRun(0, 3, 6),
        TokenRun(2, 6, 7),
    ]
    assert runs_of([-1, -1]) == []
