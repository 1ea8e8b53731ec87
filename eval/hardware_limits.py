"""Measured limits of this machine, memory bandwidth and matrix rate, to compare latencies with."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch


@dataclass(frozen=True, slots=True)
class HardwareLimits:
    """`read_gb_s`: GB/s of memory reads. `gflops`: float32 matrix products, GFLOP/s."""

    read_gb_s: float
    gflops: float

    def read_ms(self, megabytes: float) -> float:
        """Milliseconds to read so much memory once."""
        return megabytes / self.read_gb_s


def measure_limits(megabytes: int = 256, size: int = 1024, repeats: int = 5) -> HardwareLimits:
    """The best of `repeats` measurements, with torch's number of threads."""
    block = torch.ones(megabytes * 250_000)
    matrix = torch.ones(size, size)
    reading = min(_seconds(lambda: block.sum()) for _ in range(repeats))
    product = min(_seconds(lambda: matrix @ matrix) for _ in range(repeats))
    return HardwareLimits(megabytes / 1000 / reading, 2 * size**3 / product / 1e9)


def median_ms(call: Callable[[], object], repeats: int) -> float:
    """Median milliseconds of a call."""
    return 1000 * float(np.median([_seconds(call) for _ in range(repeats)]))


def _seconds(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start
