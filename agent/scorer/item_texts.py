"""`ItemTexts`: the vectors of a catalogue's texts, with those of the pictures beside them.

A picture's vector (`data.pictures`) is appended to its item's text vector, times `PICTURE`. So it
is an input of g, and counts for the likeness of items and for the neighbours of a new item. An item
without a picture gets the mean picture, which says nothing once the mean is subtracted. A request's
vector has zeros there.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from scipy.special import logsumexp

from shelftalker.data.catalog import Catalog, Item
from shelftalker.data.progress import Progress
from shelftalker.data.subject import is_named_work, subject_of
from shelftalker.errors import InputError
from shelftalker.scorer.base import Encoder, Floats, by_column
from shelftalker.scorer.shared import shared

PICTURE = 0.7
"""Length of a picture's vector beside a text's, which is 1. No log with pictures was at hand to
tune it on."""
Digests = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class ItemTexts:
    """Vectors float32 [items, dim] of a catalogue's texts and pictures, digests uint8 [items, 16]
    of these, and vectors [items, dim] of what the items are about (`data.subject`), None where that
    is the whole text of every item."""

    vectors: Floats
    digests: Digests
    subjects: Floats | None = None

    @classmethod
    def encoded(
        cls,
        catalog: Catalog,
        encoder: Encoder,
        known: "Sequence[ItemTexts]",
        mean: Floats,
        cache: Path | None = None,
    ) -> Self:
        """Those of a catalogue; only texts that are not `known` are encoded. `mean` float32 [dim]:
        of a fit, whose dimensions they get. `cache`: as the folder of `shared`."""
        keys = digests(catalog)
        tail = mean[encoder.dim :]
        content = encoder.name.encode(), keys.tobytes(), tail.tobytes(), b"by column"

        def vectors(name: str, before: Sequence[Floats | None], text_of: TextOf) -> Floats:
            def made() -> Floats:
                texts = _encoded(catalog, encoder, keys, _by_digest(known, before), text_of)
                return by_column(with_pictures(texts, catalog, tail))

            return shared(cache, name, made, *content)

        text = vectors("text", [own.vectors for own in known], Item.embedding_text)
        if not any(is_named_work(item) for item in catalog):
            return cls(text, keys)
        return cls(text, keys, vectors("subject", [own.subjects for own in known], subject_of))


TextOf = Callable[[Item], str]


def item_vectors(
    catalog: Catalog, encoder: Encoder, progress: Progress | None = None
) -> tuple[Floats, Floats]:
    """The vectors to train on, float32 [items, dim], and their mean, float32 [dim]."""
    text = encoder.encode([item.embedding_text() for item in catalog], progress)
    mean, pictures = text.mean(0), catalog.pictures
    if pictures is not None and len(rows := pictures.rows(catalog.ids)) and (rows >= 0).any():
        mean = np.append(mean, PICTURE * pictures.vectors[rows[rows >= 0]].mean(0))
    return with_pictures(text, catalog, mean[encoder.dim :]), mean


def with_pictures(text: Floats, catalog: Catalog, mean: Floats) -> Floats:
    """Text vectors with pictures beside them, float32 [items, text_dim + picture_dim]. `mean`
    float32 [picture_dim]: of the fit; without pictures there it has no entry, and with those of
    another model it stands for all of them until the next fit."""
    if not len(mean):
        return text
    beside = np.tile(mean, (len(text), 1))
    pictures = catalog.pictures
    if pictures is not None and pictures.vectors.shape[1] == len(mean):
        rows = pictures.rows(catalog.ids)
        beside[rows >= 0] = PICTURE * pictures.vectors[rows[rows >= 0]]
    return np.hstack([text, beside]).astype(np.float32)


def like_picture(
    pictures: Floats, mean: Floats, vector: npt.NDArray[np.floating[Any]], scale: float
) -> Floats:
    """What a request by a picture adds to the logits, float32 [items], as that of a text does: the
    scaled cosine of pictures less the mean one. `pictures` [items, picture_dim] and `mean`: that
    part of the items' vectors; `vector` float [picture_dim]. Raises `InputError` for other
    dimensions than were fitted."""
    if vector.shape != mean.shape or not len(vector):
        raise InputError(
            f"got a picture vector of shape {vector.shape}; this scorer was fitted on pictures of "
            f"{len(mean)} dimensions; give the catalogue vectors of the same model with "
            "`shelftalker pictures`, and fit it again"
        )
    query, items = PICTURE * vector / np.linalg.norm(vector) - mean, pictures - mean
    lengths = np.linalg.norm(items, axis=1) * np.linalg.norm(query)  # 0 without a picture
    scores = scale * (items @ query) / np.maximum(lengths, 1e-6)
    return np.asarray(scores - logsumexp(scores) + np.log(len(scores)), np.float32)


def digests(catalog: Catalog) -> Digests:
    """A 16-byte hash of every item's text and picture, uint8 [items, 16]."""
    pictures = catalog.pictures
    rows = pictures.rows(catalog.ids).tolist() if pictures else [-1] * len(catalog)
    parts = []
    for item, row in zip(catalog, rows, strict=True):
        digest = hashlib.blake2b(item.embedding_text().encode(), digest_size=16)
        if pictures and row >= 0:
            digest.update(pictures.vectors[row].tobytes())
        parts.append(digest.digest())
    return np.frombuffer(b"".join(parts), np.uint8).reshape(-1, 16)


def _by_digest(known: Sequence[ItemTexts], vectors: Sequence[Floats | None]) -> dict[bytes, Floats]:
    found: dict[bytes, Floats] = {}
    for texts, own in zip(known, vectors, strict=True):
        if own is not None:
            found.update(zip(map(bytes, texts.digests), own, strict=True))
    return found


def _encoded(
    catalog: Catalog,
    encoder: Encoder,
    keys: Digests,
    known: Mapping[bytes, Floats],
    text_of: TextOf,
) -> Floats:
    """Text vectors alone, float32 [items, text_dim]."""
    vectors = np.zeros((len(catalog), encoder.dim), np.float32)
    missing: list[int] = []
    for row, key in enumerate(keys):
        vector = known.get(key.tobytes())
        if vector is None:
            missing.append(row)
        else:
            vectors[row] = vector[: encoder.dim]
    if missing:
        unknown = Catalog(catalog.frame[missing])
        vectors[missing] = encoder.encode([text_of(item) for item in unknown])
    return vectors
