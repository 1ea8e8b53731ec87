"""OpenVinoEngine: the fast engine of a processor without a GPU.

Weights are rounded to 8 bits, unless `dtype` is `float32` or `bfloat16`.
"""

from shelftalker.engine import compat, models
from shelftalker.engine.local.embedded import EmbeddedEngine
from shelftalker.engine.slots import SLOTS


class OpenVinoEngine(EmbeddedEngine):
    """Obeys `shelftalker.engine.base.Engine`. `dtype` is `auto`, `bfloat16` or `float32`; `slots`
    is how many adapters are in memory at once. It computes models of the Llama family: see
    `decoder_files.FAMILY`."""

    name = "openvino"

    def __init__(
        self,
        model: str = models.DEFAULT_MODEL,
        *,
        dtype: str = "auto",
        slots: int = SLOTS,
        reason: str = "it was asked for",
    ) -> None:
        compat.check_libraries(compat.OPENVINO)
        from shelftalker.engine.openvino.model import PagedModel

        folder = models.resolve(model)
        paged = PagedModel(folder, dtype, slots)
        super().__init__(model, folder, reason, paged)
        self._layers = paged.layers
