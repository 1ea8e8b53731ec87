"""Cards of products: what they begin with, and when they are called what was asked for."""

from dataclasses import replace

import pytest

from shelftalker.data.catalog import Item
from shelftalker.data.events import Event
from shelftalker.data.filters import Filter
from shelftalker.types import Evidence, Nearness, Request
from shelftalker.writing.compose.asked import asked_of
from shelftalker.writing.compose.composer import compose
from shelftalker.writing.evidence import choose_evidence
from shelftalker.writing.history import Past
from tests.unit.writing.test_compose import evidence_of


def test_two_sentences_of_its_text_tell_of_a_product_where_nothing_ties_it_to_the_visitor() -> None:
    text = "Felt strips on a rubber grid. Machine washable at 30 degrees. No dog is included."
    mat = Item("8", "Gribble Snuffle Mat, 60 cm", text, {"brand": "Gribble"})
    composed = compose(mat, choose_evidence(mat, [], [], Request()))
    assert composed == "Felt strips on a rubber grid. Machine washable at 30 degrees."


def test_two_products_that_are_called_alike_are_told_apart() -> None:
    one, other = (
        Item(str(n), f"Otto Heavy-Duty Binder with {size}-Inch Ring", "", {"brand": "Otto"})
        for n, size in enumerate("13")
    )
    past = [Past(Event("u", "1", "view"), other)]
    evidence = [Evidence("", "history", "title", other.title), *evidence_of(one)]
    text = compose(one, evidence, history=past)
    assert "3-Inch" in text  # its own size is in the title above


def test_a_numbered_series_is_not_said_to_go_together() -> None:
    few, many, other = (
        Item(str(n), f"{brand} Felt Markers, {count} Count", "", {"brand": brand})
        for n, (brand, count) in enumerate([("Inkwell", 4), ("Inkwell", 8), ("Otto", 4)], 70)
    )
    ink, old = (
        Item(n, f"Otto {n} Black Ink Cartridges", "", {"brand": "Otto"}) for n in ("62", "21")
    )
    for item, past in ((many, few), (many, other), (ink, old)):
        bought = [Past(Event("u", past.id, "purchase"), past)]
        text = compose(item, choose_evidence(item, [], bought, Request()), history=bought)
        assert ("after" in text) is (past in (few, other))


def test_a_product_that_only_names_what_is_asked_for_in_its_text_is_not_called_close() -> None:
    printer = Item("8", "Otto Compact Printer", "Prints with Otto ink.", {"brand": "Otto"})
    ink = Item("9", "Otto 61 Black Ink", "For the printer.", {"brand": "Otto"})
    request = Request("ink for my printer", "ink for my printer")
    near = [asked_of(item, request, nearness="close").near for item in (printer, ink)]
    assert near == ["", "ink for my printer"]


@pytest.mark.parametrize(("asked", "close"), [
    ("a stapler with soft feet", "whether it has soft feet"),
    ("a stapler for the shower", ""),  # a doubt that nobody has
    ("a stapler that is waterproof", "whether it is waterproof"),
    ("a stapler that doesn't squeak", "whether it squeaks"),
    ("a quiet stapler", "whether it is quiet"),
    ("a stapler without springs", "whether it is free of springs"),
    ("a stapler for the shower with soft feet", "whether it has soft feet"),
    ("a stapler in blue", "Not in blue: this one is red"),
    ("a stapler for home", ""),  # its row has that
    ("a stapler for next year", ""),  # no row can have that
    ("a stapler", ""),
])  # fmt: skip
def test_what_was_asked_for_beside_the_kind_is_said_not_to_be_known(asked: str, close: str) -> None:
    text = "It staples up to 20 sheets at home or at work."
    stapler = Item("1", "Otto Stapler, Red", text, {"brand": "Otto"})
    request = Request(asked, asked.removeprefix("a "))
    evidence = choose_evidence(stapler, [], [], request)
    cards = [compose(stapler, evidence, request=request, variant=n) for n in (0, 1)]
    assert all(card.removeprefix(text).endswith(f"{close}." if close else "") for card in cards)
    assert len(set(cards)) == (2 if close and "Not" not in close else 1)  # neighbours differ
    assert all("say" in card or not close or "Not" in card for card in cards)


def test_a_card_says_that_what_shall_not_be_there_is_there() -> None:
    text = "Steamed for a minute, so the cup is a cloudy green. Caffeine: yes."
    tea = Item("1", "Green Leaf Tea, 80 g", text, {"category": "tea", "brand": "Otto"})
    request = Request("tea without caffeine", "tea", avoid="caffeine")
    card = compose(tea, choose_evidence(tea, [], [], request), request=request)
    assert card.endswith("It is not without caffeine.")
    both = replace(tea, text=f"{text} The white one has no caffeine.")
    card = compose(both, choose_evidence(both, [], [], request), request=request)
    assert "not without" not in card


@pytest.mark.parametrize(("title", "text", "asked", "opening"), [
    ("Otto Desk Mat, Black", "Heat resistant up to 40 degrees.", "a sofa",
     "This is a desk mat, not a sofa."),
    ("Otto Bamboo Monitor Stand, Brown", "There is room for a keyboard below it.",
     "a quiet keyboard", "This is a bamboo monitor stand, not a keyboard."),
])  # fmt: skip
def test_a_thing_of_another_kind_is_not_passed_off(
    title: str, text: str, asked: str, opening: str
) -> None:
    item = Item("1", title, text, {"brand": "Otto"})
    request = Request(asked, asked.removeprefix("a "))
    card = compose(item, choose_evidence(item, [], [], request), request=request)
    assert card.startswith(opening)


def test_a_maker_ties_only_products_of_related_use() -> None:
    pens, pencils, trays = (
        Item(str(n), f"Otto {kind}, Blue", "", {"brand": "Otto"})
        for n, kind in enumerate(["Gel Pens", "Color Pencils", "Shipping Boxes"])
    )
    for past, tied in ((pencils, True), (trays, False)):
        bought = [Past(Event("u", past.id, "purchase"), past)]
        text = compose(pens, choose_evidence(pens, [], bought, Request()), history=bought)
        assert ("From the maker of" in text) is tied


@pytest.mark.parametrize(("asked", "title", "text", "card"), [
    ("a headlamp", "Moth Night Light", "Two of them fit a drawer.",
     "This is a night light, not a headlamp. Two of them fit a drawer."),
    ("wallpaper for the bathroom", "Otto Striped Wallpaper", "Not for bathrooms.",
     "Not for bathrooms."),
    ("small mailers", "Otto Bubble Mailers, 10 x 15 inches", "They close by themselves with glue.",
     "They close by themselves with glue."),
])  # fmt: skip
def test_no_card_claims_or_doubts_what_its_row_denies_or_shows(
    asked: str, title: str, text: str, card: str
) -> None:
    item = Item("1", title, text, {"brand": "Otto"})
    request = Request(asked, asked.removeprefix("a "))
    assert compose(item, choose_evidence(item, [], [], request), request=request) == card


LAPTOP = "A laptop stands upright in the back of it."


@pytest.mark.parametrize(("asked", "title", "card"), [
    ("a bag for a laptop", "Otto Commuter Backpack, Blue",
     f"This is a commuter backpack. {LAPTOP}"),
    ("a kettle", "Otto Duffle Coat, Blue", "This is a duffle coat, not a kettle."),
    ("a whiteboard", "Otto Whiteboard Eraser, Blue",
     "This is a whiteboard eraser, not a whiteboard."),
    ("a planner", "Otto Weekly Planner", "A weekly planner from Otto."),
    ("a mouse or keyboard", "Otto Duffle Coat, Blue",
     "This is a duffle coat, not a mouse or keyboard."),
    ("a bicycle light", "Otto Night Light, Blue", "A blue night light from Otto."),
    ("a game", "Otto Chess Set, Blue", "A blue chess set from Otto."),  # may well be one
    ("a wall calendar 2016", "Otto Wall Calendar 2017, Blue",
     "A blue wall calendar from Otto. This one is for 2017, not 2016."),
])  # fmt: skip
def test_another_kind_is_denied_only_where_its_words_are_unlike(
    asked: str, title: str, card: str
) -> None:
    item = Item("1", title, LAPTOP if "laptop" in asked else "", {"brand": "Otto"})
    request = Request(asked, asked.removeprefix("a "))
    assert compose(item, choose_evidence(item, [], [], request), request=request) == card


def test_the_price_of_one_variant_is_not_said_of_another() -> None:
    text = "A press of glass and steel for eight cups."
    values = {"brand": "Otto", "colour": ("Copper", "Black")}
    press = Item("1", "Otto French Press", text, values, price=27.0)
    bound = Filter("price", "at_most", 30.0)
    for message, said in (("a french press in copper", False), ("a french press", True)):
        request = Request(f"{message} under 30", message.removeprefix("a "), (bound,))
        card = compose(press, choose_evidence(press, [], [], request), request=request)
        assert ("as you asked" in card) == said, card


@pytest.mark.parametrize(("said", "met", "card"), [
    ("白色的板鞋", True, "正是你要的白色的鞋。赛特板鞋，白色。"),
    ("跑步穿的板鞋", False, "赛特板鞋，白色。“跑步穿”这一点，介绍里没有提到。"),
])  # fmt: skip
def test_a_chinese_product_stands_without_the_marks_of_works(
    said: str, met: bool, card: str
) -> None:
    shoe, other = (
        Item(n, f"{kind}鞋", "", {"品类": "鞋", "品牌": "赛特", "颜色": "白色"})
        for n, kind in (("1", "板"), ("2", "跑"))
    )
    filters = (Filter("颜色", "contains", "白色"),) if met else ()
    request = Request(said, said, filters, language="zh")
    evidence = choose_evidence(shoe, [], [], request)
    assert compose(shoe, evidence, "zh", request=request) == card
    past = [Past(Event("u", "2", "purchase"), other)]
    tied = compose(
        shoe, choose_evidence(shoe, [], past, Request(language="zh")), "zh", history=past
    )
    assert tied == "赛特板鞋，白色。和你买过的跑鞋一样，也是赛特的。"


def test_a_chinese_card_says_that_it_is_another_thing() -> None:
    bowl = Item("1", "青花瓷碗", "送礼合适。", {"品类": "餐具", "品牌": "赛特"})
    for said, denied in (("送礼的雨伞", True), ("送礼的瓷碗", False)):
        request = Request(said, said, language="zh")
        card = compose(bowl, choose_evidence(bowl, [], [], request), "zh", request=request)
        assert card.startswith("这款是餐具，不是雨伞") == denied, card


@pytest.mark.parametrize(("asked", "told"), [
    ("a light tent", "It weighs 900 g."),
    ("a tent for kids", "For ages 6+."),
    ("a shelter for storms", "Weather: storms and snow."),
    ("a light tent for kids that is quiet", "It weighs 900 g. For ages 6+."),
])  # fmt: skip
def test_what_a_field_answers_is_told_from_it(asked: str, told: str) -> None:
    row = {"brand": "Otto", "weight_g": 900, "age": "6+", "weather": ("snow", "storms")}
    tent = Item("1", "Otto Ridge Tent", "Two doors and a crossing pair of poles.", row)
    request = Request(asked, asked.removeprefix("a "))
    card = compose(tent, choose_evidence(tent, [], [], request), request=request)
    assert told in card
    assert "whether it is light" not in card
    assert ("quiet" in card) is ("quiet" in asked)


def test_a_pack_of_one_kind_is_tied_as_several_and_no_detail_repeats_the_maker() -> None:
    one, other = (
        Item(n, f"Otto {name} Pencil, 12-Count, Otto Original", "", {"brand": "Otto"})
        for n, name in (("1", "Soft Colored"), ("2", "Hard Colored"))
    )
    past = [Past(Event("u", "2", "purchase"), other)]
    tied = compose(one, choose_evidence(one, [], past, Request()), history=past)
    assert tied.startswith("More colored pencils, after")
    assert compose(one, choose_evidence(one, [], [], Request())).endswith("from Otto: 12-count.")


@pytest.mark.parametrize(
    ("asked", "title", "other"),
    [
        ("a pan for eggs", "Oakline Cast Iron Skillet, 26 cm", ""),
        ("a parka", "Otto Waxed Parka, Blue", ""),
        ("a skillet", "Oakline Cast Iron Kettle, 1 l", "skillet"),
    ],
)
def test_a_kind_with_a_name_of_its_own_is_not_denied(asked: str, title: str, other: str) -> None:
    item = Item("1", title, "It is heavy.", {"brand": title.split()[0]})
    assert asked_of(item, Request(message=asked, text=asked.removeprefix("a "))).other_kind == other


@pytest.mark.parametrize(("asked", "unsaid"), [
    ("a lamp in bed", "comes in"), ("a lamp for four", "suits four"), ("a hand cream", "is cream"),
    ("a bicycle light", "light bicycle"),
])  # fmt: skip
def test_what_is_no_quality_of_a_thing_is_not_asked_of_it(asked: str, unsaid: str) -> None:
    lamp = Item("1", "Otto Brass Lamp", "Two arms of brass hold a shade.", {"brand": "Otto"})
    request = Request(asked, asked.removeprefix("a "))
    assert unsaid not in compose(lamp, choose_evidence(lamp, [], [], request), request=request)


@pytest.mark.parametrize(
    ("asked", "other"),
    [
        ("an umbrella", "umbrella"),
        ("a heavy wooden sofa", "sofa"),
        ("<b onload=alert>an umbrella</b>", ""),
    ],
)
def test_a_kind_is_denied_in_the_plain_words_of_a_message(asked: str, other: str) -> None:
    pan = Item("1", "Ember Steel Pan", "", {"brand": "Ember"}, price=64.0)
    assert asked_of(pan, Request(asked, asked.removeprefix("a "))).other_kind == other


@pytest.mark.parametrize(
    ("asked", "title", "category", "lead"),
    [
        (
            "a garden hose",
            "Moth Night Light",
            "lights",
            "This is a night light, not a garden hose.",
        ),
        ("a headlamp", "Moth Night Light", "lights", "This is a night light, not a headlamp."),
        ("I have had the second one", "Moth Night Light", "lights", ""),
        ("something stronger", "Moth Night Light", "lights", ""),
        ("the second one", "Moth Night Light", "lights", ""),
        ("a rain jacket", "Kids' Raincoat KR-7", "coats", ""),  # a kind of jacket
        ("a coat, warm", "Kids' Raincoat KR-7", "coats", ""),
        ("boots", "Oda Sleeping Bag", "", "This is a sleeping bag, not boots."),
        ("a mug, warm and soft", "Oda Sleeping Bag", "", "This is a sleeping bag, not a mug."),
    ],
)
def test_a_card_says_what_stands_in_the_place_of_what_was_asked_for(
    asked: str, title: str, category: str, lead: str
) -> None:
    fields = {"brand": "Orly", **({"category": category} if category else {})}
    item = Item("1", title, "Two of them fit a drawer.", fields, price=9.0)
    request = Request(asked, asked.removeprefix("a "))
    nearness: Nearness = "close" if lead.startswith("Instead") else "near"
    evidence = choose_evidence(item, [], [], request, nearness=nearness)
    assert compose(item, evidence, request=request).startswith(lead or "Two of them")
