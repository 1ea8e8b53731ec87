"""torch: which number formats a processor computes in."""

import torch


def fast_dtype(device: str) -> str:
    """The number format that a `cuda` or `cpu` device computes fastest in: bfloat16 where it has
    instructions for that, which it would else emulate, four to five times as slow."""
    if device == "cuda":
        return "bfloat16" if torch.cuda.is_bf16_supported() else "float16"
    return "bfloat16" if torch.cpu._is_avx512_bf16_supported() else "float32"
