"""Where this project depends on internals of other libraries, and a check at start that they fit.

All patches of other libraries live in this package, one module per library. `PATCHES` lists what
each needs. Where upstream has mended the cause, a test in `test_compat_upstream.py` fails, and the
patch can be deleted.
"""

import inspect
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from operator import attrgetter
from typing import Any

from shelftalker.errors import EngineError

VERSIONS = {
    "torch": ">=2.11,<3",
    "transformers": ">=5.17,<6",
    "peft": ">=0.18,<0.22",
    "vllm": ">=0.25,<0.33",
    "openvino": ">=2026.4,<2026.5",
    "accelerate": ">=1.10,<2",
    "bitsandbytes": ">=0.48,<0.51",
}
"""The tested versions of each library, as pip writes them."""

LOCAL, OPENVINO, VLLM, TRAINING = "transformers", "openvino", "vllm", "training"
_USES = {
    LOCAL: ("torch", "transformers", "peft"),
    OPENVINO: ("torch", "transformers", "openvino"),
    VLLM: ("torch", "transformers", "vllm"),
    TRAINING: ("torch", "transformers", "peft", "accelerate", "bitsandbytes"),
}


@dataclass(frozen=True, slots=True)
class Patch:
    """One patch, or one use of internals.

    `needs`: "module:attribute" → the parameters that it must take, in this order ("": it only has
    to exist). `trial`: "module:function" without arguments; False means that something changed.
    """

    what: str
    why: str
    library: str
    users: tuple[str, ...]
    needs: Mapping[str, str] = field(default_factory=dict)
    trial: str = ""
    issue: str = ""

    def probe(self) -> str | None:
        """What does not fit, None where everything does."""
        for path, parameters in self.needs.items():
            try:
                target = _resolve(path)
            except (ImportError, AttributeError):
                return f"{path} is missing"
            if parameters and not _takes(target, parameters.split()):
                return f"{path} does not take {parameters}"
        if self.trial and not _resolve(self.trial)():
            return f"{self.trial} fails"
        return None


def check_libraries(user: str) -> None:
    """Raises `EngineError` where a library that `user` (`LOCAL`, `OPENVINO`, `VLLM` or
    `TRAINING`) needs has an
    untested version, or other internals than expected."""
    if problems := list(_problems(user)):
        raise EngineError(
            f"{'; '.join(text for _, text in problems)}; run: pip install "
            + " ".join(f"'{_package(name)}{VERSIONS[name]}'" for name in dict(problems))
        )


def _problems(user: str) -> Iterator[tuple[str, str]]:
    from packaging.specifiers import SpecifierSet

    for library in _USES[user]:
        if find_spec(library) is None:
            continue
        installed = version(_package(library))
        if not SpecifierSet(VERSIONS[library]).contains(installed, prereleases=True):
            yield library, f"{library} {installed} is not supported, {VERSIONS[library]} is"
            continue  # its internals may well differ
        for patch in PATCHES:
            if patch.library == library and user in patch.users and (text := patch.probe()):
                needed = f"needed for: {patch.what}"
                yield library, f"{library} {installed} does not fit ({text}, {needed})"


def _package(library: str) -> str:
    """The name under which pip knows an installed library: vLLM for CPUs has its own."""
    try:
        version(library)
    except PackageNotFoundError:
        return f"{library}-cpu"
    return library


def _takes(function: Any, parameters: list[str]) -> bool:
    return parameters == [n for n in inspect.signature(function).parameters if n in parameters]


def _resolve(path: str) -> Any:
    module, _, name = path.partition(":")
    return attrgetter(name)(import_module(module))


_PUNICA = "vllm.lora.punica_wrapper.punica_cpu:PunicaWrapperCPU"
_CORE = "vllm.v1.engine.async_llm:AsyncLLM"
_RUNNER = "vllm.v1.worker.gpu_model_runner:GPUModelRunner"
_TUNER = "peft.tuners.tuners_utils:BaseTuner"

PATCHES = (
    Patch(
        what="adapters in mixed batches on a CPU",
        why="vLLM copies an adapter's weights once per token, and takes the last slot's where a "
        "request has none",
        issue="https://github.com/vllm-project/vllm/pull/48421",
        library="vllm",
        users=(VLLM,),
        needs={
            f"{_PUNICA}.update_metadata": "mapping",
            f"{_PUNICA}.add_lora_linear": "y x lora_a_stacked lora_b_stacked scale",
            f"{_PUNICA}.add_lora_embedding": "y x lora_b_stacked",
            f"{_PUNICA}.token_lora_indices": "",
            f"{_PUNICA}.sampler_indices": "",
            "vllm.lora.layers.base:BaseLayerWithLoRA": "",
        },
    ),
    Patch(
        what="prompt log-probabilities with an adapter of the output head",
        why="vLLM applies that adapter to one state per request; the CPU worker dies of a prompt's "
        "other states, the GPU worker leaves the adapter out. Fixes are open for both runners "
        "(PRs 51597 and 53842)",
        issue="https://github.com/vllm-project/vllm/issues/51594",
        library="vllm",
        users=(VLLM,),
        needs={
            f"{_PUNICA}.add_lora_logits": "y x lora_a_stacked lora_b_stacked scale",
            "vllm.lora.layers:LogitsProcessorWithLoRA": "",
            f"{_RUNNER}._get_prompt_logprobs_dict": "hidden_states num_scheduled_tokens",
        },
    ),
    Patch(
        what="settings that vLLM reads from environment variables",
        why="the patches above are of the V1 runner; a forked core can hang",
        library="vllm",
        users=(VLLM,),
        trial="shelftalker.engine.compat.vllm:knows_environment",
    ),
    Patch(
        what="the prefix cache under prompt log-probabilities",
        why="vLLM does not read that cache where prompt log-probabilities are asked for, though "
        "those after the cached part can be had",
        library="vllm",
        users=(VLLM,),
        needs={"vllm.sampling_params:SamplingParams": "prompt_logprobs skip_reading_prefix_cache"},
    ),
    Patch(
        what="ending requests and the core",
        why="vLLM leaves requests waiting for ever when its core is shut down, and shuts it down "
        "once more at exit",
        library="vllm",
        users=(VLLM,),
        needs={
            "vllm.v1.engine.output_processor:OutputProcessor.propagate_error": "e",
            f"{_CORE}.shutdown": "",
            f"{_CORE}.errored": "",
        },
    ),
    Patch(
        what="own sampler and loss in transformers' Trainer",
        why="rows of similar length share a batch; the loss is computed outside the model",
        library="transformers",
        users=(TRAINING,),
        needs={
            "transformers.trainer:Trainer._get_train_sampler": "train_dataset",
            "transformers.trainer:Trainer._prepare_inputs": "inputs",
            "transformers.trainer:Trainer.compute_loss": "model inputs return_outputs",
            "transformers.trainer:Trainer.evaluate": "eval_dataset ignore_keys",
        },
    ),
    Patch(
        what="an adapter switched on or off",
        why="peft's own switch sets gradients for each layer",
        library="peft",
        users=(LOCAL,),
        needs={
            f"{_TUNER}.set_adapter": "adapter_name inference_mode",
            f"{_TUNER}.enable_adapter_layers": "",
            f"{_TUNER}.disable_adapter_layers": "",
        },
    ),
    Patch(
        what="paged attention",
        why="the operation is made for OpenVINO GenAI, and has no public constructor",
        library="openvino",
        users=(OPENVINO,),
        needs={"openvino.op:_PagedAttentionExtension": ""},
    ),
    Patch(
        what="one adapter for tied embeddings",
        why="peft's ensure_weight_tying begins so, but its cast to float32 separates the two "
        "copies; and a checkpoint would hold the whole embedding",
        library="peft",
        users=(TRAINING,),
        needs={
            "peft.peft_model:PeftModel.save_pretrained": "save_embedding_layers",
            "peft.tuners.lora.layer:Embedding": "",
            "peft.helpers:disable_input_dtype_casting": "model",
        },
    ),
    Patch(
        what="gradients through 4-bit layers on a CPU",
        why="with bfloat16, a 4-bit layer that was once evaluated computes by a kernel without "
        "gradients from then on, in training too",
        library="bitsandbytes",
        users=(TRAINING,),
        needs={"bitsandbytes.nn:Linear4bit.forward": "x"},
    ),
    Patch(
        what="whether a processor computes in bfloat16",
        why="torch has no public question for it",
        library="torch",
        users=(LOCAL, VLLM, TRAINING),
        needs={"torch.cpu:_is_avx512_bf16_supported": ""},
    ),
)
