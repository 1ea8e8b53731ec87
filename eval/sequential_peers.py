"""Transformer baselines: SASRec and BERT4Rec by RecTools.

The number of epochs is chosen by early stopping: a first model is trained without every user's last
event and ranks it every few epochs; the final one is trained on all events for the best number of
epochs. `SETTINGS` are the same for all data sets.
"""

import logging
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch

from shelftalker.data.catalog import Catalog
from shelftalker.data.events import Event
from shelftalker.errors import MissingExtra
from shelftalker.eval.baselines import Context, validation, validation_ndcg
from shelftalker.eval.full_ranking import Score
from shelftalker.eval.splits import by_user
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
AfterEpoch = Callable[[Any, Any, Any], None]
"""Called with Lightning's trainer, the network, and the model's data preparator."""


def sasrec(context: Context, train: Sequence[Event]) -> Score:
    """Self-attention over the history (Kang, McAuley, ICDM 2018), with the softmax loss."""
    return _fit("sasrec", context, train)


def bert4rec(context: Context, train: Sequence[Event]) -> Score:
    """Masked-item prediction in both directions (Sun et al., CIKM 2019)."""
    return _fit("bert4rec", context, train)


def _fit(name: str, context: Context, train: Sequence[Event]) -> Score:
    catalog, held = context.catalog, validation(train, context.catalog)
    best, best_epoch = -1.0, 0

    def check(trainer: Any, network: Any, preparator: Any) -> None:
        """Remembers the best epoch, and stops the training when it lies far back."""
        nonlocal best, best_epoch
        epoch = trainer.current_epoch + 1
        if epoch % EPOCHS_PER_CHECK:
            return
        value = validation_ndcg(_score(network, preparator, catalog), held, catalog)
        if value > best:
            best, best_epoch = value, epoch
        trainer.should_stop = epoch - best_epoch >= EPOCHS_PER_CHECK * PATIENCE
        if context.progress:
            line = f"{name} epoch {epoch}: validation NDCG@10 {value:.4f}"
            context.progress(epoch, MAX_EPOCHS[name], line)

    if held.targets:
        _train(name, context, held.train, MAX_EPOCHS[name], check)
    final = _train(name, context, train, best_epoch or EPOCHS_PER_CHECK)
    return _score(final.lightning_model, final.data_preparator, catalog)


def _train(
    name: str,
    context: Context,
    train: Sequence[Event],
    epochs: int,
    after_epoch: AfterEpoch | None = None,
) -> Any:
    """A fitted RecTools model; `after_epoch` may stop the training."""
    try:
        from pytorch_lightning import Trainer, seed_everything
        from pytorch_lightning.callbacks import LambdaCallback
        from rectools.models import BERT4RecModel, SASRecModel
    except ImportError:
        raise MissingExtra("rectools[torch]", "peers") from None
    for noisy in ("pytorch_lightning", "lightning.pytorch", "lightning.fabric"):
        logging.getLogger(noisy).setLevel(logging.ERROR)
    seed_everything(context.seed, verbose=False)
    off: dict[str, Any] = dict.fromkeys(
        ("logger", "enable_checkpointing", "enable_progress_bar", "enable_model_summary"), False
    )
    watch = LambdaCallback(
        on_train_epoch_end=lambda trainer, network: (
            after_epoch and after_epoch(trainer, network, model.data_preparator)
        )
    )
    model = {"sasrec": SASRecModel, "bert4rec": BERT4RecModel}[name](
        **SETTINGS,
        session_max_len=min(MAX_HISTORY, max(map(len, by_user(train).values()))),
        get_trainer_func=lambda: Trainer(
            max_epochs=epochs, accelerator="auto", devices=1, callbacks=[watch],
            **off,
        ),
    )  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.fit(_dataset(train, context.catalog))
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


@torch.no_grad()
def _predict(network: Any, batch: dict[str, torch.Tensor]) -> Floats:
    """float32 [sessions, tokens]."""
    training = network.training
    network.eval()
    items = network.item_model.get_all_embeddings()
    batch = {name: tensor.to(items.device) for name, tensor in batch.items()}
    last = network.encode_sessions(batch, items)[:, -1]
    scores: Floats = (last @ items.T).float().cpu().numpy()
    network.train(training)
    return scores
