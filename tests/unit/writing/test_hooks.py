"""Hooks: written ahead, verified strictly, reviewed by people, chosen for a visitor."""

import asyncio
import csv
from dataclasses import replace
from pathlib import Path

import pytest

from shelftalker.data.catalog import Item
from shelftalker.engine.models import DEFAULT_MODEL
from shelftalker.errors import InputError
from shelftalker.writing.hooks import Hook, HookStore, best_hook, content_hash, offer_in
from shelftalker.writing.prepare import (
    PRODUCT_ANGLES,
    QUOTED,
    Preparation,
    PrepareOptions,
    facets_of,
)
from shelftalker.writing.style import Voice
from tests.support.fakes import FakeEngine

TEXT = (
    "The pan of carbon steel works on gas and induction. It is ideal for quick suppers and eggs. "
    "The handle is made of beech wood. Free delivery on this pan."
)
PAN = Item("1", "Ember Carbon Steel Pan", TEXT, {"brand": "Ember", "weight_kg": 1.9}, price=64.0)
BARE = Item("2", "Ember Lid", "", {"brand": "Ember"}, price=9.0)
COPIED = "The pan of carbon steel works on gas and induction."
TRUE = "Works on gas and induction, and is ideal for eggs."
OPTIONS = PrepareOptions(angles=2, drafts=2)


def prepared(
    path: Path, answers: list[str] | None, items: list[Item], voice: Voice | None = None
) -> HookStore:
    store = HookStore(path / "hooks")
    engine = FakeEngine(answers) if answers else None
    asyncio.run(Preparation(store, voice or Voice(), (), OPTIONS).run(engine, items))
    return store


def test_only_true_drafts_are_kept_each_once(tmp_path: Path) -> None:
    false = "The pan of stainless steel works on gas and induction."
    store = prepared(tmp_path, [TRUE, false, COPIED], [PAN])
    by_model = [hook for hook in store.of(PAN) if hook.engine != QUOTED]
    assert [hook.text for hook in by_model] == [TRUE]
    (hook,) = by_model
    assert hook.angle in PRODUCT_ANGLES[:2]
    assert hook.use == 1.0
    assert hook.evidence
    assert hook.prompt
    assert hook.verifier


@pytest.mark.parametrize(
    "draft",
    [
        "The pan costs 64.",
        "Free delivery on this pan of carbon steel.",
        "You will like this pan of carbon steel.",
        "The pan works. It works on gas. It works on induction.",
    ],
)
def test_no_price_no_promise_nothing_of_a_reader(draft: str, tmp_path: Path) -> None:
    store = prepared(tmp_path, [draft], [PAN])
    assert all(hook.engine == QUOTED for hook in store.of(PAN))
    assert all("delivery" not in hook.text for hook in store.of(PAN))


def test_what_was_tried_is_not_written_again_until_the_item_changes(tmp_path: Path) -> None:
    store = prepared(tmp_path, [TRUE], [PAN, BARE])
    preparation = Preparation(store, Voice(), (), OPTIONS)
    assert preparation.estimate([PAN, BARE]).items == 0
    assert store.of(BARE) == []
    assert preparation.estimate([replace(PAN, price=70.0)]).items == 0
    changed = replace(PAN, text="The pan of iron works on gas.")
    assert preparation.estimate([changed]).items == 1
    assert store.of(changed) == []
    other = Preparation(store, Voice(tone="warm"), (), OPTIONS)
    assert other.estimate([PAN]).items == 1


def test_an_estimate_comes_before_anything_is_written(tmp_path: Path) -> None:
    store = HookStore(tmp_path / "hooks")
    planned = Preparation(store, Voice(), (), OPTIONS).estimate([PAN, BARE])
    assert (planned.items, planned.texts) == (2, 8)
    assert 8 * 50 < planned.tokens < 8 * 500
    assert not store.file.exists()


def test_a_torn_row_of_a_killed_run_is_skipped(tmp_path: Path) -> None:
    store = prepared(tmp_path, [TRUE], [PAN])
    with store.file.open("a", encoding="utf-8") as out:
        out.write('{"item": "1", "con')
    assert HookStore(tmp_path / "hooks").of(PAN) == store.of(PAN)


def test_what_the_voice_never_says_is_in_no_hook(tmp_path: Path) -> None:
    store = prepared(tmp_path, [TRUE], [PAN], Voice(never=("induction",)))
    assert store.of(PAN)
    assert all("induction" not in hook.text for hook in store.of(PAN))


def edited(store: HookStore, path: Path, change: dict[str, str]) -> Path:
    store.export_csv(path, {"1": PAN.title})
    with path.open(encoding="utf-8-sig", newline="") as source:
        rows = list(csv.DictReader(source))
    rows[0] |= change
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def test_a_persons_text_is_trusted_and_marked(tmp_path: Path) -> None:
    store = prepared(tmp_path, [TRUE], [PAN])
    file = edited(store, tmp_path / "h.csv", {"text": "Grandmother's favourite pan."})
    assert store.import_csv(file, {"1": PAN}) == (2, [])
    first = store.of(PAN)[0]
    assert (first.text, first.source, first.status) == (
        "Grandmother's favourite pan.", "human", "approved"
    )  # fmt: skip
    assert TRUE not in [hook.text for hook in store.of(PAN) if hook.status != "rejected"]


@pytest.mark.parametrize("promise", ["A lifetime guarantee.", "Delivered tomorrow.", "终身保修。"])
def test_a_persons_promise_is_refused(promise: str, tmp_path: Path) -> None:
    store = prepared(tmp_path, [TRUE], [PAN])
    file = edited(store, tmp_path / "h.csv", {"text": promise})
    taken, refused = store.import_csv(file, {"1": PAN})
    assert taken == 0
    assert len(refused) == 1
    assert "promise" in refused[0]


def test_review_by_id_and_for_all(tmp_path: Path) -> None:
    store = prepared(tmp_path, [TRUE], [PAN])
    hook = store.of(PAN)[0]
    store.review([hook.id], "approved")
    assert store.of(PAN)[0].status == "approved"
    assert store.review(["all"], "rejected") == len(store.of(PAN))
    assert store.review(["all"], "approved") == 0
    with pytest.raises(InputError, match="no hook nine"):
        store.review(["nine"], "approved")


def hook(text: str, **fields: object) -> Hook:
    return replace(Hook("1", content_hash(PAN), text), **fields)  # type: ignore[arg-type]


def test_the_hook_that_answers_the_request_is_chosen() -> None:
    hooks = [hook("It works on induction."), hook("It is light enough for one hand.")]
    chosen = best_hook(hooks, "something light", [], approval=False)
    assert chosen == hooks[1]
    liked = [Item("9", "Orly Wok", "It works on induction.")]
    assert best_hook(hooks, "", liked, approval=False) == hooks[0]


def test_a_small_models_hook_is_shown_where_there_is_no_other() -> None:
    own, small = hook("Cast in one piece."), hook("A pan for eggs, cast in one piece.", small=True)
    assert best_hook([small, own], "a pan for eggs", [], approval=False) == own
    assert best_hook([small], "a pan for eggs", [], approval=False) == small
    passed = replace(small, status="approved")
    assert best_hook([passed, own], "a pan for eggs", [], approval=None) == passed


def test_a_small_models_hooks_wait_for_a_person_unless_the_voice_says_otherwise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FakeEngine, "model", DEFAULT_MODEL)
    store = prepared(tmp_path, [TRUE], [PAN])
    of_model = [one for one in store.of(PAN) if one.engine != QUOTED]
    assert store.awaiting(None) == len(of_model) == 1
    assert store.awaiting(False) == 0
    assert store.awaiting(True) == len(store.of(PAN))
    assert best_hook(of_model, "", [], approval=None) is None
    store.review([of_model[0].id], "approved")
    passed = best_hook(
        [one for one in store.of(PAN) if one.engine != QUOTED], "", [], approval=None
    )
    assert passed == replace(of_model[0], status="approved")


def test_only_approved_hooks_where_approval_is_required() -> None:
    new, passed = hook("One."), hook("Two.", status="approved")
    assert best_hook([new, passed], "", [], approval=True) == passed
    assert best_hook([new], "", [], approval=True) is None
    assert best_hook([hook("One.", status="rejected")], "", [], approval=False) is None


def test_facets_rest_on_the_words_of_the_text() -> None:
    found = list(facets_of(TEXT))
    assert [(f.name, f.value) for f in found] == [
        ("use", "quick suppers"), ("material", "beech wood")
    ]  # fmt: skip
    assert all(TEXT[f.start : f.end] == f.value for f in found)


@pytest.mark.parametrize("text", ["Yours at 9.80.", "It costs 9,80.", "At 9.8 it is a find."])
def test_a_price_is_an_offer_however_it_is_written(text: str) -> None:
    assert offer_in(text, 9.8)
    assert not offer_in("A blade of 19.8 cm.", 9.8)
    assert not offer_in("9.805 g.", 9.8)
