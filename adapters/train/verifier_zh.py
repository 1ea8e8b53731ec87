"""Count the characters that all writers of the corpus use, for the residue of Chinese sentences.

python -m shelftalker.adapters.train.verifier_zh [--out DIR] [--catalogues 4] [--most 2]
"""

import json
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import typer

from shelftalker.adapters.data.style_corpus import CorpusCatalog, corpus
from shelftalker.writing.verifier.reading import Reading
from shelftalker.writing.verifier.residue import WEIGHTS
from shelftalker.writing.verifier.residue_zh import unsupported


def strange(reading: Reading) -> str:
    """The characters that only the residue has."""
    return "".join(reading.sentence[at] for at in unsupported(reading))


def familiar(catalogues: Sequence[CorpusCatalog], least: int) -> frozenset[str]:
    """The characters that stand in the residue of true sentences of several catalogues."""
    counts: Counter[str] = Counter()
    for catalogue in catalogues:
        true = (s for s in catalogue.sentences() if s.true)
        counts.update({c for s in true for c in strange(s.grounds.read(s.text))})
    return frozenset(c for c, count in counts.items() if count >= least)


def passed(catalogue: CorpusCatalog, known: frozenset[str], most: int) -> list[tuple[bool, bool]]:
    """By sentence, whether it is true and whether it passes."""
    rows = []
    for s in catalogue.sentences():
        s.grounds.residue = None
        verdict = s.grounds.check(s.text)
        others = sum(c not in known for c in strange(s.grounds.read(s.text)))
        rows.append((s.true, verdict.ok or (verdict.rule == "wording" and others <= most)))
    return rows


def main(out: Path = WEIGHTS, catalogues: int = 4, most: int = 2) -> None:
    """Count on all catalogues; what passes comes from folds, each beside the others' characters."""
    found = list(corpus("zh", "train"))
    rows = [
        row
        for own in found
        for row in passed(own, familiar([c for c in found if c is not own], catalogues), most)
    ]
    shares = {
        name: round(sum(few for true, few in rows if true is kind) / len(
            [1 for true, _ in rows if true is kind]), 4)
        for name, kind in (("true passed", True), ("false passed", False))
    }  # fmt: skip
    card = {
        "what": "characters of Chinese texts about anything (writing/verifier/residue_zh.py)",
        "licence": "CC0: counted in the project's own writing corpus",
        "date": datetime.now(UTC).date().isoformat(),
        "catalogues": [c.slug for c in found],
        "in catalogues": catalogues,
        "most": most,
        "familiar": "".join(sorted(familiar(found, catalogues))),
        "folds": shares,
    }
    out.mkdir(parents=True, exist_ok=True)
    text = json.dumps(card, indent=1, ensure_ascii=False)
    (out / "card.zh.json").write_text(text + "\n", encoding="utf-8")
    print(text)


if __name__ == "__main__":
    typer.run(main)
