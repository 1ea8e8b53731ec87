"""Examples as rows: in the very prompts that serve, corrected by what the base model finds likely
anyway.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from shelftalker.adapters.dataset import PickExample
from shelftalker.adapters.recipe import Recipe
from shelftalker.adapters.rows import Row, on, pack, row, scores
from shelftalker.catalog import Catalog
from shelftalker.engine.tokens import Tokens
from shelftalker.pick import log_softmax, scored_title, title_prompt
from shelftalker.workspace import Workspace

_TITLES_AT_ONCE = 24


class PickRows:
    """Turns pick examples into rows. `model` is the base, without an adapter yet: what it finds
    likely after an empty history is taken off each title."""

    def __init__(
        self,
        workspace: Workspace,
        domain: str,
        tokens: Tokens,
        recipe: Recipe,
        model: Any,
        examples: Sequence[PickExample],
    ) -> None:
        self._tokens = tokens
        self._recipe = recipe
        self._folders = workspace.prompt_folders(domain)
        self._titles = scored_titles(workspace.catalog(domain))
        self._bare = self._bare_of(model, examples)
        self._random = np.random.default_rng(recipe.seed)

    def training(self, examples: Sequence[PickExample]) -> list[Row]:
        """Each with its target and a random choice of the other candidates."""
        return [self._row(one, self._sample(one)) for one in examples]

    def whole(self, example: PickExample) -> Row:
        """The whole shortlist, as it would serve."""
        return self._row(example, list(range(len(example.candidates))))

    def _sample(self, example: PickExample) -> list[int]:
        others = [at for at in range(len(example.candidates)) if at != example.target]
        drawn = self._random.permutation(others)[: self._recipe.data.negatives]
        return [example.target, *map(int, drawn)]

    def _row(self, example: PickExample, kept: list[int]) -> Row:
        titles = [self._titles[example.candidates[at]] for at in kept]
        shares = log_softmax(np.array(example.logits))[kept]
        return row(
            self._tokens,
            title_prompt(example.history, example.request, folders=self._folders),
            titles,
            target=kept.index(example.target) if example.target in kept else -1,
            scorer=[self._recipe.scorer_weight * float(share) for share in shares],
            bare=[self._bare[title] for title in titles],
            weight=self._recipe.llm_weight,
        )

    def _bare_of(self, model: Any, examples: Sequence[PickExample]) -> dict[str, float]:
        """The log-likelihood of each title that occurs."""
        titles = sorted({self._titles[item] for one in examples for item in one.candidates})
        prompt = title_prompt(folders=self._folders)
        found: dict[str, float] = {}
        with torch.no_grad():
            for start in range(0, len(titles), _TITLES_AT_ONCE):
                part = titles[start : start + _TITLES_AT_ONCE]
                packed = on(model.device, pack([row(self._tokens, prompt, part)]))
                found |= zip(part, scores(model, packed)[0].tolist(), strict=True)
        return found


def scored_titles(catalog: Catalog) -> dict[str, str]:
    """Item id → the title whose likelihood is taken."""
    return {item.id: scored_title(item) for item in catalog}
