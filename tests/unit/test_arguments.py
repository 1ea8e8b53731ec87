"""Wrong arguments of the Python interface: each is one `InputError` that says what is allowed."""

import asyncio
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from shelftalker import Event, InputError, Item, Recommender

Call = Callable[[Any], object]  # what a caller without a type checker does: anything goes

WRONG: list[tuple[Call, str]] = [
    (lambda r: r.generate(None), "user is None, of type NoneType; allowed: printable text"),
    (lambda r: r.generate(196), "user is 196, of type int; allowed: printable text"),
    (lambda r: r.generate("u0", None), 'message is None, of type NoneType; allowed: text, or ""'),
    (lambda r: r.generate("u0", b"x"), "message is b'x', of type bytes"),
    (lambda r: r.generate("u0", k="3"), "k is '3', of type str; allowed: 1 to 20"),
    (lambda r: r.generate("u0", k=2.5), "k is 2.5, of type float; allowed: 1 to 20"),
    (lambda r: r.generate("u0", language=3), "language 3 is unknown; allowed: en, zh"),
    (lambda r: r.generate("u0", language=["en"]), "unknown; allowed: en, zh"),
    (lambda r: r.generate("u0", domain=3), "domain is 3, of type int; allowed: a name"),
    (lambda r: r.generate("u0", adapter=3), "adapter is 3, of type int; allowed: a name"),
    (lambda r: r.generate("u0", seed="x"), "seed is 'x', of type str; allowed: a whole number"),
    (lambda r: r.generate("u0", filters=None), "filters is None"),
    (lambda r: r.generate("u0", filters=["no horror"]), "a filter is 'no horror', of type str"),
    (lambda r: r.generate("u0", request="x"), "request is 'x', of type str; allowed: a Request"),
    (lambda r: next(r.stream("u0", None)), "message is None"),
    (lambda r: asyncio.run(r.agenerate("u0", None)), "message is None"),
    (lambda r: r.shortlist(None), "user is None"),
    (lambda r: r.shortlist("u0", None), "message is None"),
    (lambda r: r.shortlist("u0", n="3"), "n is '3', of type str; allowed: 1 and more"),
    (lambda r: r.shortlist("u0", n=0), "n is 0; allowed: 1 and more"),
    (lambda r: r.recommend("u0"), "users is the text 'u0'; allowed: a list of user ids"),
    (lambda r: r.recommend([None]), "user is None"),
    (lambda r: r.recommend(["u0"], k="3"), "k is '3', of type str"),
    (lambda r: r.feedback(None, "f1", "like"), "user is None"),
    (lambda r: r.feedback("u0", None, "like"), "item is None, of type NoneType; allowed: the id"),
    (lambda r: r.feedback("u0", "f1", None), "kind None is unknown; allowed: view"),
    (lambda r: r.feedback("u0", "f1", "rating", "five"), "value is 'five', of type str"),
    (lambda r: r.feedback("u0", "f1", "view", "x"), "value is 'x', of type str"),
    (lambda r: r.retract(("u0", "f1")), "allowed: an Event"),
    (lambda r: r.add_items(["f1"]), "an item is 'f1', of type str; allowed: Item"),
    (lambda r: r.add_items(3), "items is 3, of type int"),
    (lambda r: r.remove_items("f1"), "item_ids is the text 'f1'; allowed: a list of item ids"),
    (lambda r: r.forget(None), "user is None"),
    (lambda r: r.profile(None), "user is None"),
]


@pytest.mark.parametrize(("call", "text"), WRONG, ids=[text[:40] for _, text in WRONG])
def test_a_wrong_argument_is_one_clear_sentence(
    recommender: Recommender, call: Call, text: str
) -> None:
    with pytest.raises(InputError) as caught:
        call(recommender)
    assert text in str(caught.value)


def test_numbers_of_numpy_and_generators_are_welcome(recommender: Recommender) -> None:
    few = recommender.generate("u0", k=np.int64(2), seed=np.int32(1))  # type: ignore[typeddict-item]
    assert len(few.cards) == 2
    event = recommender.feedback("u0", "f1", "rating", float(np.float32(4.5)))
    assert isinstance(event, Event)
    assert recommender.add_items(Item(f"n{n}", f"Film {n}") for n in range(2)) == 2
    recommender.remove_items([f"n{n}" for n in range(2)])
