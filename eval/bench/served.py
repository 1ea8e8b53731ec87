"""Is what vLLM serves what peft trained? Top picks of real shortlists, float32 on both sides.

python -m shelftalker.eval.bench.served demo --prompts 200

An adapter of each kind that needs folding on export (AdaLoRA, rank-stabilised LoRA) gets random
weights, large enough to change picks. peft scores the shortlists with the adapter as it is in
memory, vLLM with the exported folder; a pick is the title whose likelihood the history raises most.
"""

import argparse
import asyncio
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from peft import AdaLoraConfig, LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM

from shelftalker.adapters.data.packing import pack, row, scores
from shelftalker.adapters.export import export
from shelftalker.data.profile import Profile
from shelftalker.engine import models, open_engine
from shelftalker.engine.base import Engine, Floats, Prompt
from shelftalker.engine.tokens import Tokens
from shelftalker.eval.bench.options import publish, show
from shelftalker.prompts import PromptSet
from shelftalker.ranking.pick import scored_title, title_prompt
from shelftalker.serving.domain_store import DomainStore
from shelftalker.store.workspace import Workspace
from shelftalker.types import Request

TARGETS = ["q_proj", "v_proj"]
METHODS: dict[str, Callable[[], Any]] = {
    "adalora": lambda: AdaLoraConfig(
        init_r=12, target_r=8, total_step=100, lora_alpha=16, target_modules=TARGETS,
        task_type="CAUSAL_LM",
    ),
    "rslora": lambda: LoraConfig(
        r=16, lora_alpha=16, use_rslora=True, target_modules=TARGETS, task_type="CAUSAL_LM"
    ),
}  # fmt: skip
_BARE_AT_ONCE = 24


@dataclass(frozen=True, slots=True)
class ShortlistQuestion:
    """One shortlist as the pick asks about it."""

    prompt: Prompt
    titles: list[str]


def main() -> None:
    """Print, for each method, in how many prompts both take the same title first."""
    options = _options()
    begun = time.perf_counter()
    with Workspace.open(options.directory) as workspace:
        asked = _asked(workspace, options.prompts, options.shortlist, options.seed)
        model = workspace.settings.model
    with tempfile.TemporaryDirectory() as name:
        trained = _by_peft(model, asked, options, Path(name))
        served = asyncio.run(_by_vllm(model, asked, options.methods, Path(name)))
    figures = {
        "prompts": len(asked),
        "shortlist": options.shortlist,
        **{method: _compared(trained, served, method) for method in options.methods},
    }
    facts = {"data": str(options.directory), "split": "none", "seed": options.seed}
    facts |= {"model": model, "engine": "vllm"}
    publish("served", figures, facts, time.perf_counter() - begun, options.out)


def _asked(
    workspace: Workspace, prompts: int, shortlist: int, seed: int
) -> list[ShortlistQuestion]:
    """Random users of the default domain, with their histories and shortlists."""
    domain = DomainStore(workspace).get(None)
    events = workspace.events.all(domain.name)
    users = sorted({event.user for event in events})
    drawn = np.random.default_rng(seed).permutation(len(users))[:prompts]
    templates = PromptSet(workspace.prompt_folders(domain.name))
    asked = []
    for place in drawn:
        profile = Profile.of(users[place], workspace.events.of_user(domain.name, users[place]))
        found = domain.shortlist(profile, Request(), shortlist)
        titles = [scored_title(domain.catalog[scored.item_id]) for scored in found]
        prompt = title_prompt(domain.history_lines(profile), prompts=templates)
        asked.append(ShortlistQuestion(prompt, list(dict.fromkeys(titles))))
    return asked


def _by_peft(
    model: str, asked: Sequence[ShortlistQuestion], options: argparse.Namespace, folder: Path
) -> dict[str, list[Floats]]:
    """Preferences by method; the adapters are written to `folder/METHOD`, ready to be served."""
    base = models.resolve(model)
    tokens = Tokens(base)
    found: dict[str, list[Floats]] = {}
    for method in options.methods:
        torch.manual_seed(options.seed)
        plain = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32)
        adapted = get_peft_model(plain, METHODS[method]()).eval()
        _randomise(adapted, options.scale)
        adapted.save_pretrained(folder / f"{method}-trained")
        export(folder / f"{method}-trained", folder / method)
        with torch.inference_mode():
            with adapted.disable_adapter():
                bare = _bare(adapted, tokens, asked)
                found["base"] = found.get("base") or _scored(
                    adapted, tokens, asked, bare, "peft, base"
                )
            found[method] = _scored(adapted, tokens, asked, bare, f"peft, {method}")
    return found


def _randomise(adapted: Any, scale: float) -> None:
    """Weights of everything trained; of AdaLoRA's singular values a random third is pruned."""
    for name, weight in adapted.named_parameters():
        if "lora_A" in name or "lora_B" in name:
            weight.data.normal_(std=scale)
        elif "lora_E" in name:
            weight.data.normal_()
            weight.data[torch.rand(weight.shape) < 1 / 3] = 0


def _bare(model: Any, tokens: Tokens, asked: Sequence[ShortlistQuestion]) -> dict[str, float]:
    titles = sorted({title for one in asked for title in one.titles})
    found: dict[str, float] = {}
    for start in range(0, len(titles), _BARE_AT_ONCE):
        part = titles[start : start + _BARE_AT_ONCE]
        [logs] = scores(model, pack([row(tokens, title_prompt(), part)]))
        found |= zip(part, logs.tolist(), strict=True)
    return found


def _scored(
    model: Any,
    tokens: Tokens,
    asked: Sequence[ShortlistQuestion],
    bare: dict[str, float],
    told: str,
) -> list[Floats]:
    found = []
    for done, one in enumerate(asked, start=1):
        [logs] = scores(model, pack([row(tokens, one.prompt, one.titles)]))
        found.append(logs.double().numpy() - [bare[title] for title in one.titles])
        if done % 50 == 0:
            show(done, len(asked), told)
    return found


async def _by_vllm(
    model: str, asked: Sequence[ShortlistQuestion], methods: Sequence[str], folder: Path
) -> dict[str, list[Floats]]:
    """The same from the engine as it serves."""
    engine: Engine = await asyncio.to_thread(open_engine, model, "vllm", dtype="float32")
    try:
        titles = sorted({title for one in asked for title in one.titles})
        logs = await engine.likelihood(title_prompt(), titles)
        bare = dict(zip(titles, logs.tolist(), strict=True))
        found: dict[str, list[Floats]] = {}
        for method in methods:
            await engine.add_adapter(f"{method}@v1", folder / method)
            found[method] = []
            for done, one in enumerate(asked, start=1):
                logs = await engine.likelihood(one.prompt, one.titles, f"{method}@v1")
                found[method].append(logs - [bare[title] for title in one.titles])
                if done % 50 == 0:
                    show(done, len(asked), f"vllm, {method}")
        return found
    finally:
        await engine.close()


def _compared(
    trained: dict[str, list[Floats]], served: dict[str, list[Floats]], method: str
) -> dict[str, float]:
    """`agreement`, and what makes it mean something: how often the adapter changes the base
    model's pick, how far apart the first two titles lie, how far the two sides differ."""
    pairs = list(zip(trained[method], served[method], strict=True))
    same = [int(a.argmax()) == int(b.argmax()) for a, b in pairs]
    changed = [
        int(a.argmax()) != int(b.argmax())
        for a, b in zip(trained[method], trained["base"], strict=True)
    ]
    margins = [float(np.diff(np.sort(a)[-2:])[0]) for a, _ in pairs]
    return {
        "agreement": round(float(np.mean(same)), 4),
        "picks changed by the adapter": round(float(np.mean(changed)), 4),
        "median margin": round(float(np.median(margins)), 4),
        "smallest margin": round(min(margins), 5),
        "largest difference": round(max(float(np.abs(a - b).max()) for a, b in pairs), 5),
    }


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("directory", type=Path, help="a workspace")
    parser.add_argument("--prompts", type=int, default=200)
    parser.add_argument("--shortlist", type=int, default=20)
    parser.add_argument("--methods", nargs="+", choices=list(METHODS), default=list(METHODS))
    parser.add_argument("--scale", type=float, default=0.1, help="of the random weights")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, help="write served.json into this folder")
    return parser.parse_args()


if __name__ == "__main__":
    main()
