"""TransformersEngine: the reference. The model in this process, on the CPU or a GPU, with peft
adapters.

Numbers are in the format this machine computes fastest in; in bfloat16 logits are rounded to about
1 part in 256. Each sequence is read alone, and nothing is kept from one prompt for the next.
"""

import copy
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForCausalLM, DynamicCache
from transformers.utils import logging

from shelftalker.engine import lora
from shelftalker.engine.base import Reuse
from shelftalker.engine.compat.peft import switch_adapter
from shelftalker.engine.compat.torch import fast_dtype
from shelftalker.engine.local.batch import Decoder, Logits, Start
from shelftalker.engine.local.embedded import EmbeddedEngine
from shelftalker.engine.slots import AdapterSlots
from shelftalker.errors import EngineError


class TransformersEngine(EmbeddedEngine):
    """It computes whatever transformers does."""

    name = "transformers"

    def _opened(self, folder: str, dtype: str, slots: int) -> Decoder:
        return LanguageModel(folder, dtype, slots)


@dataclass(eq=False)
class CachedSequence:
    """One request's keys and values."""

    adapter: str | None
    cache: Any

    @property
    def length(self) -> int:
        """How many tokens were read."""
        return int(self.cache.get_seq_length())


class LanguageModel:
    """Obeys `shelftalker.engine.local.batch.Decoder`."""

    def __init__(self, folder: str, dtype: str, slots: int) -> None:
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        logging.disable_progress_bar()
        try:
            model = AutoModelForCausalLM.from_pretrained(
                folder, dtype=fast_dtype(self.device.type) if dtype == "auto" else dtype
            )
        except (OSError, ValueError, RuntimeError) as error:
            raise EngineError(f"cannot load a model from {folder!r}: {error}") from error
        finally:
            logging.enable_progress_bar()
        self.layers = lora.layers_in(model)
        self._model: Any = model.to(self.device).eval()
        end = self._model.generation_config.eos_token_id
        self.ends = frozenset([end] if isinstance(end, int) else end or [])
        self._peft = False
        self._used: str | None = None  # the adapter that is switched on
        self.reuse, self.slots = Reuse(), AdapterSlots(slots, self._load, self._unload)

    def start(self, prompts: Sequence[Start]) -> list[tuple[Logits, CachedSequence]]:
        """Logits [vocab] after each prompt, and its sequence."""
        started = []
        for prompt, adapter in prompts:
            self.reuse.asked += len(prompt)
            sequence = CachedSequence(adapter, DynamicCache())
            started.append((self._forward(prompt, sequence, keep=1)[-1], sequence))
        return started

    def extend(self, steps: Sequence[tuple[CachedSequence, Sequence[int]]]) -> list[Logits]:
        """Read more tokens of each sequence; logits [tokens, vocab] for each."""
        return [self._forward(tokens, one) for one, tokens in steps]

    def shorten(self, sequence: CachedSequence, length: int) -> None:
        """Forget the tokens after `length`."""
        sequence.cache.crop(length)

    def fork(self, sequence: CachedSequence) -> CachedSequence:
        """A sequence of its own with the same tokens."""
        return CachedSequence(sequence.adapter, copy.deepcopy(sequence.cache))

    def release(self, sequence: CachedSequence) -> None:
        """The sequence has ended."""
        sequence.cache = None

    def _forward(self, tokens: Sequence[int], sequence: CachedSequence, keep: int = 0) -> Logits:
        """Logits [kept tokens, vocab], 0 keeps all; keys and values are added to the cache."""
        if sequence.adapter is not None:
            self.slots.need([sequence.adapter])
        if self._peft and sequence.adapter != self._used:
            switch_adapter(self._model, sequence.adapter, self._used)
            self._used = sequence.adapter
        ids = torch.tensor([tokens], device=self.device)
        with torch.inference_mode():
            out = self._model(
                input_ids=ids, past_key_values=sequence.cache, use_cache=True, logits_to_keep=keep
            )
            logits: Logits = out.logits[0].float().cpu().numpy()
        return logits

    def _load(self, key: str, folder: Path) -> None:
        from peft import PeftModel

        try:
            with warnings.catch_warnings():  # about merging: nothing is merged
                warnings.filterwarnings("ignore", message=".*tie_word_embeddings")
                if self._peft:
                    self._model.load_adapter(folder, adapter_name=key)
                else:
                    self._model = PeftModel.from_pretrained(self._model, folder, adapter_name=key)
                    self._peft, self._used = True, key
        except (OSError, ValueError, RuntimeError, KeyError) as error:
            raise EngineError(f"peft cannot load {folder}: {error}") from error
        self._model.eval()

    def _unload(self, key: str) -> None:
        """Without any adapter, the base model is as it was loaded."""
        if len(self._model.peft_config) == 1:
            self._model = self._model.unload()
            self._peft = False
        else:
            if self._used == key:
                switch_adapter(self._model, None, key)
                self._used = None
            with warnings.catch_warnings():  # about the active adapter: every pass names its own
                warnings.simplefilter("ignore", UserWarning)
                self._model.delete_adapter(key)

    def free(self) -> None:
        """Free the weights, once the thread has stopped."""
        self._model = None
