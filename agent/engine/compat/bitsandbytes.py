"""bitsandbytes: 4-bit layers on a CPU that can be trained after they were evaluated."""

from typing import Any


def keep_gradients(model: Any) -> None:
    """Keep the 4-bit layers off the bfloat16 kernel that has no gradients: a layer that was once
    evaluated would compute by it in training too."""
    for module in model.modules():
        if hasattr(module, "support_avx512bf16_for_cpu"):
            module.support_avx512bf16_for_cpu = False
