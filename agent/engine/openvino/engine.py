"""OpenVinoEngine: the fast engine of a processor without a GPU.

Weights are rounded to 8 bits, unless `dtype` is `float32` or `bfloat16`.
"""

from shelftalker.engine.local.batch import Decoder
from shelftalker.engine.local.embedded import EmbeddedEngine


class OpenVinoEngine(EmbeddedEngine):
    """It computes models of the Llama family: see `decoder_files.FAMILY`."""

    name = "openvino"

    def _opened(self, folder: str, dtype: str, slots: int) -> Decoder:
        from shelftalker.engine.openvino.model import PagedModel  # once its version was checked

        return PagedModel(folder, dtype, slots)
