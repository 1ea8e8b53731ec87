"""Recipes: all settings of a training run, as YAML. Packaged ones are in `recipes/`; a path names
one of your own. Unknown keys are errors.
"""

from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator

from shelftalker.data.config_model import ConfigModel, read_yaml
from shelftalker.errors import InputError

RECIPES_FOLDER = Path(__file__).parent / "recipes"
Method = Literal["lora", "rslora", "adalora", "qlora"]
_VOCABULARY_LAYERS = ("embed_tokens", "lm_head")


class AdapterShape(ConfigModel):
    """The trained layers (linear ones, the output head, the embedding) and their rank.
    `initial_rank`: of AdaLoRA, whose average rank ends at `rank`."""

    method: Method = "lora"
    rank: int = Field(default=8, ge=1, le=32)
    initial_rank: int = Field(default=12, ge=1, le=32)
    alpha: float = Field(default=16, gt=0)
    dropout: float = Field(default=0.0, ge=0, lt=1)
    targets: tuple[str, ...] = ("q_proj", "v_proj")

    @model_validator(mode="after")
    def _possible(self) -> Self:
        """peft ignores or refuses layers without a number, and does not say why."""
        words = [name for name in self.targets if name in _VOCABULARY_LAYERS]
        if words and self.method == "adalora":
            raise ValueError(
                f"adapter.targets names {' and '.join(words)}, which does not go with "
                "method adalora; take one of them out"
            )
        return self


class DataMix(ConfigModel):
    """Numbers of examples, at most. `cuts`, `end`: shares of the log by time, see `TimeSplit.of`;
    events newer than `end` are left for the gate.

    `pick`: choices from shortlists; `sequence`: parts of histories, which make `names` the pick
    method, in training too; `judge`: would the user like it, Yes or No; `describe`: true texts
    about items; `corpus`: hooks of the package's own writing. `validation`: of each kind, at most
    100 texts. `negatives`: other candidates in a training pick, drawn once per run."""

    pick: int = Field(default=4000, ge=0)
    sequence: int = Field(default=0, ge=0)
    judge: int = Field(default=0, ge=0)
    describe: int = Field(default=0, ge=0)
    corpus: int = Field(default=0, ge=0)
    validation: int = Field(default=1000, ge=1)
    cuts: tuple[float, ...] = Field(default=(0.6, 0.85), min_length=2)
    end: float = Field(default=0.93, gt=0, le=1)
    negatives: int = Field(default=7, ge=1)


class Budget(ConfigModel):
    """Length of training. A step takes `batch` examples. Training stops after `patience`
    evaluations without a better `stop_on` on `evaluate_on` validation examples; the best weights
    are kept."""

    epochs: float = Field(default=1.0, gt=0)
    max_steps: int = -1
    batch: int = Field(default=16, ge=1)
    pack: int = Field(default=1, ge=1)
    learning_rate: float = Field(default=5e-4, gt=0)
    warmup: float = Field(default=0.05, ge=0, lt=1)
    weight_decay: float = Field(default=0.0, ge=0)
    evaluate_every: int = Field(default=50, ge=1)
    evaluate_on: int = Field(default=200, ge=1)
    stop_on: Literal["ndcg", "auc", "loss"] = "ndcg"
    patience: int = Field(default=4, ge=1)
    gradient_checkpointing: bool = False
    dtype: Literal["auto", "bfloat16", "float32"] = "auto"


class Gate(ConfigModel):
    """Measurements before a promotion: `examples` newer than the training data (0: no gate), lists
    reversed (`turned`), `descriptions` written (0: none; they take the longest)."""

    examples: int = Field(default=1000, ge=0)
    turned: int = Field(default=60, ge=0)
    descriptions: int = Field(default=24, ge=0)


class Recipe(ConfigModel):
    """One training run. `base_model` None: the workspace's. `llm_weight`, `scorer_weight`: weights
    of a title's log-likelihood and of the scorer's log-share while the pick is trained; a
    `scorer_weight` of 0 trains the LLM alone."""

    name: str = "lora"
    base_model: str | None = None
    seed: int = 0
    llm_weight: float = Field(default=0.3, gt=0)
    scorer_weight: float = Field(default=1.0, ge=0)
    adapter: AdapterShape = AdapterShape()
    data: DataMix = DataMix()
    budget: Budget = Budget()
    gate: Gate = Gate()

    @model_validator(mode="after")
    def _measurable(self) -> Self:
        """The metric that stops training must be of a trained kind of example."""
        data = self.data
        if not (data.pick or data.sequence or data.judge or data.describe or data.corpus):
            raise ValueError(
                "data holds nothing to train on; set pick, sequence, judge, describe or corpus"
            )
        needed = {"ndcg": data.pick or data.sequence, "auc": data.judge, "loss": 1}
        if not needed[self.budget.stop_on]:
            raise ValueError(
                f"budget.stop_on is {self.budget.stop_on}, but data holds no such examples; "
                "allowed: ndcg with pick or sequence, auc with judge, loss with any"
            )
        return self


def load(name: str) -> Recipe:
    """A recipe by name or path. Raises `InputError` with the known names, or the faulty key."""
    file = Path(name) if name.endswith((".yaml", ".yml")) else RECIPES_FOLDER / f"{name}.yaml"
    if not file.is_file():
        known = ", ".join(sorted(path.stem for path in RECIPES_FOLDER.glob("*.yaml")))
        raise InputError(f"no recipe {name!r}; give a YAML file or one of: {known}")
    return read_yaml(file, Recipe, name=file.stem)
