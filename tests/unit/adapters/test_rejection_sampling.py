"""Better targets from the model itself: pytest tests/test_sampling.py"""

from collections.abc import Sequence

import numpy as np
import pytest

from shelftalker.adapters.data.rejection_sampling import Draft, Sampler
from shelftalker.adapters.data.text import describe_examples
from shelftalker.adapters.data.text_example import TextExample
from shelftalker.adapters.data.time_split import TimeSplit
from shelftalker.data.catalog import Item
from shelftalker.data.events import Event
from shelftalker.engine.base import Adapters, Prompt, Sampling
from shelftalker.scorer.base import Floats
from shelftalker.types import Evidence
from shelftalker.writing.verifier.grounds import Grounds
from shelftalker.writing.verifier.tokenizer import Past
from tests.support.fakes import FakeEngine
from tests.unit.adapters.test_pick_data import Spelled
from tests.unit.adapters.test_text_data import CATALOG, CUTS, walks

ITEM = Item(
    "1", "Glass Harbour", "", {"director": "Anna Kessler", "genres": ("Crime",), "year": 1994}
)
SEEN = Item("2", "Cold Ledger", "", {"director": "Anna Kessler"})
PAST = [Past(Event("u", "2", "like"), SEEN)]
EVIDENCE = [
    Evidence("", "history", "director", "Cold Ledger"),
    Evidence("", "catalog", "director", "Anna Kessler"),
    Evidence("", "catalog", "year", "1994"),
]
COMPOSED = "Glass Harbour is a crime film."
RICH = (
    "You liked Cold Ledger, and Anna Kessler also directed Glass Harbour, a crime film from 1994."
)
FALSE = "Glass Harbour is directed by Tom Ford."
EMPTY = "You liked Cold Ledger."


class Scripted(FakeEngine):
    """Its text depends on the seed."""

    async def write(
        self, prompts: Sequence[Prompt], sampling: Sampling, adapter: Adapters = None
    ) -> list[str]:
        assert sampling.temperature > 0
        return [self._texts[sampling.seed % len(self._texts)] for _ in prompts]


class ByWords:
    """Texts are similar if they share words."""

    dim = 64
    name = "by words"

    def encode(self, texts: Sequence[str], progress: object = None) -> Floats:
        rows = np.zeros((len(texts), 64), np.float32)
        for row, text in zip(rows, texts, strict=True):
            for word in text.casefold().split():
                row[sum(map(ord, word)) % 64] += 1
        return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)


def draft(user: str = "u", history: str = "Cold Ledger", composed: str = COMPOSED) -> Draft:
    example = TextExample(user, 1.0, ITEM.id, (("user", "Facts"),), composed)
    grounds = Grounds(EVIDENCE, ITEM, PAST)
    return Draft(example, ITEM.title, EVIDENCE, grounds, [ITEM.title, SEEN.title], history)


class Blind(ByWords):
    """All texts are equally similar."""

    def encode(self, texts: Sequence[str], progress: object = None) -> Floats:
        return np.full((len(texts), 1), 1.0, np.float32)


async def best(
    texts: Sequence[str], likely: dict[str, float] | None = None, *, blind: bool = False
) -> str:
    engine = Scripted(texts, likelihoods=likely or dict.fromkeys([COMPOSED, *texts], -10.0))
    sampler = Sampler(engine, Blind() if blind else ByWords(), len(texts))
    best = await sampler.best([draft(), draft("v", "Iron Coast")])
    return best[0].text


async def test_a_more_personal_text_replaces_the_composed_one() -> None:
    assert await best([RICH, FALSE]) == RICH


@pytest.mark.parametrize("text", [FALSE, EMPTY, "", f"{RICH} {FALSE}", COMPOSED])
async def test_a_false_or_empty_text_never_replaces_it(text: str) -> None:
    assert await best([text]) == COMPOSED


async def test_of_true_texts_an_odd_one_loses() -> None:
    odd = "You liked Cold Ledger, and crime crime crime is Glass Harbour."
    assert await best([odd, RICH], {COMPOSED: -10.0, RICH: -10.0, odd: -300.0}) == RICH


async def test_of_two_equal_texts_the_likelier_one_wins() -> None:
    other = "You liked Cold Ledger, and Glass Harbour, a film from 1994, is also by Anna Kessler."
    assert draft().true(other)
    for wanted, refused in ((RICH, other), (other, RICH)):
        likely = {COMPOSED: -99.0, wanted: -10.0, refused: -90.0}
        assert await best([refused, wanted], likely, blind=True) == wanted


async def test_of_two_of_one_length_the_one_with_more_of_the_evidence_wins() -> None:
    more = "You liked Cold Ledger, and Glass Harbour is from 1994."
    less = "You liked Cold Ledger, and Glass Harbour is a crime."
    assert draft().true(less)
    assert draft().covered(more) > draft().covered(less)
    assert await best([less, more], blind=True) == more


async def test_of_two_as_informative_texts_the_one_of_a_cards_length_wins() -> None:
    longer = f"{RICH} It is a crime film, and it was released in 1994."
    likely = {text: -float(len(text.split())) for text in (COMPOSED, RICH, longer)}
    assert await best([RICH, longer], likely, blind=True) == longer


async def test_a_reason_from_the_users_history_is_kept() -> None:
    fluent = "Glass Harbour is a crime film by Anna Kessler, and it was released in 1994."
    personal = "You liked Cold Ledger, and this is a crime film."
    engine = Scripted([fluent], likelihoods={fluent: -1.0, COMPOSED: -200.0, personal: -200.0})
    for composed, learned in ((COMPOSED, fluent), (personal, personal)):
        sampler = Sampler(engine, Blind(), 1)
        (best,) = await sampler.best([draft(composed=composed)])
        assert best.text == learned


async def test_each_sample_has_a_seed_of_its_own() -> None:
    engine = Scripted([FALSE, FALSE, RICH])
    (best,) = await Sampler(engine, ByWords(), 3, seed=3).best([draft()])
    assert best.text == RICH


def test_only_training_examples_get_better_texts() -> None:
    split = TimeSplit.of(walks(), CUTS)
    scorers = split.scorers(CATALOG, Spelled())
    seen: list[Draft] = []

    def better(drafts: Sequence[Draft]) -> list[TextExample]:
        seen.extend(drafts)
        return [TextExample(*(*_but_text(one.example), "better")) for one in drafts]

    data = describe_examples(split, scorers, 20, 10, better=better)
    assert {one.text for one in data.train} == {"better"}
    assert "better" not in {one.text for one in data.validation}
    assert data.counts["sampled"] == len(data.train) == len(seen)
    assert all(one.true(one.example.text) for one in seen)


def _but_text(one: TextExample) -> tuple[str, float, str, tuple[tuple[str, str], ...]]:
    return one.user, one.moment, one.item, one.messages
