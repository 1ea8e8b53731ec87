"""What adapters add to a mixed batch on a CPU: pytest tests/test_vllm_worker.py"""

import pytest
import torch

pytest.importorskip("vllm")

from shelftalker.engine.vllm_worker import (
    Run,
    add_by_run,
    add_by_token,
    runs_of,
)


@pytest.mark.parametrize(
    "slots", [[0] * 5, [0, 1, 2, 3, 0], [-1, 2, 2, -1, -1], [3, -1, 0, 0, 3], [-1] * 5]
)
def test_both_ways_add_each_token_its_own_adapters_share(slots: list[int]) -> None:
    torch.manual_seed(0)
    x, before = torch.randn(5, 6), torch.randn(5, 9)
    a, b = torch.randn(4, 1, 3, 6), torch.randn(4, 1, 7, 3)
    a[1] = torch.inf  # a slot that no token of these but one has must not leak into others
    wanted = before.clone()
    for row, slot in enumerate(slots):
        if slot >= 0:
            wanted[row, 2:] += 0.5 * (b[slot, 0] @ (a[slot, 0] @ x[row]))
    others = (torch.tensor(slots)[:, None] != torch.arange(5))[..., None]
    for add, which in ((add_by_run, runs_of(slots)), (add_by_token, others)):
        y = before.clone()
        add(y[:, 2:], x, a, b, 0.5, which)
        rows = [row for row, slot in enumerate(slots) if slot != 1]
        torch.testing.assert_close(y[rows], wanted[rows])


def test_runs_are_tokens_in_a_row_with_one_adapter() -> None:
    assert runs_of([2, 2, -1, 0, 0, 0, 2]) == [Run(2, 0, 2), Run(0, 3, 6), Run(2, 6, 7)]
    assert runs_of([-1, -1]) == []
