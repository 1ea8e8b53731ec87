"""Hook examples from the package's own writing: the plain hooks, and those of the writing corpus
that the verifier passes.

The prompts are those of `shelftalker prepare`. Catalogues marked `test` are left out; two whole
catalogues are for validation.
"""

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from shelftalker.adapters.data.example_set import TextData, TextExample
from shelftalker.adapters.data.style_corpus import CorpusCatalog, corpus
from shelftalker.data.catalog import Catalog, Item
from shelftalker.prompts import PromptSet
from shelftalker.types import Request
from shelftalker.writing.prepare import hook_prompt, hook_states
from shelftalker.writing.style import Voice
from shelftalker.writing.verifier.grounds import Grounds

PLAIN_HOOKS = Path(__file__).parents[1] / "style" / "plain_hooks"
FILMS = "films"
"""The plain hooks of real films, which need the rows of the demo's catalogue."""
VALIDATION_CATALOGS = 2
_VOICE = Voice()
Written = tuple[Item, str, str]
"""An item, an angle, a hook."""


def hook_examples(
    catalog: Catalog, train: int, validation: int, *, folders: Sequence[Path] = (), seed: int = 0
) -> TextData:
    """At most so many hooks, those about one item beside each other. `catalog`: of the domain that
    is trained in; its films that have hooks are learned too."""
    random = np.random.default_rng(seed)
    catalogs = list(corpus("en"))
    held = {catalogs[at].slug for at in random.permutation(len(catalogs))[:VALIDATION_CATALOGS]}
    template = PromptSet(folders).template("hook")
    by_item: dict[tuple[str, str], list[Written]] = defaultdict(list)
    for slug, written in [*((c.slug, _of(c)) for c in catalogs), (FILMS, _of_films(catalog))]:
        for one in written:
            by_item[slug, one[0].id].append(one)
    keys = list(by_item)
    random.shuffle(keys)
    learned: list[TextExample] = []
    checked: list[TextExample] = []
    refused = 0
    for slug, item_id in keys:
        part, most = (checked, validation) if slug in held else (learned, train)
        for item, angle, text in by_item[slug, item_id] if len(part) < most else ():
            _, rule = hook_states(Grounds([], item, request=Request(language="en")), text, _VOICE)
            refused += bool(rule)
            if not rule:
                prompt = hook_prompt(template, item, angle, _VOICE)
                messages = tuple((one["role"], one["content"]) for one in prompt)
                part.append(TextExample(slug, 0.0, item_id, messages, text))
    counts = {"train": len(learned), "validation": len(checked), "refused": refused}
    return TextData(learned, checked, counts)


def _of(catalog: CorpusCatalog) -> Iterator[Written]:
    hooks = [row for row in catalog.texts if row.get("format") == "hook"]
    for row in [*hooks, *plain_hooks(catalog.slug)]:
        yield catalog.items[row["item"]], row["angle"], row["text"]


def _of_films(catalog: Catalog) -> Iterator[Written]:
    films = {(item.title, item.attributes.get("year")): item for item in catalog if item.text}
    for row in plain_hooks(FILMS):
        if item := films.get((row["title"], row["year"])):
            yield item, row["angle"], row["text"]


def plain_hooks(slug: str) -> Iterator[dict[str, str]]:
    """The plain hooks of one catalogue of the corpus: `item`, `angle`, `text`."""
    file = PLAIN_HOOKS / f"{slug}.jsonl"
    if file.is_file():
        yield from map(json.loads, file.read_text(encoding="utf-8").splitlines())
