"""Transformer baselines: SASRec and BERT4Rec by RecTools.

The number of epochs is chosen by early stopping: a first model is trained without every user's last
event and ranks it every few epochs; the final one is trained on all events for the best number of
epochs. `SETTINGS` are the same for all data sets.
"""

import logging
import time
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from shelftalker.data.catalog import Catalog
from shelftalker.data.events import Event
from shelftalker.data.progress import Progress
from shelftalker.errors import MissingExtra
from shelftalker.eval.baselines import validation
from shelftalker.eval.leave_one_out import Score, by_user, rank_targets
from shelftalker.eval.metrics.ranking import ndcg
from shelftalker.scorer.base import Floats

SETTINGS: dict[str, Any] = {
    "n_blocks": 2,
    "n_heads": 2,
    "n_factors": 64,
    "dropout_rate": 0.3,
    "loss": "softmax",
    "lr": 3e-3,
    "batch_size": 32,
}
MAX_HISTORY = 100  # last events
MAX_EPOCHS = {"sasrec": 60, "bert4rec": 120}
EPOCHS_PER_CHECK, PATIENCE = 3, 3  # PATIENCE: checks without a gain


def sasrec(
    catalog: Catalog, train: Sequence[Event], seed: int = 0, progress: Progress | None = None
) -> Score:
    """Self-attention over the history (Kang, McAuley, ICDM 2018), with the softmax loss."""
    return _fit("sasrec", catalog, train, seed, progress)


def bert4rec(
    catalog: Catalog, train: Sequence[Event], seed: int = 0, progress: Progress | None = None
) -> Score:
    """Masked-item prediction in both directions (Sun et al., CIKM 2019)."""
    return _fit("bert4rec", catalog, train, seed, progress)


def _fit(
    name: str, catalog: Catalog, train: Sequence[Event], seed: int, progress: Progress | None
) -> Score:
    held = validation(train, catalog)
    watch = _EarlyStop(
        name, catalog, lambda score: ndcg(rank_targets(score, held, catalog)).mean(), progress
    )
    if held.targets:
        _train(name, catalog, held.train, seed, MAX_EPOCHS[name], watch)
    final = _train(name, catalog, train, seed, watch.best_epoch or EPOCHS_PER_CHECK)
    return _score(final.lightning_model, final.data_preparator, catalog)


def _train(
    name: str,
    catalog: Catalog,
    train: Sequence[Event],
    seed: int,
    epochs: int,
    watch: "_EarlyStop | None" = None,
) -> Any:
    """A fitted RecTools model; `watch` may stop the training."""
    try:
        from pytorch_lightning import Trainer, seed_everything
        from rectools.models import BERT4RecModel, SASRecModel
    except ImportError:
        raise MissingExtra("rectools[torch]", "peers") from None
    for noisy in ("pytorch_lightning", "lightning.pytorch", "lightning.fabric"):
        logging.getLogger(noisy).setLevel(logging.ERROR)
    seed_everything(seed, verbose=False)
    model = {"sasrec": SASRecModel, "bert4rec": BERT4RecModel}[name](
        **SETTINGS,
        session_max_len=min(MAX_HISTORY, max(map(len, by_user(train).values()))),
        get_trainer_func=lambda: Trainer(
            max_epochs=epochs,
            accelerator="auto",
            devices=1,
            logger=False,
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
            callbacks=[watch.callback()] if watch else [],
        ),
    )
    if watch:
        watch.preparator = model.data_preparator
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.fit(_dataset(train, catalog))
    return model


def _dataset(train: Sequence[Event], catalog: Catalog) -> Any:
    """Catalogue rows as item ids, and positions in the history as times."""
    import pandas as pd
    from rectools.dataset import Dataset

    table = [
        (user, catalog.row(event.item), 1.0, place)
        for user, own in by_user(train).items()
        for place, event in enumerate(own)
        if event.item in catalog
    ]
    frame = pd.DataFrame(table, columns=["user_id", "item_id", "weight", "datetime"])
    frame["datetime"] = pd.to_datetime(frame["datetime"], unit="D")
    return Dataset.construct(frame)


def _score(network: Any, preparator: Any, catalog: Catalog) -> Score:
    """Scores of any histories; items unknown to the model score below all others."""
    place = {int(row): token for token, row in enumerate(preparator.item_id_map.external_ids)
             if not isinstance(row, str)}  # fmt: skip
    rows, tokens = np.array(list(place)), np.array(list(place.values()))

    def score(histories: Sequence[Sequence[Event]]) -> Floats:
        sessions = [
            [place[row] for row in catalog.rows([e.item for e in own]) if row in place]
            for own in histories
        ]
        scores = np.full((len(histories), len(catalog)), -1e9, np.float32)
        filled = [user for user, session in enumerate(sessions) if session]
        if filled:
            batch = preparator._collate_fn_recommend([(sessions[u], None, None) for u in filled])
            scores[np.ix_(np.array(filled), rows)] = _predict(network.torch_model, batch)[:, tokens]
        return scores

    return score


def _predict(network: Any, batch: dict[str, torch.Tensor]) -> Floats:
    """float32 [sessions, tokens]."""
    training = network.training
    network.eval()
    with torch.no_grad():
        items = network.item_model.get_all_embeddings()
        batch = {name: tensor.to(items.device) for name, tensor in batch.items()}
        last = network.encode_sessions(batch, items)[:, -1]
        scores: Floats = (last @ items.T).float().cpu().numpy()
    network.train(training)
    return scores


class _EarlyStop:
    """Ranks the held-out events every `EPOCHS_PER_CHECK` epochs and remembers the best epoch."""

    def __init__(self, name: str, catalog: Catalog, rank: Any, progress: Progress | None) -> None:
        self.name, self.catalog, self.rank, self.progress = name, catalog, rank, progress
        self.preparator: Any = None
        self.best, self.best_epoch = -1.0, 0
        self.started = time.perf_counter()

    def callback(self) -> Any:
        """The Lightning callback."""
        from pytorch_lightning.callbacks import LambdaCallback

        return LambdaCallback(
            on_train_epoch_end=lambda trainer, network: self._check(trainer, network)
        )

    def _check(self, trainer: Any, network: Any) -> None:
        epoch = trainer.current_epoch + 1
        if epoch % EPOCHS_PER_CHECK:
            return
        value = self.rank(_score(network, self.preparator, self.catalog))
        if value > self.best:
            self.best, self.best_epoch = value, epoch
        trainer.should_stop = epoch - self.best_epoch >= EPOCHS_PER_CHECK * PATIENCE
        if self.progress:
            seconds = time.perf_counter() - self.started
            line = f"{self.name} epoch {epoch}: validation NDCG@10 {value:.4f} ({seconds:.0f} s)"
            self.progress(epoch, MAX_EPOCHS[self.name], line)
