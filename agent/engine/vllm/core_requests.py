"""Requests to a running vLLM core, on token ids: in this process's child, or inside a server."""

import logging
import uuid
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from shelftalker.engine.base import Reuse, Sampling
from shelftalker.engine.compat.vllm import prompt_logprobs
from shelftalker.engine.concurrency import run_all
from shelftalker.errors import EngineError

MAX_LABELS = 256
_LOG = logging.getLogger(__name__)


class CoreRequests:
    """`core`: vLLM's `EngineClient`. `salt`: the prefix cache is shared only by requests with the
    same one. `reuse` counts prompt tokens, and those found in the prefix cache, as vLLM says; each
    continuation is a request that holds the prefix.

    Adapters are vLLM's `LoRARequest`, None is the base model. All failures are `EngineError`.
    """

    def __init__(self, core: Any, salt: str = "") -> None:
        self.reuse = Reuse()
        self._core, self._salt = core, salt
        self._died = False

    async def score_labels(self, prompt: list[int], labels: list[int], adapter: Any) -> list[float]:
        """Log-probability of each label as the next token, among the labels."""
        if len(labels) > MAX_LABELS:
            raise EngineError(f"{len(labels)} labels were given; vLLM takes {MAX_LABELS}")
        params = {"allowed_token_ids": labels, "logprobs": len(labels)}
        output = await self._one_step(prompt, adapter, params)
        by_token = output.outputs[0].logprobs[0]
        return [by_token[label].logprob for label in labels]

    async def score_prompts(
        self, prompts: list[list[int]], labels: list[int], adapter: Any
    ) -> list[list[float]]:
        """`score_labels` of several prompts."""
        return await run_all(self.score_labels(prompt, labels, adapter) for prompt in prompts)

    async def score_continuations(
        self, prefix: list[int], tails: list[list[int]], adapter: Any
    ) -> list[float]:
        """Summed log-probability of each tail after the prefix."""
        return await run_all(self._score_tail(prefix, tail, adapter) for tail in tails)

    async def decode(
        self, prompt: list[int], sampling: Sampling, adapter: Any
    ) -> AsyncGenerator[str, None]:
        """Text pieces; closing it frees the request."""
        from vllm import SamplingParams
        from vllm.sampling_params import RequestOutputKind, StructuredOutputsParams

        params = SamplingParams(
            max_tokens=sampling.max_tokens,
            temperature=sampling.temperature,
            top_p=sampling.top_p,
            seed=sampling.seed,
            stop=[text for text in sampling.stop if text],
            output_kind=RequestOutputKind.DELTA,
            structured_outputs=sampling.schema and StructuredOutputsParams(json=sampling.schema),
        )
        async with aclosing(self._outputs(prompt, params, adapter)) as outputs:
            async for output in outputs:
                yield output.outputs[0].text

    async def _score_tail(self, prefix: list[int], tail: list[int], adapter: Any) -> float:
        """Log-probability of a tail, with the prefix taken from vLLM's prefix cache. The few
        requests whose cached part reaches into the tail are computed again without the cache."""
        ids = prefix + tail
        output = await self._one_step(ids, adapter, prompt_logprobs(read_cache=True))
        if output.num_cached_tokens >= len(prefix):
            output = await self._one_step(ids, adapter, prompt_logprobs(read_cache=False))
        rows = output.prompt_logprobs[len(prefix) :]
        return float(sum(row[token].logprob for row, token in zip(rows, tail, strict=True)))

    async def _one_step(self, ids: list[int], adapter: Any, params: Any) -> Any:
        """Run one prompt for one token; returns vLLM's last output."""
        from vllm import SamplingParams

        sampling = SamplingParams(max_tokens=1, temperature=0, detokenize=False, **params)
        async with aclosing(self._outputs(ids, sampling, adapter)) as outputs:
            return [output async for output in outputs][-1]

    async def _outputs(
        self, ids: list[int], sampling: Any, adapter: Any
    ) -> AsyncGenerator[Any, None]:
        """One request through the core; closing this aborts it there."""
        prompt: dict[str, Any] = {"prompt_token_ids": ids}
        if self._salt:
            prompt["cache_salt"] = self._salt
        number = f"shelftalker-{uuid.uuid4().hex}"
        outputs = self._core.generate(prompt, sampling, number, lora_request=adapter)
        try:
            async with aclosing(outputs):
                first = True
                async for output in outputs:
                    if first:
                        self.reuse.asked += len(ids)
                        self.reuse.reused += output.num_cached_tokens or 0
                        first = False
                    yield output
        except Exception as error:
            self._log_death(error)
            raise as_engine_error(error) from error

    def _log_death(self, error: Exception) -> None:
        if self._core.errored and not self._died:
            self._died = True
            _LOG.error("the vLLM core died: %s", type(error.__cause__ or error).__name__)


def lora_request(name: str, key: int, folder: str) -> Any:
    """vLLM's `LoRARequest`. Its prefix cache goes by the name: one that is used again for another
    folder must differ."""
    from vllm.lora.request import LoRARequest

    return LoRARequest(f"{name}#{key}", key, folder)


def as_engine_error(error: Exception) -> EngineError:
    """What vLLM raised, as an `EngineError`."""
    cause = error.__cause__ or error
    if isinstance(cause, EngineError):
        return cause
    return EngineError(f"vLLM failed: {type(cause).__name__}: {cause}")
