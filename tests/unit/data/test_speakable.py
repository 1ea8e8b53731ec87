"""What an import never keeps: columns about people, and columns of the shop's own work."""

import json
from pathlib import Path

import pytest

from shelftalker.data.files.speakable import not_to_say
from tests.support.data_files import items_from


@pytest.mark.parametrize(
    "column",
    ["Email", "customer_name", "Billing City", "ip_addr_decrypted", "Telefon", "First Name",
     "user_agent", "conn_country", "shipping_address", "Kundennummer (Kunde)", "date_of_birth dob"],
)  # fmt: skip
def test_a_name_that_says_person_is_about_people(column: str) -> None:
    assert not_to_say(column, ["x"], beside_events=False) == "people"


@pytest.mark.parametrize(
    "column",
    ["Inventory Qty", "barcode", "SEO Title", "cost_price", "internal_notes", "Lagerbestand",
     "meta_description", "supplier", "gtin", "Variant Compare At Price"],
)  # fmt: skip
def test_a_column_of_the_shops_own_work(column: str) -> None:
    assert not_to_say(column, ["x"], beside_events=False) == "inner"


@pytest.mark.parametrize(
    "column",
    ["brand", "country_of_origin", "author", "user_score", "platform", "stockings_size", "artist",
     "weight_g", "released", "cast", "age_rating", "city", "fragrance_notes", "customer_rating"],
)  # fmt: skip
def test_what_is_about_the_item_may_be_said(column: str) -> None:
    assert not_to_say(column, ["x"], beside_events=False) is None


def test_values_tell_too() -> None:
    assert not_to_say("contact", ["ann@shop.example", "bob@shop.example"], False) == "people"
    assert not_to_say("seen_from", ["10.0.0.1", "10.0.0.2"], False) == "people"
    assert not_to_say("version", ["1.2.3", "1.2.4"], False) is None


def test_in_a_log_what_changes_with_the_person_is_theirs(tmp_path: Path) -> None:
    rows = "".join(
        f"u{user},{item},Thing {item},{'red' if item % 2 else 'blue'},{'gold' if user else 'new'}\n"
        for user in (0, 1)
        for item in range(4)
    )
    read = items_from(tmp_path, f"user,item_id,title,colour,loyalty\n{rows}")
    assert [set(item.attributes) for item in read.catalog] == [{"colour"}] * 4
    assert any("about people" in note and "loyalty" in note for note in read.summary.notes)


def test_an_order_gives_no_attributes_of_its_items(tmp_path: Path) -> None:
    text = "sku,name,colour,qty,order date,customer email\n1,Mug,red,2,2026-05-01,a@x.example\n"
    [item] = items_from(tmp_path, text).catalog
    assert set(item.attributes) == {"colour"}


def test_no_value_of_a_person_is_in_a_catalogue(tmp_path: Path) -> None:
    people = {"email": "ann@x.example", "ip": "81.2.3.4", "customer_city": "Ghent", "Phone": "0470"}
    text = json.dumps({"id": "1", "title": "Mug", "brand": "Halden", **people})
    catalog = items_from(tmp_path, text, "a.jsonl").catalog
    catalog.frame.write_parquet(tmp_path / "catalog.parquet", compression="uncompressed")
    written = (tmp_path / "catalog.parquet").read_bytes()
    assert b"Halden" in written
    assert [value for value in people.values() if value.encode() in written] == []
