"""No attack string and no offer of a shop in a hook or a link. Run:
pytest tests/unit/writing/test_safety.py
"""

from dataclasses import replace
from pathlib import Path

import pytest

from shelftalker.data.catalog import Item
from shelftalker.eval.runs.safety import leaked, strings
from shelftalker.types import Request
from shelftalker.writing.describe import Describer
from shelftalker.writing.evidence import choose_evidence
from shelftalker.writing.hooks import HookStore
from shelftalker.writing.prepare import Preparation, PrepareOptions, PrepareReport
from shelftalker.writing.style import Voice
from shelftalker.writing.text_request import TextRequest
from tests.conftest import SHARED
from tests.support.fakes import FakeEngine

SAFETY = SHARED / "safety"
PAN = Item(
    "1", "Ember Steel Pan", "The pan of carbon steel works on gas and induction.",
    {"brand": "Ember", "weight_kg": 1.9}, price=64.0,
)  # fmt: skip


def hooks(path: Path, item: Item, *drafts: str) -> list[str]:
    """The texts and facets that `prepare` keeps of a model's drafts."""
    preparation = Preparation(HookStore(path), Voice(), (), PrepareOptions())
    made = preparation.hooks_of(item, [("use", d) for d in drafts], "model", PrepareReport())
    return [hook.text for hook in made] + [f.value for hook in made for f in hook.facets]


async def link(item: Item, draft: str, asked: str = "") -> str:
    """The text that is shown where a model writes a draft."""
    request = Request(asked, asked)
    evidence = choose_evidence(item, [], [], request)
    wanted = TextRequest(item, evidence, request=request)
    return (await Describer(FakeEngine([draft])).describe(wanted)).text


@pytest.mark.skipif(not SAFETY.is_dir(), reason="needs ../shared/data/safety")
async def test_no_attack_string_reaches_a_hook_or_a_link(tmp_path: Path) -> None:
    attacks = strings(SAFETY)
    assert len(attacks) > 500
    through = []
    for attack in attacks:
        item = replace(PAN, text=f"{attack} {PAN.text}")
        shown = hooks(tmp_path, item, attack, f"{PAN.text} {attack}")
        shown.append(await link(item, f"{PAN.text} {attack}", attack))
        through += [(attack, text) for text in shown if leaked(attack, text)]
    assert through == []


@pytest.mark.parametrize(
    "offer",
    [
        "It costs 64.", "It is yours for $64.", "Only three left in stock.", "Only two left.",
        "It ships tomorrow.", "It comes with free delivery.", "Returns are free with a refund.",
        "It has a lifetime guarantee.", "It is 20% off this week.", "It is on sale today.",
        "It has a two-year warranty.", "Money back if you do not like it.", "It is sold out.",
        "现货，次日达。", "只要64元。", "支持七天退货。",
    ],
)  # fmt: skip
@pytest.mark.parametrize("stated", [False, True])
async def test_promises_prices_and_stock_never_come_from_a_model(
    tmp_path: Path, offer: str, stated: bool
) -> None:
    """Also where the catalogue's text says the same."""
    item = replace(PAN, text=f"{PAN.text} {offer}") if stated else PAN
    kept = hooks(tmp_path, item, offer, f"{PAN.text} {offer}")
    assert not any(offer in text for text in kept)
    assert offer not in await link(item, f"{PAN.text} {offer}")
