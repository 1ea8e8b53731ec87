"""torch: which number formats a processor computes in."""

import torch


def computes_in_bfloat16(device: str) -> bool:
    """Whether a `cuda` or `cpu` device has instructions for bfloat16; else it emulates it, which is
    four to five times as slow on a processor."""
    if device == "cuda":
        return bool(torch.cuda.is_bf16_supported())
    return bool(torch.cpu._is_avx512_bf16_supported())
