"""What files can be read, what is cleaned, and what is refused.

Run: pytest tests/test_readers.py. Tests on real data are skipped where ../shared/data is absent.
"""

import gzip
import json
import random
import time
from pathlib import Path

import polars as pl
import pytest

from shelftalker.data.catalog import Catalog, Item
from shelftalker.data.files import EventsRead, ItemsRead, read_events, read_items
from shelftalker.errors import DataError
from tests.support import ROOT

DATA = next((p / "shared" / "data" for p in ROOT.parents if (p / "shared" / "data").is_dir()), None)
real_data = pytest.mark.skipif(DATA is None, reason="the development data sets are not here")


def items_from(tmp_path: Path, text: str, name: str = "items.csv", **field_map: str) -> ItemsRead:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return read_items(path, field_map)


def only_item(tmp_path: Path, text: str, name: str = "items.csv") -> Item:
    (item,) = items_from(tmp_path, text, name).catalog
    return item


def events_from(
    tmp_path: Path, text: str, known: list[str] | None = None, **field_map: str
) -> EventsRead:
    path = tmp_path / "events.csv"
    path.write_text(text, encoding="utf-8")
    return read_events([path], field_map, known)


def reasons(rejects: pl.DataFrame) -> list[tuple[int, str | None, str]]:
    return [(row, field, reason) for _, row, field, reason, _ in rejects.rows()]


CHINESE = ["三体", "活着", "围城", "平凡的世界", "百年孤独", "红楼梦", "西游记", "水浒传", "白鹿原",
           "骆驼祥子", "边城", "呐喊", "倾城之恋", "狼图腾"]  # fmt: skip
TRADITIONAL = ["紅樓夢", "水滸傳", "西遊記", "三國演義", "儒林外史", "聊齋誌異", "鏡花緣", "孽海花",
               "官場現形記", "老殘遊記", "兒女英雄傳", "封神演義"]  # fmt: skip
JAPANESE = ["吾輩は猫である", "坊っちゃん", "こころ", "雪国", "人間失格", "銀河鉄道の夜", "羅生門",
            "伊豆の踊子", "ノルウェイの森", "キッチン", "火花"]  # fmt: skip


class TestFormats:
    @pytest.mark.parametrize(
        ("name", "text"),
        [
            ("a.csv", "id,title,genres\n1,Heat,Crime|Drama\n2,Antz,Comedy\n"),
            ("a.tsv", "id\ttitle\tgenres\n1\tHeat\tCrime|Drama\n2\tAntz\tComedy\n"),
            ("a.csv", "id;title;genres\r\n1;Heat;Crime|Drama\r\n2;Antz;Comedy\r\n"),
            ("a.item", "item_id:token\ttitle:token_seq\tclass:token_seq\n"
                       "1\tHeat\tCrime Drama\n2\tAntz\tComedy\n"),
            ("m.dat", "1::Heat (1995)::Crime|Drama\n2::Antz (1998)::Comedy\n"),
            ("a.jsonl", '{"id": 1, "title": "Heat", "genres": ["Crime", "Drama"]}\n'
                        '{"id": 2, "title": "Antz", "genres": ["Comedy"]}\n'),
            ("a.json", '[{"id": 1, "title": "Heat", "genres": ["Crime", "Drama"]},\n'
                       ' {"id": 2, "title": "Antz", "genres": ["Comedy"]}]'),
            ("a.json", '{"1": {"title": "Heat", "genres": "Crime|Drama"},\n'
                       ' "2": {"title": "Antz", "genres": "Comedy"}}'),
            ("a.json", '{"1": {"title": "Heat", "genres": "Crime|Drama"}, '
                       '"2": {"title": "Antz", "genres": "Comedy"}}'),
            ("old.json", "{'id': '1', 'title': 'Heat', 'genres': ['Crime', 'Drama']}\n"
                         "{'id': '2', 'title': 'Antz', 'genres': ['Comedy']}\n"),
        ],
    )  # fmt: skip
    def test_one_catalogue_in_every_format(self, tmp_path: Path, name: str, text: str) -> None:
        catalog = items_from(tmp_path, text, name).catalog
        assert [item.title for item in catalog] == ["Heat", "Antz"]
        assert catalog["1"].attributes["genres"] == ("Crime", "Drama")
        assert catalog["2"].attributes["genres"] == ("Comedy",)

    def test_parquet_and_gzip(self, tmp_path: Path) -> None:
        frame = pl.DataFrame({"id": [1, 2], "title": ["Heat", "Antz"], "tags": [["a", "b"], []]})
        frame.write_parquet(tmp_path / "a.parquet")
        (tmp_path / "b.csv.gz").write_bytes(gzip.compress(b"id,title\n1,Heat\n"))
        assert read_items(tmp_path / "a.parquet").catalog["1"].attributes == {"tags": ("a", "b")}
        assert read_items(tmp_path / "b.csv.gz").catalog["1"].title == "Heat"

    def test_quoted_fields_hold_separators_and_line_breaks(self, tmp_path: Path) -> None:
        item = only_item(tmp_path, 'id,title,text\n1,"Good, Bad","He said ""no""\nand left"\n')
        assert (item.title, item.text) == ("Good, Bad", 'He said "no" and left')

    def test_tab_files_keep_loose_quotes(self, tmp_path: Path) -> None:
        text = 'id\ttitle\n1\t"Weird Al" live\n2\tThe 12" mix\n'
        catalog = items_from(tmp_path, text, "a.tsv").catalog
        assert [item.title for item in catalog] == ['"Weird Al" live', 'The 12" mix']

    def test_a_broken_row_does_not_hide_what_a_file_without_header_is(self, tmp_path: Path) -> None:
        good = "".join(f"N{n}\tsports\tgolf\tTitle {n}\tText\thttp://x\t[]\t[]\n" for n in range(9))
        read = items_from(tmp_path, "N77\tsports\n" + good, "news.tsv")
        assert (len(read.catalog), len(read.rejects)) == (9, 1)

    def test_other_encodings_are_read_and_noted(self, tmp_path: Path) -> None:
        path = tmp_path / "latin.csv"
        path.write_bytes("id,title\n1,Amélie\n".encode("latin-1") + "2,Šíleně\n".encode())
        read = read_items(path)
        assert [item.title for item in read.catalog] == ["Amélie", "Šíleně"]
        assert any("Windows-1252" in note for note in read.summary.notes)
        path.write_bytes("id,title\n1,Amélie\n".encode("utf-16"))
        assert read_items(path).catalog["1"].title == "Amélie"

    @pytest.mark.parametrize(
        ("encoding", "said", "titles"),
        [
            ("gbk", "GB18030", CHINESE),
            ("gb18030", "GB18030", [*CHINESE, "𠮷野家的牛肉饭"]),
            ("big5", "Big5", TRADITIONAL),
            ("shift_jis", "Shift-JIS", JAPANESE),
            ("cp1251", "Windows-1251", ["Мастер и Маргарита", "Война и мир", "Двенадцать стульев"]),
        ],
    )
    def test_what_other_programs_write_is_told_by_its_text(
        self, tmp_path: Path, encoding: str, said: str, titles: list[str]
    ) -> None:
        rows = "".join(f"{n},{title},{n}\n" for n, title in enumerate(titles))
        path = tmp_path / "items.csv"
        path.write_bytes(f"id,title,price\n{rows}".encode(encoding))
        read = read_items(path)
        assert [item.title for item in read.catalog] == titles
        assert any(f"read as {said}" in note for note in read.summary.notes)

    @pytest.mark.parametrize("encoding", ["gbk", "big5", "shift_jis"])
    def test_too_little_text_to_tell_is_refused(self, tmp_path: Path, encoding: str) -> None:
        path = tmp_path / "items.csv"
        path.write_bytes("id,title\n1,Mug\n2,雪山\n3,人生\n".encode(encoding))
        with pytest.raises(
            DataError, match=r"items\.csv is not UTF-8.*convert it.*iconv -f GB18030"
        ):
            read_items(path)

    def test_accents_are_no_chinese(self, tmp_path: Path) -> None:
        titles = ["L'été meurtrier", "À bout de souffle", "Große Töpfe", "“Niño”", "£5 – café"] * 9
        path = tmp_path / "items.csv"
        rows = "".join(f"{n},{title}\n" for n, title in enumerate(titles))
        path.write_bytes(f"id,title\n{rows}".encode("cp1252"))
        assert [item.title for item in read_items(path).catalog] == titles

    @pytest.mark.parametrize(
        ("name", "content"),
        [
            ("a.parquet", b"this is no parquet"),
            ("a.parquet", b"<html>\n<body>Not found</body>\n</html>"),
            ("a.csv.gz", b"<html>\n<body>Not found</body>\n</html>"),
            ("a.gz", b"hello world"),
        ],
    )
    def test_a_text_under_the_name_of_another_kind(
        self, tmp_path: Path, name: str, content: bytes
    ) -> None:
        path = tmp_path / name
        path.write_bytes(content)
        with pytest.raises(DataError, match=rf"{name} is a damaged (gzip|Parquet) file, or none"):
            read_items(path)
        path.write_bytes(b"id,title\n1,Mug\n")  # unpacked on its way, and kept its name
        assert read_items(path).catalog["1"].title == "Mug"


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


class TestUnusableFiles:
    def test_a_missing_column_is_named_with_what_there_is(self, tmp_path: Path) -> None:
        with pytest.raises(DataError, match=r"no column for title.*id, label_de.*--map title="):
            items_from(tmp_path, "id,label_de\n1,Becher\n")
        with pytest.raises(DataError, match=r"no column for user.*who, item_id.*--map user=COLUMN"):
            events_from(tmp_path, "who,item_id\n1,2\n")

    def test_a_map_to_a_column_that_is_not_there(self, tmp_path: Path) -> None:
        with pytest.raises(DataError, match=r"no column 'nam', which --map title=nam.*id, name"):
            items_from(tmp_path, "id,name\n1,Mug\n", title="nam")

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            (b"", "is empty"),
            (b"  \n\n", "is empty"),
            (b"id,title\n", "a header and no rows; its columns are id, title"),
            (bytes(range(256)) * 9, "binary"),
            (b"\x89PNG\r\n\x1a\n" + b"a" * 500, "binary"),
            (b"PK\x03\x04" + b"a" * 500, "binary"),
            (b"PAR1" + b"a" * 500, "damaged Parquet"),
            # A fixed time: both workers must give the test one name.
            (gzip.compress(b"id,title\n1,Mug\n" * 99, mtime=0)[:-20], "damaged gzip"),
            (b'[{"id": 1, "title": ', "not valid JSON"),
            (b"[]", "no rows"),
        ],
    )
    def test_one_clear_sentence(self, tmp_path: Path, content: bytes, message: str) -> None:
        path = tmp_path / "items.csv" if not content.startswith(b"[") else tmp_path / "items.json"
        path.write_bytes(content)
        with pytest.raises(DataError, match=message):
            read_items(path)

    def test_a_path_that_does_not_exist(self, tmp_path: Path) -> None:
        with pytest.raises(DataError, match="No such file"):
            read_items(tmp_path / "none.csv")

    @pytest.mark.parametrize("seed", range(60))
    def test_garbage_never_raises_anything_else(self, tmp_path: Path, seed: int) -> None:
        """Valid files with bytes overwritten, cut out and doubled, as items and as events."""
        draw = random.Random(seed)
        content = bytearray(
            draw.choice(
                [
                    b"id,title,user,item,rating,time\n"
                    + b'1,"Mug, blue",u1,1,4.5,2020-01-01\n' * 40,
                    b'{"id": "1", "title": "Mug", "user": "u", "item": "1", "rating": 3}\n' * 30,
                    b"id\ttitle\tuser\titem\tprice\n" + b'1\t"Mug\tu\t1\t$1.99\n' * 30,
                ]
            )
        )
        for _ in range(draw.randint(1, 40)):
            place = draw.randrange(len(content))
            match draw.randrange(3):
                case 0:
                    content[place] = draw.choice(b'\x00\xff"\n\t,{}[]\\\r5')
                case 1:
                    del content[place : place + draw.randint(1, 30)]
                case 2:
                    content[place:place] = content[place : place + draw.randint(1, 99)]
        path = tmp_path / "garbage.txt"
        path.write_bytes(bytes(content))
        for reader in ("items", "events"):
            try:
                read = read_items(path) if reader == "items" else read_events([path])
            except DataError:
                continue
            summary = read.summary
            assert summary.rows_read == summary.kept + summary.merged + summary.rejected


class TestEvents:
    @pytest.mark.parametrize(
        ("ratings", "stars"),
        [
            (["0.5", "3", "5"], [0.5, 3, 5]),
            (["1", "4", "5"], [1, 4, 5]),
            (["1", "7", "10"], [0.5, 3.5, 5]),
            (["20", "60", "100"], [1, 3, 5]),
        ],
    )
    def test_ratings_are_scaled_to_five_stars(
        self, tmp_path: Path, ratings: list[str], stars: list[float]
    ) -> None:
        rows = "".join(f"u,{n},{rating}\n" for n, rating in enumerate(ratings))
        frame = events_from(tmp_path, f"user_id,item_id,rating\n{rows}").frame
        assert frame["kind"].to_list() == ["rating"] * 3
        assert frame["value"].to_list() == stars

    def test_one_slip_does_not_change_the_scale(self, tmp_path: Path) -> None:
        rows = "u,1,4\n" * 200 + "u,1,44\n"
        read = events_from(tmp_path, f"user,item,rating\n{rows}")
        assert set(read.frame["value"]) == {4.0}
        assert reasons(read.rejects)[0][:2] == (201, "value")

    @pytest.mark.parametrize(
        ("written", "seconds"),
        [
            ("881250949", 881250949),
            ("881250949.5", 881250949.5),
            ("1529193600000", 1529193600),
            ("1529193600000000", 1529193600),
            ("2018-06-17", 1529193600),
            ("2018-06-17T00:00:01Z", 1529193601),
            ("2018-06-17 00:00:01.5", 1529193601.5),
            ("2018-06-17T02:00:00+02:00", 1529193600),
            ("6/17/2018 1:00:00 AM", 1529197200),
            ("06 17, 2018", 1529193600),
        ],
    )
    def test_times_become_unix_seconds(self, tmp_path: Path, written: str, seconds: float) -> None:
        read = events_from(tmp_path, f"user\titem\ttime\nu\t1\t{written}\n")
        assert read.frame["time"].to_list() == [seconds]

    def test_without_time_the_order_of_rows_is_kept(self, tmp_path: Path) -> None:
        read = events_from(tmp_path, "user,item\nu,3\nu,1\nu,2\n")
        assert read.frame.sort("time")["item"].to_list() == ["3", "1", "2"]
        assert any("no time" in note for note in read.summary.notes)

    @pytest.mark.parametrize(
        ("column", "cell", "kind"),
        [
            ("weight", "13883", "play"),
            ("liked", "1", "like"),
            ("liked", "0", "dislike"),
            ("clicked", "1", "click"),
            ("clicked", "0", "skip"),
            ("rating", "3", "rating"),
            ("event", "transaction", "purchase"),
            ("event", "Page View", "view"),
        ],
    )
    def test_kinds(self, tmp_path: Path, column: str, cell: str, kind: str) -> None:
        read = events_from(tmp_path, f"user,item,{column}\nu,1,{cell}\n")
        assert read.frame["kind"].to_list() == [kind]

    def test_a_kind_for_all_rows(self, tmp_path: Path) -> None:
        text = "user,item\nu,1\n"
        assert events_from(tmp_path, text).frame["kind"].to_list() == ["view"]
        assert events_from(tmp_path, text, kind="purchase").frame["kind"].to_list() == ["purchase"]

    def test_refused_rows(self, tmp_path: Path) -> None:
        future = int(time.time()) + 10 * 86_400
        rows = ["u,1,4,100", ",1,4,100", "u,,4,100", "u,99,4,100", "u,1,x,100", "u,1,,100",
                "u,1,4,soon", f"u,1,4,{future}", "u,1,4,-5", "u,1,inf,100", "u,1,4"]  # fmt: skip
        read = events_from(tmp_path, "user,item,rating,time\n" + "\n".join(rows), ["1", "2"])
        assert read.frame.rows() == [("u", "1", "rating", 4.0, 100.0)]
        assert sorted(reasons(read.rejects)) == [
            (2, "user", "no user"),
            (3, "item", "no item"),
            (4, "item", "the catalogue has no item of this id"),
            (5, "value", "not a number"),
            (6, "value", "a rating without a number"),
            (7, "time", "not a time; use Unix seconds or ISO 8601"),
            (8, "time", "in the future"),
            (9, "time", "before 1970"),
            (10, "value", "not a number"),
            (11, None, "3 fields where the file has 4 columns"),
        ]
        assert dict(read.rejects.select("row", "value").rows())[4] == "99"

    def test_ids_that_a_float_column_has_spoilt(self, tmp_path: Path) -> None:
        read = events_from(tmp_path, "user,item\nu,1.0\nu,2.0\n", ["1", "2"])
        assert read.frame["item"].to_list() == ["1", "2"]

    def test_a_type_column_of_something_else_is_no_kind(self, tmp_path: Path) -> None:
        read = events_from(tmp_path, "user,item,type,rating\nu,1,film,4\nu,2,series,5\n")
        assert read.frame["kind"].to_list() == ["rating", "rating"]

    def test_kinds_unknown_are_refused(self, tmp_path: Path) -> None:
        read = events_from(tmp_path, "user,item,event\nu,1,view\nu,1,teleport\n")
        assert len(read.frame) == 1
        assert read.rejects["value"].to_list() == ["teleport"]

    def test_several_files_follow_each_other(self, tmp_path: Path) -> None:
        for name in ("train.csv", "test.csv"):
            (tmp_path / name).write_text(f"user,item\n{name},1\n", encoding="utf-8")
        read = read_events([tmp_path / "train.csv", tmp_path / "test.csv"])
        assert read.frame.sort("time")["user"].to_list() == ["train.csv", "test.csv"]


@real_data
class TestRealFiles:
    """Counts are those that the data sets' own descriptions state."""

    @pytest.mark.parametrize(
        ("items", "events", "n_items", "n_events", "kinds"),
        [
            ("movies-ml-latest-small/movies.csv.gz", "movies-ml-latest-small/ratings.csv.gz",
             9742, 100836, {"rating"}),
            ("movies-ml100k/ml-100k.item", "movies-ml100k/ml-100k.inter.gz",
             1682, 100000, {"rating"}),
            ("ecom-amazon-office/Office_Products.item.json.gz", "ecom-amazon-office/sequences.csv",
             3459, 22447, {"view"}),
            ("ecom-amazon-giftcards-5core/meta.jsonl.gz",
             "ecom-amazon-giftcards-5core/reviews.jsonl.gz", 1547, 2972, {"rating"}),
            ("music-lastfm-hetrec2011/artists.dat.gz",
             "music-lastfm-hetrec2011/user_artists.dat.gz", 17632, 92834, {"play"}),
            ("books-bookcrossing-tallrec/items.csv.gz",
             "books-bookcrossing-tallrec/interactions.csv.gz", 25201, 39850, {"like", "dislike"}),
        ],
    )  # fmt: skip
    def test_as_they_lie(
        self, items: str, events: str, n_items: int, n_events: int, kinds: set[str]
    ) -> None:
        assert DATA
        read = read_items(DATA / items)
        log = read_events([DATA / events], known_items=read.catalog.ids)
        assert (len(read.catalog), len(read.rejects)) == (n_items, 0)
        assert (len(log.frame), len(log.rejects)) == (n_events, 0)
        assert set(log.frame["kind"]) == kinds

    def test_movielens(self) -> None:
        assert DATA
        item = read_items(DATA / "movies-ml100k/ml-100k.item").catalog["1"]
        assert item.title == "Toy Story"
        assert item.attributes == {"year": 1995, "genres": ("Animation", "Children's", "Comedy")}

    def test_office_descriptions_hold_no_markup(self) -> None:
        assert DATA
        catalog = read_items(DATA / "ecom-amazon-office/Office_Products.item.json.gz").catalog
        texts = [item.text for item in catalog]
        assert not any("<!--" in text or text.startswith(("['", '["')) for text in texts)
        assert catalog["1"].text == "An Amazon Brand."
        assert sum(map(bool, texts)) / len(texts) > 0.9

    def test_mind(self) -> None:
        assert DATA
        news = read_items(DATA / "news-mind-small-sample/news.tsv.gz").catalog
        log = read_events([DATA / "news-mind-small-sample/behaviors.tsv.gz"], known_items=news.ids)
        assert len(news) == 2000
        assert news["N16278"].attributes["category"] == "sports"
        assert news["N16278"].attributes["title_entities"] == (
            "Marine Corps Marathon",
            "Silver Spring, Maryland",
        )
        assert set(log.frame["kind"]) == {"click", "skip"}
        assert log.summary.rows_read == len(log.frame) + len(log.rejects)
        assert log.frame["user"].n_unique() > 1000

    def test_bing_news_gives_items_and_events_from_one_file(self) -> None:
        assert DATA
        paths = [DATA / "news-bing-dkn" / name for name in ("raw_train.txt.gz", "raw_test.txt")]
        catalogs = [read_items(path).catalog for path in paths]
        catalog = catalogs[0].upserted(catalogs[1])
        log = read_events(paths, known_items=catalog.ids)
        assert len(catalog) == 9075
        assert dict(log.frame["kind"].value_counts().rows()) == {"click": 6576, "skip": 4287}
        first = next(iter(catalog))
        assert (first.title, first.attributes) == (
            "tautog bite coming strong",
            {"entities": ("Tautog",)},
        )
