"""Names of columns read word by word, and statuses of orders."""

from pathlib import Path

import pytest

from shelftalker.data.files.columns import classes_in, match_columns, vocabulary
from shelftalker.data.files.event_kinds import kind_of
from tests.support.data_files import events_from, items_from


@pytest.mark.parametrize(
    ("column", "field"),
    [
        ("Buyer Username", "user"),
        ("buyer-email", "user"),
        ("买家会员名", "user"),
        ("Artikel-Nr.", "item"),
        ("properties.product_id", "item"),
        ("Song Title", "title"),
        ("Sale Date", "time"),
        ("Event Start Timestamp", "time"),
        ("订单创建时间", "time"),
        ("Your Rating", "value"),
        ("购买数量", "quantity"),
    ],
)
def test_a_name_in_no_list_is_read_word_by_word(column: str, field: str) -> None:
    assert match_columns([column], vocabulary().event_fields, {}, "f.csv") == {field: column}


def test_a_name_with_an_unknown_word_is_no_field() -> None:
    for column in ("IMDb Rating", "Release Date", "Ship City", "Order Total"):
        assert not classes_in(column)
        assert match_columns([column], vocabulary().event_fields, {}, "f.csv") == {}


def test_a_kind_is_read_without_the_thing_that_it_is_about() -> None:
    kinds = [kind_of(word) for word in ("Product Viewed", "song played", "PLAY_END", "Order Total")]
    assert kinds == ["view", "play", "play", None]


def test_an_order_that_its_status_calls_off_is_left_out(tmp_path: Path) -> None:
    log = "Buyer Email,Item SKU,Quantity,Order Status\na@x.io,1,1,Shipped\na@x.io,1,1,Cancelled\n"
    read = events_from(tmp_path, log)
    assert read.frame.select("user", "item", "kind").rows() == [("a@x.io", "1", "purchase")]
    assert read.summary.left_out == 1


def test_of_a_log_only_what_is_surely_about_the_item_is_kept(tmp_path: Path) -> None:
    rows = [
        f"{user},{item},Thing {item},{'AB'[item % 2]},{'XY'[user % 2]},n{user}"
        for user in range(4)
        for item in range(4)
    ]
    log = "user,item,title,shelf,town,nick\n" + "\n".join(rows) + "\n"
    read = items_from(tmp_path, log)
    assert [dict(item.attributes) for item in read.catalog] == [{"shelf": s} for s in "ABAB"]


def test_lines_above_the_names_of_columns_are_left_out(tmp_path: Path) -> None:
    text = "Report of May\n\nid,title,brand\n1,Mug,Halden\n2,Tin,Norda\n"
    read = items_from(tmp_path, text)
    assert [item.id for item in read.catalog] == ["1", "2"]
    assert any("lines above" in note for note in read.summary.notes)
