"""Train the verifier's linear model of the residue of Chinese sentences.

python -m shelftalker.adapters.train.verifier_zh [--out DIR] [--false-accepts 0.1]
"""

import argparse
import json
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from shelftalker.adapters.data.residue_examples import reading_of
from shelftalker.adapters.data.style_corpus import CORPUS, CorpusCatalog, corpus
from shelftalker.adapters.train.verifier import Floats
from shelftalker.writing.verifier.paraphrase import paraphrase_problem
from shelftalker.writing.verifier.residue import WEIGHTS
from shelftalker.writing.verifier.residue_zh import features


def rows(catalogue: CorpusCatalog) -> tuple[Floats, Floats]:
    """Features, [sentences, SIZE], and labels (1: false) of what the exact rules let through."""
    found, labels = [], []
    for sentence in catalogue.sentences():
        reading = reading_of(sentence.grounds, sentence.text)
        if sentence.true or not (reading.problem or paraphrase_problem(reading)):
            found.append(features(reading))
            labels.append(float(not sentence.true))
    return np.array(found), np.array(labels)


def fitted(x: Floats, y: Floats, penalty: float = 2.0, steps: int = 400) -> Floats:
    """Weights and, last, the bias of a logistic regression with an L2 penalty."""
    weights = np.zeros(x.shape[1] + 1)
    for step in range(steps):
        error = 1 / (1 + np.exp(-(x @ weights[:-1] + weights[-1]))) - y
        slope = np.append(x.T @ error + penalty * weights[:-1], error.sum()) / len(y)
        weights -= 4.0 / (1 + step / 100) * slope
    return weights


def main() -> None:
    """Train on all catalogues; the threshold comes from folds, each rated by the others' model."""
    from safetensors.numpy import save_file

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    parser.add_argument("--corpus", type=Path, default=CORPUS)
    parser.add_argument("--false-accepts", type=float, default=0.1)
    options = parser.parse_args()
    catalogues = list(corpus("zh", "train", options.corpus))
    parts = [rows(c) for c in catalogues]
    rated = []
    for at, (x, _) in enumerate(parts):
        rest = [part for n, part in enumerate(parts) if n != at]
        weights = fitted(*(np.concatenate(column) for column in zip(*rest, strict=True)))
        rated.append(x @ weights[:-1] + weights[-1])
    scores, false = np.concatenate(rated), np.concatenate([y for _, y in parts]) > 0
    threshold = float(np.quantile(scores[false], options.false_accepts))
    card = {
        "what": "rates Chinese sentences (writing/verifier/residue_zh.py)",
        "licence": "CC0: trained on the project's own writing corpus",
        "date": datetime.now(UTC).date().isoformat(),
        "catalogues": [c.slug for c in catalogues],
        "threshold": round(threshold, 4),
        "auc": round(float((scores[false][:, None] > scores[~false]).mean()), 4),
        "true passed": round(float((scores[~false] <= threshold).mean()), 4),
        "true": int((~false).sum()),
        "false": int(false.sum()),
    }
    weights = fitted(*(np.concatenate(column) for column in zip(*parts, strict=True)))
    options.out.mkdir(parents=True, exist_ok=True)
    save_file({"weights": weights.astype(np.float16)}, options.out / "residue.zh.safetensors")
    text = json.dumps(card, indent=1, ensure_ascii=False)
    (options.out / "card.zh.json").write_text(text + "\n", encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
