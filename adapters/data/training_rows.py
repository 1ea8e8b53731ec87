"""Examples as training rows: in the prompts of serving, less the base model's own preferences."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import groupby, takewhile
from types import MappingProxyType
from typing import Any

import numpy as np
import torch
from scipy.special import log_softmax

from shelftalker.adapters.data.examples import Examples
from shelftalker.adapters.data.packing import TrainingRow, on, pack, row, scores
from shelftalker.adapters.data.pick import PickExample
from shelftalker.adapters.recipe import Recipe
from shelftalker.data.catalog import Catalog
from shelftalker.engine.base import Prompt
from shelftalker.engine.tokens import Tokens
from shelftalker.prompts import PACKAGE_PROMPTS, PromptSet
from shelftalker.ranking.pick import (
    ANSWERS,
    digest,
    names_of,
    names_prompt,
    scored_title,
    title_prompt,
)
from shelftalker.store.workspace import Workspace

_TITLES_PER_BATCH = 24


def training_rows(
    workspace: Workspace, domain: str, tokens: Tokens, recipe: Recipe, model: Any, data: Examples
) -> tuple[list[TrainingRow], list[TrainingRow]]:
    """Training rows and validation rows: picks first, then judgements, then texts.

    `model` is the base, without an adapter yet.
    """
    prompts = PromptSet(workspace.prompt_folders(domain))
    train: list[TrainingRow] = []
    held: list[TrainingRow] = []
    if data.pick.validation:
        both = [*data.pick.train, *data.pick.validation]
        names = data.sequence.names
        picks = PickRows(workspace.catalog(domain), prompts, tokens, recipe, model, both, names)
        train += picks.training(data.pick.train)
        held += [picks.whole(one) for one in data.pick.validation]
    if data.sequence.train:
        ids = name_ids(tokens, data.sequence.names)
        train += [names_row(tokens, part, ids, prompts) for part in data.sequence.train]
    for rows, judged in ((train, data.judge.train), (held, data.judge.validation)):
        rows += [
            row(
                tokens,
                prompts.render("judge", likes=one.likes, dislikes=one.dislikes, item=one.item),
                ANSWERS,
                target=0 if one.liked else 1,
                kind="judge",
            )
            for one in judged
        ]
    for rows, texts in (
        (train, [*data.describe.train, *data.corpus.train]),
        (held, [*data.describe.validation, *data.corpus.validation]),
    ):
        for _, same in groupby(texts, key=lambda one: (one.user, one.moment, one.item)):
            rows.append(text_row(tokens, [(one.prompt(), one.text) for one in same]))
    return train, held


def evaluation_rows(held: Sequence[TrainingRow], most: int) -> list[TrainingRow]:
    """The rows evaluated during training: of each kind the first `most` with a target."""
    return [
        one
        for kind in ("pick", "judge", "text")
        for one in [r for r in held if r.kind == kind and r.target >= 0][:most]
    ]


class PickRows:
    """Turns pick examples into rows. `model` is the base, without an adapter yet: its
    log-likelihood of each title after an empty history is subtracted."""

    def __init__(
        self,
        catalog: Catalog,
        prompts: PromptSet,
        tokens: Tokens,
        recipe: Recipe,
        model: Any,
        examples: Sequence[PickExample],
        names: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self._tokens = tokens
        self._recipe = recipe
        self._prompts = prompts
        self._names = names
        self._titles = {item.id: scored_title(item) for item in catalog}
        self._bare = {} if names else self._bare_of(model, examples)
        self._random = np.random.default_rng(recipe.seed)

    def training(self, examples: Sequence[PickExample]) -> list[TrainingRow]:
        """Rows with the target and a random sample of the other candidates."""
        return [self._row(one, self._sample(one)) for one in examples]

    def whole(self, example: PickExample) -> TrainingRow:
        """A row with the whole shortlist, as in serving."""
        return self._row(example, list(range(len(example.candidates))))

    def _sample(self, example: PickExample) -> list[int]:
        others = [at for at in range(len(example.candidates)) if at != example.target]
        drawn = self._random.permutation(others)[: self._recipe.data.negatives]
        return [example.target, *map(int, drawn)]

    def _row(self, example: PickExample, kept: list[int]) -> TrainingRow:
        titles = [self._titles[example.candidates[at]] for at in kept]
        shares = log_softmax(np.array(example.logits))[kept]
        return replace(
            self._by_name(example, titles) if self._names else self._by_title(example, titles),
            target=kept.index(example.target) if example.target in kept else -1,
            scorer=tuple(self._recipe.scorer_weight * float(share) for share in shares),
            weight=self._recipe.llm_weight,
        )

    def _by_title(self, example: PickExample, titles: Sequence[str]) -> TrainingRow:
        prompt = title_prompt(example.history, prompts=self._prompts)
        return row(self._tokens, prompt, titles, bare=[self._bare[title] for title in titles])

    def _by_name(self, example: PickExample, titles: Sequence[str]) -> TrainingRow:
        """As `pick.preference` asks; if no title of the history has a name, all are unknown."""
        past = names_of(example.history, self._names)
        prompt = names_prompt(past, prompts=self._prompts)
        any_name = next(iter(self._names.values()))
        called = [self._names.get(digest(title)) for title in titles]
        names = [f" {name or any_name}" for name in called]
        unknown = [at for at, name in enumerate(called) if not (past and name)]
        return replace(row(self._tokens, prompt, names), unknown=tuple(unknown))

    def _bare_of(self, model: Any, examples: Sequence[PickExample]) -> dict[str, float]:
        """The log-likelihood of each title that occurs."""
        titles = sorted({self._titles[item] for one in examples for item in one.candidates})
        prompt = title_prompt(prompts=self._prompts)
        likelihoods: dict[str, float] = {}
        with torch.no_grad():
            for start in range(0, len(titles), _TITLES_PER_BATCH):
                part = titles[start : start + _TITLES_PER_BATCH]
                packed = on(model.device, pack([row(self._tokens, prompt, part)]))
                likelihoods |= zip(part, scores(model, packed)[0].tolist(), strict=True)
        return likelihoods


def name_ids(tokens: Tokens, names: Mapping[str, str]) -> tuple[int, ...]:
    """The names' tokens, sorted."""
    return tuple(sorted({token for name in names.values() for token in tokens.after(f" {name}")}))


def names_row(
    tokens: Tokens, part: Sequence[str], ids: tuple[int, ...], prompts: PromptSet = PACKAGE_PROMPTS
) -> TrainingRow:
    """Names, oldest first, each to be predicted from those before it among all `ids`."""
    line = "".join(f" {name}" for name in part)
    made = row(tokens, names_prompt(prompts=prompts), [line], kind="names")
    return replace(made, among=ids)


def text_row(tokens: Tokens, texts: Sequence[tuple[Prompt, str]]) -> TrainingRow:
    """Texts to write, each to the end of its turn, after prompts that begin alike: what they share
    is computed once."""
    made = [row(tokens, prompt, [text], kind="text") for prompt, text in texts]
    columns = zip(*(one.prefix for one in made), strict=False)
    shared = [column[0] for column in takewhile(lambda column: len(set(column)) == 1, columns)]
    ends = [one.prefix[len(shared) :] for one in made]
    last = tokens.tokenizer.end
    branches = [[*end, *one.branches[0], last] for end, one in zip(ends, made, strict=True)]
    return TrainingRow(shared, branches, kind="text", skip=tuple(map(len, ends)))
