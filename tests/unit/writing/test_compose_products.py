"""Template texts about products: long titles, details, brands, kinds and Chinese titles."""

from dataclasses import replace

import pytest

from shelftalker.data.catalog import Item
from shelftalker.data.events import Event
from shelftalker.data.filters import Filter
from shelftalker.data.values import title_details
from shelftalker.language.sentences import sentences_of
from shelftalker.types import Evidence, Nearness, Request
from shelftalker.writing.compose.composer import compose
from shelftalker.writing.evidence import choose_evidence
from shelftalker.writing.history import Past
from tests.support.verdicts import check
from tests.unit.writing.test_compose import ALBUM, CAN, HISTORY, combinations, evidence_of


def test_a_category_in_the_history_sentence_is_not_repeated() -> None:
    lamp = Item("8", "Desk Lamp", "", {"category": "Office", "brand": "Inkwell"}, price=9.0)
    other = Item("9", "Red Stapler", "", {"category": "Office", "brand": "Otto"})
    past = [Past(Event("u", "9", "like"), other)]
    evidence = [Evidence("", "history", "category", "Red Stapler"), *evidence_of(lamp)]
    for variant in range(6):
        text = compose(lamp, evidence, variant=variant, history=past)
        assert text.lower().count("office") <= 1
        assert text.startswith("A desk lamp from Inkwell")


def test_a_product_without_a_text_is_told_by_its_kind_maker_and_details() -> None:
    pens = Item("8", "Inkwell Gel Pens, Blue, 12 Count", "", {"brand": "Inkwell"})
    text = compose(pens, [Evidence("", "catalog", "brand", "Inkwell")])
    assert text == "Blue gel pens from Inkwell: 12 count."


MARKERS = [
    Item(str(n), f"Inkwell Felt Markers, Fine Tip, {colour}, {count} Count (IW{count}77)", "",
         {"brand": "Inkwell"})
    for n, (colour, count) in enumerate([("Black", 4), ("Green", 8)], 10)
]  # fmt: skip


@pytest.mark.parametrize("seed", range(3))
def test_of_two_titles_of_one_brand_the_other_is_named_with_what_tells_it_apart(seed: int) -> None:
    bought = [Past(Event("u", "10", "purchase"), MARKERS[0])]
    evidence = choose_evidence(MARKERS[1], [], bought, Request())
    text = compose(MARKERS[1], evidence, seed=seed, history=bought)
    black = "Inkwell Felt Markers, Fine Tip, Black"
    assert text == f"More felt markers, after the {black} you bought."


def test_a_tie_names_the_thing_without_the_name_of_its_series() -> None:
    red, blue = (
        Item(str(n), f"Inkwell Retro Pop Collection Fountain Pen, {colour}", "",
             {"brand": "Inkwell"})
        for n, colour in enumerate(["Red Barrel", "Blue Barrel"], 20)
    )  # fmt: skip
    bought = [Past(Event("u", "20", "purchase"), red)]
    text = compose(blue, choose_evidence(blue, [], bought, Request()), history=bought)
    assert text.startswith("Another fountain pen, after the ")


def test_title_details_are_listed_without_the_model_number() -> None:
    evidence = choose_evidence(MARKERS[0], [], [], Request())
    assert [e.value for e in evidence if e.field == "title"] == ["Fine Tip, Black, 4 Count"]
    assert compose(MARKERS[0], evidence) == "Black felt markers from Inkwell: fine tip, 4 count."
    assert not check("It is listed as Fine Tip, Green, 4 Count.", evidence, MARKERS[0])


TEAPOT = Item("12", "紫砂壶", "", {"品牌": "宜兴坊", "类型": "茶具", "产地": "宜兴"}, price=260.0)
MAT = Item("13", "Ms. Fit: Yoga Mat (Blue)", "", {"brand": "Ms. Fit"}, price=20.0)
SOAP = Item("14", "手工皂", "", {}, price=18.0)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("item", [TEAPOT, MAT, SOAP, ALBUM], ids=lambda item: item.title)
def test_a_text_names_its_item_whatever_the_titles_script(item: Item, language: str) -> None:
    for evidence, seed in combinations(item):
        text = compose(item, evidence, language, seed, history=HISTORY)
        assert item.title in text


def test_an_english_sentence_about_a_chinese_title_may_hold_chinese_names() -> None:
    for sentence in ("紫砂壶 is priced at 260.", "紫砂壶 is made by 宜兴坊."):
        assert check(sentence, [], TEAPOT)
    assert not check("紫砂壶 is 好 and priced at 260.", [], TEAPOT)
    assert "from 宜兴坊" in compose(TEAPOT, choose_evidence(TEAPOT, [], [], Request()))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_title_that_no_sentence_can_hold_comes_first_or_stands_above(language: str) -> None:
    card = Item("28", "Gift Card [Hallmark]", "", {"category": "Gifts"}, price=25.0)
    other = replace(card, id="29", title="Other Card")
    for history in ([], [Past(Event("u", "29", "purchase"), other)]):
        evidence = choose_evidence(card, [], history, Request(language=language))
        for seed in range(6):
            text = compose(card, evidence, language, seed, history=history)
            assert card.title in text or (language == "en" and text.startswith("More gifts"))


def test_a_short_title_is_used_whole() -> None:
    evidence = choose_evidence(MAT, [], [], Request())
    assert "title" not in {e.field for e in evidence}
    texts = {compose(MAT, evidence, seed=seed) for seed in range(9)}
    assert all(MAT.title in sentences_of(text)[0] for text in texts)
    other = replace(MAT, attributes={"brand": "Otto"})
    assert check("Ms. Fit: Yoga Mat is priced at 20.", [], other)
    assert not check("Ms. Fit is priced at 20.", [], other)


def test_a_model_number_may_be_left_out() -> None:
    pad = Item("26", "Ink Stamp Pad (ISP-100)", "", {"brand": "Otto"})
    text = compose(pad, choose_evidence(pad, [], [], Request()))
    assert text == "A stamp pad from Otto."


def test_a_brand_that_the_title_has_is_not_told_again() -> None:
    pens = Item("15", "Inkwell Felt Pens", "", {"brand": "Inkwell", "colour": "blue"}, price=9.0)
    text = compose(pens, choose_evidence(pens, [], [], Request()))
    assert text == "Felt pens from Inkwell: blue."


def test_a_request_for_another_kind_is_not_taken_for_met() -> None:
    for asked, told in (
        ("felt markers for school", "fine tip"),
        ("a stapler", "These are felt markers, not a stapler."),
        ("a label maker for the pantry", "These are felt markers, not a label maker."),
    ):
        request = Request(asked, asked.removeprefix("a "))
        evidence = choose_evidence(MARKERS[0], [], [], request)
        texts = {compose(MARKERS[0], evidence, request=request, seed=s) for s in range(4)}
        assert any(told in text for text in texts), texts


def test_a_word_of_the_title_that_is_not_its_kind_is_no_answer() -> None:
    cart = Item("43", "Halden 3-Drawer File Cart with Top, Black", "", {"brand": "Halden"})
    request = Request("organize my desk drawer", "organize my desk drawer")
    text = compose(cart, choose_evidence(cart, [], [], request), request=request)
    assert "drawer, as you asked" not in text.lower()
    assert "asked for a drawer" not in text


def test_a_films_title_is_not_cut() -> None:
    film = Item("44", "To Wong Foo, Thanks for Everything! Julie Newmar", "",
                {"genres": ("Comedy",), "director": "Ida Marsh"})  # fmt: skip
    assert film.title in compose(film, choose_evidence(film, [], [], Request()))


def test_the_model_that_the_text_names_is_told() -> None:
    printer = Item("40", "Halden Envoy 4520 Printer, White", "", {"brand": "Halden"})
    text = "Works with these printers: Envoy 4512, Envoy 4520 and Envoy 4523."
    ink = Item("41", "Halden 63 Black Cartridges, 2 Pack", text, {"brand": "Halden"})
    past = [Past(Event("u", "40", "view"), printer)]
    told = compose(ink, choose_evidence(ink, [], past, Request()), history=past)
    assert "Its description names the Envoy 4520 you viewed" in told
    other = replace(ink, text="Works with these printers: Envoy 4512 and Envoy 4523.")
    assert "4520 you" not in compose(other, choose_evidence(other, [], past, Request()),
                                     history=past)  # fmt: skip


def test_a_list_in_a_title_is_not_cut() -> None:
    title = "Halden 8-Sheet Micro-Cut Paper, CD, and Credit Card Shredder, Black"
    shredder = Item("42", title, "", {"brand": "Halden"})
    text = compose(shredder, choose_evidence(shredder, [], [], Request()))
    assert "Paper, CD, and Credit Card Shredder" in text


def test_a_value_with_a_negation_is_left_out() -> None:
    cards = [Item(n, f"Card {n}", "", {"category": ("No expiration, no fees", "Gifts")})
             for n in ("24", "25")]  # fmt: skip
    evidence = choose_evidence(cards[0], [], [Past(Event("u", "25", "like"), cards[1])], Request())
    assert all("No exp" not in e.value for e in evidence)


def test_title_details_are_listed_in_chinese_too() -> None:
    evidence = choose_evidence(MARKERS[0], [], [], Request(language="zh"))
    assert "，Fine Tip, Black, 4 Count。" in compose(MARKERS[0], evidence, "zh")


@pytest.mark.parametrize(
    ("message", "wish"), [("waterproof markers", "waterproof"), ("a gift for a cook", "cook")]
)
def test_a_word_beside_the_kind_asked_for_is_no_kind(message: str, wish: str) -> None:
    request = Request(message, wish)
    evidence = choose_evidence(MARKERS[0], [], [], request)
    text = compose(MARKERS[0], evidence, request=request)
    assert "Not " not in text
    assert ("A gift idea for a cook." in text) is ("gift" in message)


def test_a_list_in_brackets_is_one_detail() -> None:
    cubes = "Halden Packing Cubes, mesh top, 6 pcs (2 S, 2 M, 2 L)"
    assert title_details(cubes)[1:] == ["mesh top", "6 pcs"]


def test_a_department_and_lists_are_not_read_aloud() -> None:
    row = {"publisher": "Lantern", "category": "cooperative", "mechanics": ["bluff", "trade"]}
    game = Item("1", "Night Ferry", "", row)
    assert compose(game, choose_evidence(game, [], [], Request())) == "Night Ferry, from Lantern."
    plain = Item("2", "Night Ferry", "", {**row, "publisher": ""})
    assert compose(plain, choose_evidence(plain, [], [], Request())) == "Night Ferry."


@pytest.mark.parametrize(
    ("message", "text"),
    [
        ("warm and soft", "warm and soft"),  # adjectives name no kind
        ("a present for a child", "present for a child"),  # nor does an occasion
    ],
)
def test_what_names_no_kind_of_product_is_not_taken_for_one(message: str, text: str) -> None:
    mug = Item(
        "1", "Halden Enamel Mug", "A mug of enamelled steel for the camp fire.", {"brand": "Halden"}
    )
    request = Request(message, text)
    card = compose(mug, choose_evidence(mug, [], [], request), request=request)
    assert card.startswith(
        "A gift idea for a child." if "present" in message else "A mug of enamelled"
    )


def test_what_shall_not_be_in_an_item_is_told_where_its_row_is_silent() -> None:
    silent = Item("1", "Halden Enamel Mug", "A mug of steel.", {"brand": "Halden"})
    told = Item("2", "Halden Enamel Mug", "A mug of steel and lead, and heavy.", {})
    for message, avoid, said in (
        ("without lead, thanks to you all", "lead", "whether it is free of lead."),
        ("a mug, not heavy", "heavy", "whether it is heavy."),
    ):
        request = Request(message, "mug", avoid=avoid)
        card = compose(silent, choose_evidence(silent, [], [], request), request=request)
        assert said in card
        card = compose(told, choose_evidence(told, [], [], request), request=request)
        assert "whether" not in card.casefold()


def test_another_kind_is_told_only_where_the_title_shows_its_own() -> None:
    request = Request("a kettle", "kettle")
    pen = Item("1", "Halden Gel Pen", "Writes blue.", {"brand": "Halden"})
    card = compose(pen, choose_evidence(pen, [], [], request), request=request)
    assert "This is a gel pen, not a kettle." in card
    soap = Item("2", "Savon No. 7", "Soap in paper.", {"brand": "Savon"})
    card = compose(soap, choose_evidence(soap, [], [], request), request=request)
    assert card.startswith("This is not a kettle.")


def test_what_a_refill_is_for_is_not_what_it_is() -> None:
    refill = Item("81", "Otter Refill Ink for Liquid Gel Pen, Red", "Red ink.", {"brand": "Otter"})
    request = Request("a pen", "pen")
    assert "pen, as you asked" not in compose(
        refill, choose_evidence(refill, [], [], request), request=request
    )


@pytest.mark.parametrize("nearness", ["close", "near"])
def test_a_request_that_may_be_met_is_not_answered_by_the_brand_alone(nearness: Nearness) -> None:
    ink = Item("82", "Otter 62 Ink Cartridge", "Ink for the Otter Envy.", {"brand": "Otter"})
    message = "printer ink for an Otter Envy"
    request = Request(message, "printer ink Envy", (Filter("brand", "contains", "Otter"),))
    evidence = choose_evidence(ink, [], [], request, nearness=nearness)
    text = compose(ink, evidence, request=request)
    assert "Something from Otter" not in text
    assert "Perhaps" not in text


@pytest.mark.parametrize(
    "wish", ["discounted", "free shipping", "cheaper than last week", "with free shipping today"]
)
@pytest.mark.parametrize("nearness", ["close", "near", "far"])
def test_no_card_repeats_a_wish_for_an_offer(wish: str, nearness: Nearness) -> None:
    request = Request(f"a can, {wish}", wish)
    evidence = choose_evidence(CAN, [], [], request, nearness=nearness)
    text = compose(CAN, evidence, request=request)
    assert not {"discounted", "shipping", "cheaper"} & set(text.replace("“", " ").split())
    assert wish not in text


def test_a_shelf_that_makes_no_noun_is_named_as_it_is() -> None:
    kettle = Item("83", "Steel Kettle", "", {"category": "Kettles"})
    request = Request("kettles", "", (Filter("category", "contains", "Kettles"),))
    text = compose(kettle, choose_evidence(kettle, [], [], request), request=request)
    assert "an one" not in text.casefold()
    assert "kettles" in text.casefold()


def test_a_request_that_names_no_thing_is_put_in_quotes_once() -> None:
    mug = Item("1", "Halden Enamel Mug", "A mug that is warm and soft to the hand.",
               {"brand": "Halden"})  # fmt: skip
    request = Request("warm and soft", "warm and soft")
    evidence = choose_evidence(mug, [], [], request, nearness="close")
    for seed in range(6):
        card = compose(mug, evidence, request=request, seed=seed)
        assert "for for" not in card.casefold()
        assert card.count("“warm and soft”") <= 1
