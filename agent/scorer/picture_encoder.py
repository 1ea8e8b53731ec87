"""Vectors of pictures by an image model from Hugging Face, such as CLIP, SigLIP or DINOv2."""

from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from shelftalker.data.catalog import Catalog
from shelftalker.data.pictures import Pictures
from shelftalker.data.progress import Progress
from shelftalker.errors import InputError, MissingExtra
from shelftalker.scorer.base import Floats

BATCH = 16


class PictureEncoder:
    """An image model and its processor; `open_pictures` loads them."""

    def __init__(self, name: str, model: Any, processor: Any) -> None:
        self.name, self._model, self._processor = name, model.eval(), processor

    def encode(self, files: Sequence[Path], progress: Progress | None = None) -> Floats:
        """float32 [files, dim]. Raises `InputError` for a file that is no picture."""
        import torch

        parts = []
        for start in range(0, len(files), BATCH):
            images = [_opened(file) for file in files[start : start + BATCH]]
            inputs = self._processor(images=images, return_tensors="pt")
            with torch.inference_mode():
                parts.append(self._vectors(inputs))
            if progress:
                progress(start + len(images), len(files), "pictures encoded")
        return np.concatenate(parts)

    def _vectors(self, inputs: Any) -> Floats:
        """A joint model's image vectors, else the pooled state, else the mean of the patches."""
        joint = getattr(self._model, "get_image_features", None)
        out = joint(**inputs) if joint else self._model(**inputs)
        pooled = getattr(out, "pooler_output", out if joint else None)
        vectors = out.last_hidden_state.mean(1) if pooled is None else pooled
        return np.asarray(vectors.float().numpy())


@cache
def open_pictures(name: str) -> PictureEncoder:
    """Load an image model by Hugging Face id or folder. Raises `InputError`, `MissingExtra`."""
    from transformers import AutoImageProcessor, AutoModel

    if find_spec("PIL") is None:
        raise MissingExtra("pillow", "pictures")
    try:
        model, processor = AutoModel.from_pretrained(name), AutoImageProcessor.from_pretrained(name)
    except (OSError, ValueError, ImportError) as error:
        raise InputError(
            f"cannot load the image model {name!r} ({str(error).splitlines()[0]}); give the id of "
            "a vision model such as openai/clip-vit-base-patch32, or a folder that holds one"
        ) from None
    return PictureEncoder(name, model, processor)


def encoded_pictures(
    catalog: Catalog, name: str, folder: Path, progress: Progress | None = None
) -> Pictures:
    """The pictures of a catalogue: of each item the file in `folder` that its image address ends
    in, or that is called as its id. Raises `InputError` where there is none."""
    files = {file.name: file for file in sorted(folder.glob("*")) if file.is_file()}
    files |= {file.stem: file for file in files.values() if file.stem not in files}
    images = catalog.frame["image"].fill_null("").to_list()
    found = {
        item_id: file
        for item_id, image in zip(catalog.ids, images, strict=True)
        if (file := files.get(image.rsplit("/", 1)[-1]) or files.get(item_id))
    }
    if not found:
        raise InputError(
            f"no file in {folder} belongs to an item; name each as the item's image address ends, "
            "or as its id, such as B001.jpg"
        )
    vectors = open_pictures(name).encode(list(found.values()), progress)
    return Pictures.of(list(found), vectors, name)


def _opened(file: Path) -> Any:
    from PIL import Image

    try:
        return Image.open(file).convert("RGB")
    except (OSError, Image.DecompressionBombError) as error:
        raise InputError(f"{file.name} is no picture that can be read ({error})") from None
