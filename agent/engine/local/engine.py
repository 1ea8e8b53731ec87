"""TransformersEngine: the model in this process, on the CPU or a GPU, with peft adapters.

One thread owns the model. It alternates between one queued call (a scoring, a prefill, an adapter)
and one decoding step of the running batch, so that no request waits until another ends. Numbers are
in the format this machine computes fastest in; in bfloat16 logits are rounded to about 1 part in
256, and a greedy text can depend on what else is in the batch.
"""

import asyncio
import warnings
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from transformers import AutoModelForCausalLM
from transformers.utils import logging

from shelftalker.engine import compat, models
from shelftalker.engine.base import Reuse, Sampling
from shelftalker.engine.compat.peft import names_of_rows, switch_adapter
from shelftalker.engine.compat.transformers import GROUPED, cache_of, layers_in
from shelftalker.engine.local.batch import DecodingBatch, DecodingRow
from shelftalker.engine.local.model_thread import ModelThread
from shelftalker.engine.local.prefix_cache import PrefixCache
from shelftalker.engine.local_engine import LocalEngine
from shelftalker.engine.slots import ServedAdapter
from shelftalker.engine.tokens import TextStream
from shelftalker.errors import EngineError

SLOTS = 16
_CHUNK = 32  # continuations in one pass


class TransformersEngine(LocalEngine):
    """Obeys `shelftalker.engine.base.Engine`. `dtype` is `auto`, `bfloat16` or `float32`; `slots`
    is how many adapters are in memory at once."""

    name = "transformers"

    def __init__(
        self,
        model: str = models.DEFAULT_MODEL,
        *,
        device: str = "auto",
        dtype: str = "auto",
        slots: int = SLOTS,
        reason: str = "it was asked for",
    ) -> None:
        compat.check_libraries(compat.LOCAL)
        folder = models.resolve(model)
        super().__init__(model, folder, reason, slots)
        self._lm = LanguageModel(folder, device, dtype)
        self._thread = ModelThread(
            DecodingBatch(self._lm.forward, self._lm.prefill, self._lm.ends, self._lm.device)
        )

    @property
    def reuse(self) -> Reuse:
        """Prompt tokens asked for, and those found in the prefix cache."""
        return self._lm.prefixes.reuse

    async def _score_labels(
        self, prompt: list[int], labels: list[int], adapter: ServedAdapter | None
    ) -> list[float]:
        return await self._thread.call(self._lm.score_labels, prompt, labels, _key(adapter))

    async def _score_continuations(
        self, prefix: list[int], tails: list[list[int]], adapter: ServedAdapter | None
    ) -> list[float]:
        return await self._thread.call(self._lm.score_continuations, prefix, tails, _key(adapter))

    async def _decode(
        self, prompt: list[int], sampling: Sampling, adapter: ServedAdapter | None
    ) -> AsyncGenerator[str, None]:
        loop = asyncio.get_running_loop()
        pieces: asyncio.Queue[str | EngineError | None] = asyncio.Queue()

        def emit(piece: str | EngineError | None) -> None:
            loop.call_soon_threadsafe(pieces.put_nowait, piece)

        text = TextStream(self._tokens.tokenizer, sampling.stop)
        likely = [self._tokens.after(answer) for answer in sampling.likely]
        row = DecodingRow(prompt, sampling, _key(adapter), text, emit, likely)
        self._thread.join(row)
        try:
            while (piece := await pieces.get()) is not None:
                if isinstance(piece, EngineError):
                    raise piece
                yield piece
        finally:
            row.cancelled = True

    async def _load(self, adapter: ServedAdapter) -> None:
        await self._thread.call(self._lm.load, adapter)

    async def _unload(self, adapter: ServedAdapter) -> None:
        await self._thread.call(self._lm.unload, adapter)

    def _running(self) -> bool:
        return self._thread.alive()

    async def _shut(self) -> None:
        await asyncio.to_thread(self._thread.stop)
        self._lm.free()


class LanguageModel:
    """The weights and the passes over them. Every method runs on the model's thread."""

    def __init__(self, folder: str, device: str, dtype: str) -> None:
        self.device = torch.device(_default_device() if device == "auto" else device)
        logging.disable_progress_bar()
        try:
            model = AutoModelForCausalLM.from_pretrained(
                folder,
                dtype=models.fast_dtype(self.device.type) if dtype == "auto" else dtype,
                attn_implementation=GROUPED if self.device.type == "cpu" else None,
            )
        except (OSError, ValueError, RuntimeError) as error:
            raise EngineError(f"cannot load a model from {folder!r}: {error}") from error
        finally:
            logging.enable_progress_bar()
        self._model: Any = model.to(self.device).eval()
        end = self._model.generation_config.eos_token_id
        self.ends = frozenset([end] if isinstance(end, int) else end or [])
        self._peft = False
        self._used: str | None = (
            None  # the adapter of all rows where a pass does not name one for each
        )
        self.prefixes = PrefixCache()

    def prefill(self, prompt: list[int], adapter: str | None) -> tuple[Tensor, Any]:
        """Logits [vocab] after a prompt, and its cache; a cached prefix is not computed again."""
        if (known := self.prefixes.whole(prompt, adapter)) is not None:
            return known
        cache, length = self.prefixes.start(prompt, adapter)
        ids = torch.tensor([prompt[length:]], device=self.device)
        logits = self.forward(ids, cache, [adapter], keep=1)[0, -1]
        self.prefixes.keep(prompt, adapter, logits, cache)
        return logits, cache

    def forward(
        self,
        ids: Tensor,
        cache: Any,
        adapters: list[str | None],
        *,
        mask: Tensor | None = None,
        keep: int = 0,
    ) -> Tensor:
        """Logits [rows, kept positions, vocab]; keys and values are added to the cache."""
        inputs: dict[str, Any] = {}
        if mask is not None:
            inputs["attention_mask"] = mask
            inputs["position_ids"] = (mask.cumsum(dim=1) - 1).clamp(min=0)[:, -ids.shape[1] :]
        if self._peft and len(set(adapters)) == 1:
            self._use(adapters[0])
        elif self._peft:
            self._use(next(filter(None, adapters)))  # enables adapters; each row names its own
            inputs |= names_of_rows(adapters)
        out = self._model(
            input_ids=ids, past_key_values=cache, use_cache=True, logits_to_keep=keep, **inputs
        )
        logits: Tensor = out.logits
        return logits

    def _use(self, adapter: str | None) -> None:
        if adapter != self._used:
            switch_adapter(self._model, adapter, self._used)
            self._used = adapter

    def score_labels(
        self, prompt: list[int], labels: list[int], adapter: str | None
    ) -> list[float]:
        """Logits of the labels after a prompt."""
        logits, _ = self.prefill(prompt, adapter)
        scores: list[float] = logits[labels].float().tolist()
        return scores

    def score_continuations(
        self, prefix: list[int], tails: list[list[int]], adapter: str | None
    ) -> list[float]:
        """One pass over the prefix, then one over each chunk of continuations on its cache."""
        logits, cache = self.prefill(prefix, adapter)
        first = torch.log_softmax(logits.float(), dim=-1)[[tail[0] for tail in tails]]
        rest = [
            score
            for start in range(0, len(tails), _CHUNK)
            for score in self._score_rest(cache, tails[start : start + _CHUNK], adapter)
        ]
        return [a + b for a, b in zip(first.tolist(), rest, strict=True)]

    def _score_rest(self, cache: Any, tails: list[list[int]], adapter: str | None) -> list[float]:
        """Log-probability of all but the first token. Padding on the right needs no mask."""
        width = max(map(len, tails))
        if width == 1:
            return [0.0] * len(tails)
        padded = torch.tensor([t + [0] * (width - len(t)) for t in tails], device=self.device)
        lengths = torch.tensor([len(t) for t in tails], device=self.device)
        logits = self.forward(padded[:, :-1], _expand(cache, len(tails)), [adapter] * len(tails))
        target = logits.gather(-1, padded[:, 1:, None])[..., 0].float()
        scores = target - torch.logsumexp(logits.float(), dim=-1)
        real = torch.arange(1, width, device=self.device) < lengths[:, None]
        sums: list[float] = (scores * real).sum(dim=1).tolist()
        return sums

    def load(self, adapter: ServedAdapter) -> None:
        """Load a checked adapter under its key."""
        key = str(adapter.key)
        try:
            with warnings.catch_warnings():  # about merging: nothing is merged
                warnings.filterwarnings("ignore", message=".*tie_word_embeddings")
                self._add(adapter.path, key)
        except (OSError, ValueError, RuntimeError, KeyError) as error:
            raise EngineError(f"peft cannot load {adapter.path}: {error}") from error
        self._model.eval()

    def _add(self, path: Path, key: str) -> None:
        from peft import PeftModel

        if self._peft:
            self._model.load_adapter(path, adapter_name=key)
        else:
            self._model = PeftModel.from_pretrained(self._model, path, adapter_name=key)
            self._peft, self._used = True, key

    def unload(self, adapter: ServedAdapter) -> None:
        """Free an adapter; without any, the base model is as it was loaded."""
        self.prefixes.forget(str(adapter.key))
        if len(self._model.peft_config) == 1:
            self._model = self._model.unload()
            self._peft = False
        else:
            if self._used == str(adapter.key):
                self._use(None)
            with warnings.catch_warnings():  # about the active adapter: every pass names its own
                warnings.simplefilter("ignore", UserWarning)
                self._model.delete_adapter(str(adapter.key))

    def free(self) -> None:
        """Free the weights, once the thread has stopped."""
        self._model = None


def _key(adapter: ServedAdapter | None) -> str | None:
    return None if adapter is None else str(adapter.key)


def _expand(cache: Any, rows: int) -> Any:
    """A copy of a one-row cache with many rows."""
    return cache_of(
        (keys.expand(rows, -1, -1, -1), values.expand(rows, -1, -1, -1))
        for keys, values in layers_in(cache)
    )


def _default_device() -> str:
    return "cuda" if torch.cuda.is_available() else "cpu"
