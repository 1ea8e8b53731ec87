"""`read_items`: fields, cleaning and rejected rows of catalogue files."""

import json
from pathlib import Path

import pytest

from shelftalker.data.catalog import Catalog, Item
from shelftalker.data.files import read_items
from tests.support.data_files import events_from, items_from, only_item, reasons


class TestItems:
    def test_every_field(self, tmp_path: Path) -> None:
        text = json.dumps(
            {
                "sku": "a1", "name": "Mug", "description": ["Holds tea.", "Blue."],
                "price": "$1,299.50", "img": "http://x/y.png", "lang": "en", "in_stock": "no",
                "brandName": "Acme", "weight_g": 300, "released": "2020-01-31", "fragile": True,
                "parts": "['body', 'handle']", "nothing": None,
            }
        )  # fmt: skip
        item = only_item(tmp_path, text, "a.jsonl")
        assert item == Item(
            id="a1", title="Mug", text="Holds tea. Blue.", price=1299.5, image="http://x/y.png",
            language="en", available=False,
            attributes={
                "brand_name": "Acme", "weight_g": 300, "released": "2020-01-31", "fragile": True,
                "parts": ("body", "handle"),
            },
        )  # fmt: skip

    def test_a_label_is_a_company_unless_it_says_who_clicked(self, tmp_path: Path) -> None:
        record = only_item(tmp_path, "id,title,label\na,Blue,Columbia\n")
        assert record.attributes == {"label": "Columbia"}
        assert only_item(tmp_path, "id,title,label\na,Blue,1\n").attributes == {}

    def test_a_brand_is_its_name_alone(self, tmp_path: Path) -> None:
        path = tmp_path / "a.csv"
        path.write_text("id,title,brand\n1,Card,by Halden\n2,Pen,Bybrook\n", encoding="utf-8")
        catalog = read_items(path).catalog
        assert [item.attributes["brand"] for item in catalog] == ["Halden", "Bybrook"]

    def test_episodes_are_grouped_by_their_series_and_books_are_not(self, tmp_path: Path) -> None:
        path = tmp_path / "a.csv"
        path.write_text("id,title,series_id,episode_number\n1,Pilot,s7,1\n2,Fog,s7,2\n")
        assert [item.group for item in read_items(path).catalog] == ["s7", "s7"]
        path.write_text("id,title,series_id,pages\n1,Dune,s7,400\n2,Dune Messiah,s7,300\n")
        assert [item.group for item in read_items(path).catalog] == [None, None]

    def test_a_path_of_categories_is_each_of_them(self, tmp_path: Path) -> None:
        path = tmp_path / "a.csv"
        path.write_text("id,title,category\n1,Phones,Electronics > Audio\n2,Cable,Electronics\n"
                        "3,Pan,Kitchen > Pans\n", encoding="utf-8")  # fmt: skip
        catalog = read_items(path).catalog
        assert catalog["1"].attributes["category"] == ("Electronics", "Audio")
        assert catalog["2"].attributes["category"] == ("Electronics",)

    @pytest.mark.parametrize(
        ("shown", "price"),
        [("$1.99", 1.99), ("1.299,00 €", 1299.0), ("1,299", 1299.0), ("12,5", 12.5), ("7", 7.0),
         ("$5 - $10", None), ("call us", None), ("-3", None), ("nan", None), ("1.2.3.4", 1234.0),
         (".99", 0.99), ("$.99", 0.99), (",50 €", 0.5), ("1e3", 1000.0), ("2.5E+2", 250.0),
         ("1e-3", None), (".", None)],
    )  # fmt: skip
    def test_prices(self, tmp_path: Path, shown: str, price: float | None) -> None:
        assert only_item(tmp_path, f"id\ttitle\tprice\n1\tMug\t{shown}\n").price == price

    def test_chinese_columns_are_known(self, tmp_path: Path) -> None:
        text = "商品编号,商品名称,价格,品牌,简介\n7,紫砂壶,260,宜兴坊,一把小壶。\n"
        item = only_item(tmp_path, text)
        assert (item.id, item.title, item.price, item.text) == ("7", "紫砂壶", 260, "一把小壶。")
        assert item.attributes == {"品牌": "宜兴坊"}
        log = events_from(tmp_path, "用户编号,商品编号,评分\nu,7,5\n").frame
        assert log.select("user", "item", "kind", "value").rows() == [("u", "7", "rating", 5.0)]

    def test_prices_not_understood_are_named_by_their_rows(self, tmp_path: Path) -> None:
        rows = "".join(f"{n},Mug,{'cheap' if n in (2, 5) else n}\n" for n in range(1, 7))
        notes = items_from(tmp_path, f"id,title,price\n{rows}").summary.notes
        assert notes == ["2 values of price not understood, left empty: 'cheap' … (rows 2, 5)"]
        rows = "".join(f"{n},Mug,cheap\n" for n in range(9))
        [note] = items_from(tmp_path, f"id,title,price\n{rows}").summary.notes
        assert note.endswith("(rows 1, 2, 3, 4, 5, …)")

    def test_the_end_of_a_tag_that_was_cut_is_no_part_of_a_title(self, tmp_path: Path) -> None:
        titles = ['Gel Pens" />', "Pens />", "Black/White", "A > B"]
        lines = "\n".join(json.dumps({"id": n, "title": t}) for n, t in enumerate(titles, 1))
        catalog = items_from(tmp_path, lines, "a.jsonl").catalog
        assert [item.title for item in catalog] == ["Gel Pens", "Pens", "Black/White", "A > B"]

    def test_a_title_that_is_no_text_is_refused(self, tmp_path: Path) -> None:
        titles = [{"en": "Heat"}, ["Heat"], "Heat", "[REC]", "{Proof}", "[1]"]
        lines = "\n".join(json.dumps({"id": n, "title": t}) for n, t in enumerate(titles, 1))
        read = items_from(tmp_path, lines, "a.jsonl")
        assert [item.title for item in read.catalog] == ["Heat", "[REC]", "{Proof}", "[1]"]
        assert reasons(read.rejects) == [
            (1, "title", "the title is an object, not text"),
            (2, "title", "the title is a list, not text"),
        ]

    @pytest.mark.parametrize(
        ("shown", "image"),
        [
            ("https://x/y.png?a=1&copy=2", "https://x/y.png?a=1&copy=2"),
            ("img/7.png", "img/7.png"),
            ('["http://x/1.png", "http://x/2.png"]', "http://x/1.png"),
            ("javascript:alert(1)", None),
        ],
    )
    def test_images(self, tmp_path: Path, shown: str, image: str | None) -> None:
        text = json.dumps({"id": "1", "title": "Mug", "image": shown})
        assert only_item(tmp_path, text, "a.jsonl").image == image

    def test_our_own_catalogue_file_comes_back_the_same(self, tmp_path: Path) -> None:
        items = [
            Item("1", "Mug", "Holds tea.", {"parts": ("a", "b"), "year": 1999}, 4.5, "m.png", "en"),
            Item("2", "Cup", available=False, attributes={"parts": ("c",)}),
        ]
        Catalog.of(items).frame.write_parquet(tmp_path / "catalog.parquet")
        assert list(read_items(tmp_path / "catalog.parquet").catalog) == items

    def test_text_is_made_plain(self, tmp_path: Path) -> None:
        dirty = (
            "<style>p {color: red}</style><p>Salt &amp; pepper</p><!-- hidden --> a < b"
            "\u202e\u200b\x07 &lt;script&gt;x&lt;/script&gt; caf\u0065\u0301\U000e0041"
        )
        text = json.dumps({"id": "1", "title": "  Salt\t<b>mill</b> ", "description": dirty})
        item = only_item(tmp_path, text, "a.jsonl")
        assert item.title == "Salt mill"
        assert item.text == "Salt & pepper a < b café"

    def test_lists_printed_with_loose_quotes(self, tmp_path: Path) -> None:
        text = json.dumps({"id": "1", "title": "Tape", "text": "['It's 12\" wide', 'Blue']"})
        assert only_item(tmp_path, text, "a.jsonl").text == "It's 12\" wide Blue"

    def test_what_differs_by_event_is_no_attribute(self, tmp_path: Path) -> None:
        text = "user,item_id,title,brand,comment\nu,1,Mug,Acme,good\nv,1,Mug,Acme,bad\n"
        read = items_from(tmp_path, text)
        assert list(read.catalog) == [Item("1", "Mug", attributes={"brand": "Acme"})]
        assert (read.summary.merged, read.summary.rejected) == (1, 0)

    def test_lone_surrogates_do_no_harm(self, tmp_path: Path) -> None:
        assert only_item(tmp_path, '{"id": "1", "title": "Mug \\ud800"}', "a.jsonl").title == "Mug"

    def test_year_leaves_the_title_where_titles_carry_one(self, tmp_path: Path) -> None:
        rows = "".join(f"{n},Film {n} ({1990 + n}),x\n" for n in range(9)) + "9,Babylon 5,x\n"
        catalog = items_from(tmp_path, f"movieId,title,genres\n{rows}").catalog
        assert (catalog["3"].title, catalog["3"].attributes["year"]) == ("Film 3", 1993)
        assert (catalog["9"].title, catalog["9"].attributes.get("year")) == ("Babylon 5", None)

    def test_one_year_among_titles_is_part_of_it(self, tmp_path: Path) -> None:
        catalog = items_from(tmp_path, "id,title\n1,Wonder (1984)\n2,Mug\n3,Cup\n").catalog
        assert catalog["1"].title == "Wonder (1984)"

    def test_numbers_with_leading_zeros_are_text(self, tmp_path: Path) -> None:
        assert only_item(tmp_path, "id,title,zip\n1,Mug,00501\n").attributes["zip"] == "00501"

    def test_map_names_unusual_columns(self, tmp_path: Path) -> None:
        text = "nr,was,wer\n1,Becher,Acme\n"
        read = items_from(tmp_path, text, id="nr", title="was", brand="wer")
        assert read.catalog["1"] == Item("1", "Becher", attributes={"brand": "Acme"})

    def test_links_are_left_out_and_said_so(self, tmp_path: Path) -> None:
        read = items_from(tmp_path, "id,title,page\n1,Mug,http://a.b/c\n")
        assert read.catalog["1"].attributes == {}
        assert any("page" in note for note in read.summary.notes)

    def test_refused_rows(self, tmp_path: Path) -> None:
        rows = ["1,Mug,x", "2,,x", ",Cup,x", "1,Jug,x", "nan,Pot,x", "5,NaN,x", "6,Pan",
                "7,Lid,x,y", "8,Tin," + "y" * 1_000_001, '9,"Urn,x', "10,Bin,x"]  # fmt: skip
        read = items_from(tmp_path, "id,title,text\n" + "\n".join(rows) + "\n")
        assert [item.title for item in read.catalog] == ["Mug", "Bin"]
        assert reasons(read.rejects) == [
            (2, "title", "no title"),
            (3, "id", "no id"),
            (4, "id", "the id was given before; the first row counts"),
            (5, "id", "no id"),
            (6, "title", "no title"),
            (7, None, "2 fields where the file has 3 columns"),
            (8, None, "4 fields where the file has 3 columns"),
            (9, "text", "a field of more than 1,000,000 characters"),
            (10, None, "a quote is opened and never closed"),
        ]
        assert (read.summary.rows_read, read.summary.kept, read.summary.rejected) == (11, 2, 9)

    def test_a_broken_json_line_costs_that_line(self, tmp_path: Path) -> None:
        text = '{"id": "1", "title": "Mug"}\n{"id": "2", "ti\n\n[3]\n{"id": "4", "title": "Cup"}\n'
        read = items_from(tmp_path, text, "a.jsonl")
        assert read.catalog.ids == ["1", "4"]
        assert reasons(read.rejects) == [
            (2, None, "not a JSON object"),
            (3, None, "not a JSON object"),
        ]

    def test_values_of_rejects_are_cut(self, tmp_path: Path) -> None:
        read = items_from(tmp_path, '{"id": "1", "title": "Mug"}\n{"broken' + "x" * 999, "a.jsonl")
        assert read.rejects["value"].str.len_chars().to_list() == [200]


@pytest.mark.parametrize(
    ("column", "written"),
    [
        ("published", '"Mon, 02 Mar 2026 08:00:00 GMT"'),
        ("published", "1772438400"),
        ("published_at", "2026-03-02T08:00:00+00:00"),
        ("pub_date", "2 March 2026"),
        ("发布时间", "2026年03月02日"),
    ],
)
def test_when_an_article_appeared_is_a_date(tmp_path: Path, column: str, written: str) -> None:
    item = only_item(tmp_path, f"id,headline,{column}\n1,Bridge opens,{written}\n")
    assert str(item.attributes[column])[:10] == "2026-03-02"


def test_years_stay_numbers_and_when_a_shop_listed_a_product_is_left_out(tmp_path: Path) -> None:
    text = "id,title,price,year,published_at\n1,Mug,9,1994.0,2026-03-02T08:00:00Z\n"
    assert only_item(tmp_path, text).attributes == {"year": 1994}
