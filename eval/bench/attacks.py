"""Attack strings in catalogue text: places gained, and the outputs that repeat a string.

python -m shelftalker.eval.bench.attacks demo --data FOLDER

The evaluation task `safety` with any number of strings, users and pick methods, or without an LLM.
FOLDER holds the public strings (`injections.jsonl` and the other files that `eval.attacks.strings`
reads).
"""

from pathlib import Path
from typing import Annotated, Any

import typer

from shelftalker.engine import open_engine
from shelftalker.eval.attacks import AttackPlan, run
from shelftalker.eval.bench import harness
from shelftalker.eval.runs.safety import figures
from shelftalker.store.workspace import Workspace


async def measure(
    workspace: Path,
    data: Annotated[Path, typer.Option(help="folder with the attack strings")],
    count: Annotated[int, typer.Option(help="strings to plant; 0: all")] = 60,
    users: int = 5,
    engine: str = "none",
    methods: Annotated[str, typer.Option(help="of picking, by comma")] = "likelihood",
) -> harness.Report:
    """Plant the strings for some users, and summarise what follows."""
    with Workspace.open(workspace) as opened:
        writer = None if engine == "none" else open_engine(opened.settings.model, engine)
        try:
            plan = AttackPlan(count, users, methods.split(","))  # type: ignore[arg-type]
            outcomes = await run(opened, data, plan, engine=writer)
        finally:
            if writer is not None:
                await writer.close()
    measured: dict[str, Any] = figures(outcomes).model_dump(include={"n", "rows", "flags"})
    measured["strings"] = len({one.attack for one in outcomes})
    facts = {"data": str(workspace), "engine": engine}
    return harness.Report("attacks", "attack strings", measured, facts)


if __name__ == "__main__":
    harness.run(measure)
