"""Numbers of a column: one decimal mark for a file."""

from pathlib import Path

import pytest

from shelftalker.data.files import ReadOptions, read_items
from shelftalker.data.files.numbers import Marks, amount, marks_of
from tests.support.data_files import items_from


@pytest.mark.parametrize(
    ("values", "marks"),
    [
        (["1,5", "2.000"], Marks(",", True)),
        (["1.50", "2,000"], Marks(".", True)),
        (["1.299", "2.500"], Marks(".", False)),
        (["31.12.2025", "1.2.2025"], Marks(".", False)),
        (["1.234.567"], Marks(",", True)),
    ],
)
def test_the_decimal_mark_is_what_most_values_show(values: list[str], marks: Marks) -> None:
    assert marks_of([values]) == marks


def test_a_number_with_two_readings_is_read_as_its_file_writes_numbers() -> None:
    assert (amount("1.299", ","), amount("1.299", "."), amount("1,299", ".")) == (1299, 1.299, 1299)
    written = ("1 299,90 zł", "CHF 1'299.00", "USD 18.50")
    assert [amount(text) for text in written] == [1299.9, 1299, 18.5]


def test_prices_and_attributes_of_a_european_file(tmp_path: Path) -> None:
    text = "id;title;preis;gewicht_kg\n1;Mug;1.299;1,5\n2;Cup;12,50;0,25\n"
    first, second = items_from(tmp_path, text).catalog
    assert (first.price, second.price) == (1299, 12.5)
    assert (first.attributes["gewicht_kg"], second.attributes["gewicht_kg"]) == (1.5, 0.25)


def test_where_two_readings_fit_the_import_says_so_and_an_option_settles_it(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("id,title,price\n1,Mug,1.299\n2,Cup,2.500\n", encoding="utf-8")
    read = read_items(path)
    assert any("--decimal" in note for note in read.summary.notes)
    settled = read_items(path, ReadOptions(decimal=","))
    assert [item.price for item in settled.catalog] == [1299, 2500]
    assert not any("--decimal" in note for note in settled.summary.notes)
