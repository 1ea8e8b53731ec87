"""Prepare the texts of a domain ahead."""

from collections.abc import Callable, Sequence
from typing import TypedDict, Unpack

from shelftalker.serving.domain import Domain
from shelftalker.serving.engine_host import EngineHost
from shelftalker.serving.pipeline import Pipeline
from shelftalker.writing.prepare import Preparation, PrepareOptions, PrepareReport
from shelftalker.writing.style import read_voice


class PreparingOptions(TypedDict, total=False):
    """`options`: angles, drafts, language. `only_estimate`: write nothing. `progress` gets (items
    done, items, text)."""

    options: PrepareOptions
    only_estimate: bool
    progress: Callable[[int, int, str], None]


async def prepare(
    pipeline: Pipeline,
    host: EngineHost,
    domain: Domain,
    items: Sequence[str] | None,
    **options: Unpack[PreparingOptions],
) -> PrepareReport:
    """Write hooks for available items, verified and stored; a second call goes on where the first
    ended. Raises `UnknownItem`, `EngineError`, `PromptError`."""
    ids = domain.catalog.ids if items is None else items
    chosen = [item for item in (domain.catalog[one] for one in ids) if item.available]
    preparation = Preparation(
        pipeline.hooks(domain.name),
        read_voice(pipeline.workspace.domain_path(domain.name)),
        pipeline.workspace.prompt_folders(domain.name),
        options.get("options") or PrepareOptions(language=domain.own_language),
    )
    if options.get("only_estimate"):
        return preparation.estimate(chosen)
    progress = options.get("progress", lambda *_: None)
    engine = await host.get() if host.wanted else None
    if engine is None:
        return await preparation.run(None, chosen, progress)
    async with pipeline.adapters.hook_writer(engine, domain) as adapter:
        return await preparation.run(engine, chosen, progress, adapter=adapter)
