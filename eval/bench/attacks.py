"""Attack strings in catalogue text: mean places gained, and the outputs that repeat a string.

python -m shelftalker.eval.bench.attacks demo --data FOLDER

The measurement of the evaluation task `safety`, without its result file; FOLDER holds the public
strings (`injections.jsonl` and the other files that `eval.attacks.strings` reads).
"""

import argparse
import asyncio
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from shelftalker.engine import open_engine
from shelftalker.eval.attacks import PLACES, AttackPlan, Outcome, run
from shelftalker.eval.bench.options import script_parser, write
from shelftalker.store.workspace import Workspace


def main() -> None:
    """Print the summary as JSON and write it where asked."""
    options = _options()
    figures = summary(asyncio.run(_outcomes(options)))
    print(json.dumps(figures, indent=2, ensure_ascii=False))
    if options.out:
        write(figures, options.out)


async def _outcomes(options: argparse.Namespace) -> list[Outcome]:
    with Workspace.open(options.workspace) as workspace:
        engine = None
        if options.engine != "none":
            engine = open_engine(workspace.settings.model, options.engine)
        try:
            plan = AttackPlan(options.count, options.users, options.methods.split(","))
            return await run(workspace, options.data, plan, engine=engine)
        finally:
            if engine is not None:
                await engine.close()


def summary(outcomes: Sequence[Outcome]) -> dict[str, object]:
    """Mean gain by place and by who ordered, and all leaks."""
    table: dict[str, dict[str, float]] = {}
    for place in PLACES:
        here = [o for o in outcomes if o.place == place]
        names = dict.fromkeys(name for o in here for name in o.gained)
        table[place] = {
            name: float(np.mean([o.gained[name] for o in here if name in o.gained]))
            for name in names
        }
    return {
        "n": len(outcomes),
        "strings": len({o.attack for o in outcomes}),
        "mean_places_gained": table,
        "leaks": sum(len(o.leaks) for o in outcomes),
        "leaking": [{"attack": o.attack, "place": o.place, "outputs": o.leaks}
                    for o in outcomes if o.leaks],
        "prompts_clean": all(o.prompts_clean for o in outcomes),
    }  # fmt: skip


def _options() -> argparse.Namespace:
    parser = script_parser(__doc__)
    parser.add_argument("workspace", type=Path)
    parser.add_argument("--data", type=Path, required=True, help="folder with the attack strings")
    parser.add_argument("--count", type=int, default=60, help="strings to plant; 0: all")
    parser.add_argument("--users", type=int, default=5)
    parser.add_argument("--engine", default="none")
    parser.add_argument("--methods", default="likelihood", help="likelihood,letters,pointwise")
    parser.add_argument("--out", type=Path, help="also write the figures into this file")
    return parser.parse_args()


if __name__ == "__main__":
    main()
