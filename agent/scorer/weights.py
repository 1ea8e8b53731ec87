"""The trained weights of a scorer: on disk, and bound to a catalogue.

A folder holds `scorer.safetensors` (every array) and `card.json` (settings, validation figures,
counts, seed, versions).
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError
from safetensors.numpy import save_file
from scipy import sparse

from shelftalker.data.catalog import Catalog
from shelftalker.engine.weights_file import WeightsFile
from shelftalker.errors import NotFitted, WorkspaceError
from shelftalker.scorer.again import Again
from shelftalker.scorer.base import Encoder, Floats
from shelftalker.scorer.history import HistoryRows
from shelftalker.scorer.index import top_columns
from shelftalker.scorer.item_texts import ItemTexts, digests
from shelftalker.scorer.parts import Fitted, ItemSide, Mix, centre, prior
from shelftalker.scorer.settings import Training
from shelftalker.scorer.shared import shared
from shelftalker.scorer.tower_weights import TowerWeights
from shelftalker.scorer.trend import RecentCounts

FORMAT = 1
TENSORS, CARD = "scorer.safetensors", "card.json"
NEIGHBOURS = 5  # nearest trained items that stand for an untrained one in B


@dataclass(frozen=True, kw_only=True)
class ScorerWeights(Fitted):
    """All trained values, over the trained items: those of the log, in the order of `ids`.

    `text` float32 [trained, dim], with pictures where there are some (`item_texts`), `digests`
    uint8 [trained, 16] of those texts, `mean` float32 [dim] of the whole catalogue, `counts` int64
    [trained] of events. An empty log leaves no items, no towers and no B.
    """

    ids: list[str]
    text: Floats
    digests: npt.NDArray[np.uint8]
    mean: Floats
    counts: npt.NDArray[np.int64]
    settings: Training
    card: dict[str, Any]

    @property
    def texts(self) -> ItemTexts:
        """The texts of the trained items."""
        return ItemTexts(self.text, self.digests)


def weights_of_fit(
    trained: Catalog,
    text: Floats,
    mean: Floats,
    readings: Sequence[HistoryRows],
    fitted: Fitted,
    settings: Training,
) -> ScorerWeights:
    """The weights of a fit. `trained`: the items of the log, `text` and `mean` as in
    `ScorerWeights`; `readings`: the histories of the log."""
    every = np.concatenate([np.empty(0, np.int64), *(reading.rows for reading in readings)])
    counts = {"items": len(trained), "users": len(readings), "events": len(every)}
    versions = {name: version(name) for name in ("torch", "numpy", "scipy")}
    return ScorerWeights(
        **vars(fitted),
        ids=trained.ids,
        text=text,
        digests=digests(trained),
        mean=mean,
        counts=np.bincount(every, minlength=len(trained)),
        settings=settings,
        card={"counts": counts, "versions": versions},
    )


def origins(catalog: Catalog, weights: ScorerWeights) -> npt.NDArray[np.int64]:
    """The row of each catalogue item among the trained ones, -1 without one: int64 [items]. An item
    that is not trained itself has the row of its group."""
    place = {item_id: row for row, item_id in enumerate(weights.ids)}
    own = np.array([place.get(item_id, -1) for item_id in catalog.ids], np.int64)
    of_group = np.full(len(own) + 1, -1)
    of_group[catalog.groups[own >= 0]] = own[own >= 0]
    return np.where(own >= 0, own, of_group[catalog.groups])


def bind(
    texts: ItemTexts,
    origin: npt.NDArray[np.int64],
    weights: ScorerWeights,
    like: ItemSide | None = None,
    cache: Path | None = None,
) -> ItemSide:
    """The item side of a catalogue: `texts` of its items, `origin` as from `origins`. `like` is
    that of the same catalogue, trained items and mean; what these determine is shared with it.
    `cache`: as the folder of `shared`."""
    text, recent = texts.vectors, weights.recent
    content = (
        str(weights.card.get("encoder")).encode(),
        texts.digests.tobytes(),
        weights.mean.tobytes(),
        b"by column",
    )
    return ItemSide(
        text=text,
        subjects=texts.subjects,
        centred=like.centred
        if like
        else shared(cache, "centred", lambda: centre(text, weights.mean), *content),
        prior=prior(of_items(weights.counts, origin)),
        towers=weights.towers,
        vectors=weights.towers.item_vectors(text, origin + 1) if weights.towers else None,
        item_item=weights.item_item,
        place=like.place if like else _placement(text, origin, weights),
        window=weights.settings.window,
        again=weights.again.bound(origin) if weights.again else None,
        newcomers=prior(of_items(recent.counts, origin)) if recent else None,
        trend=of_items(recent.trend(weights.counts), origin) if recent else None,
    )


def of_items(values: npt.NDArray[Any], origin: npt.NDArray[np.int64]) -> npt.NDArray[Any]:
    """What trained items have, for those of a catalogue, [items]; 0 for an item without one."""
    return np.append(values, np.zeros(1, values.dtype))[origin]


def write_weights(weights: ScorerWeights, folder: Path) -> None:
    """Write `scorer.safetensors` and `card.json` into an existing folder."""
    arrays: dict[str, npt.NDArray[Any]] = {
        "ids": np.frombuffer(json.dumps(weights.ids).encode(), np.uint8),
        "text": weights.text,
        "digests": weights.digests,
        "mean": weights.mean,
        "counts": weights.counts,
    }
    if weights.towers is not None:
        for name in ("data", "indices", "indptr"):
            arrays[f"item_item.{name}"] = getattr(weights.item_item, name)
        for name, array in weights.towers.arrays.items():
            arrays[f"towers.{name}"] = array
    if weights.again is not None:
        own = weights.again
        arrays |= {"again.rates": own.rates, "again.weights": np.append(own.weights, own.scale)}
    if weights.recent is not None:
        arrays["recent"] = np.append(weights.recent.counts, weights.recent.half_life)
    save_file(
        {name: np.ascontiguousarray(array) for name, array in arrays.items()}, folder / TENSORS
    )
    card = {
        "format": FORMAT,
        "validation": weights.metrics,
        **weights.card,
        "mix": asdict(weights.mix),
        "settings": asdict(weights.settings),
    }
    (folder / CARD).write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")


def read_weights(folder: Path, encoder: Encoder) -> ScorerWeights:
    """Read what `write_weights` wrote. Raises `NotFitted` or `WorkspaceError`."""
    if not (folder / CARD).is_file():
        raise NotFitted(f"{folder} holds no trained scorer ({CARD} is missing); run a fit first")
    try:
        card = json.loads((folder / CARD).read_text(encoding="utf-8"))
        _check(card, encoder, folder)
        tensors = WeightsFile(folder / TENSORS)
        return _weights({name: tensors.read(name) for name in tensors.names()}, card)
    except (OSError, SafetensorError, ValueError, KeyError, TypeError, RuntimeError) as error:
        raise WorkspaceError(
            f"the scorer in {folder} is damaged ({error}); fit it again or roll back"
        ) from error


def _weights(arrays: dict[str, npt.NDArray[Any]], card: dict[str, Any]) -> ScorerWeights:
    ids = json.loads(arrays["ids"].tobytes())
    settings, mix = Training(**card.pop("settings")), Mix(**card.pop("mix"))
    metrics, _ = card.pop("validation"), card.pop("format")
    parts: dict[str, Any] = {name: arrays[name] for name in ("text", "digests", "mean", "counts")}
    if "item_item.data" in arrays:
        triple = tuple(arrays[f"item_item.{name}"] for name in ("data", "indices", "indptr"))
        parts["item_item"] = sparse.csr_matrix(triple, shape=(len(ids), len(ids)))
        names = [name for name in arrays if name.startswith("towers.")]
        towers = {name.removeprefix("towers."): arrays[name] for name in names}
        parts["towers"] = TowerWeights(towers)
    if "again.rates" in arrays:
        *own, scale = arrays["again.weights"]
        products, fitted = np.arange(len(ids)), np.array(own, np.float32)
        parts["again"] = Again(arrays["again.rates"], products, fitted, float(scale))
    if "recent" in arrays:
        parts["recent"] = RecentCounts(arrays["recent"][:-1], float(arrays["recent"][-1]))
    return ScorerWeights(**parts, ids=ids, mix=mix, metrics=metrics, settings=settings, card=card)


def _check(card: dict[str, Any], encoder: Encoder, folder: Path) -> None:
    if card["format"] != FORMAT:
        raise WorkspaceError(
            f"the scorer in {folder} has format {card['format']}, this version reads {FORMAT}; "
            "fit it again"
        )
    if card["encoder"] != encoder.name:
        raise WorkspaceError(
            f"the scorer in {folder} was trained with the text encoder {card['encoder']!r} and "
            f"got {encoder.name!r}; open that encoder, or fit again"
        )


def _placement(
    text: Floats, origin: npt.NDArray[np.int64], weights: ScorerWeights
) -> sparse.csr_matrix:
    trained = np.flatnonzero(origin >= 0)
    untrained = np.flatnonzero(origin < 0)
    count = min(NEIGHBOURS, len(weights.ids))
    rows, columns = [trained, np.repeat(untrained, count)], [origin[trained]]
    values = [np.ones(len(trained), np.float32)]
    for part in np.array_split(untrained, 1 + len(untrained) // 1024):
        similar = text[part] @ weights.text.T
        nearest = top_columns(similar, count)
        cosines = np.maximum(np.take_along_axis(similar, nearest, 1), 0.0)
        columns.append(nearest.ravel())
        values.append((cosines**2 / np.maximum(cosines.sum(1, keepdims=True), 1e-6)).ravel())
    return sparse.csr_matrix(
        (np.concatenate(values), (np.concatenate(rows), np.concatenate(columns))),
        shape=(len(text), len(weights.ids)),
    )
