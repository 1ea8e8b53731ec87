"""Formats, separators and encodings of the files read."""

import gzip
import zipfile
from pathlib import Path

import polars as pl
import pytest

from shelftalker.data.files import read_items
from shelftalker.data.files.delimited import REGULAR_SIZE
from shelftalker.errors import DataError
from tests.support.data_files import items_from, only_item, reasons

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

    def test_a_zip_archive_of_one_file_is_that_file(self, tmp_path: Path) -> None:
        path = tmp_path / "a.zip"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("items.csv", "id,title\n1,Heat\n")
        assert read_items(path).catalog["1"].title == "Heat"
        with zipfile.ZipFile(path, "a") as archive:
            archive.writestr("more.csv", "id,title\n2,Antz\n")
        with pytest.raises(DataError, match=r"2 files \(items\.csv, more\.csv\); unpack it"):
            read_items(path)

    def test_a_large_regular_file_is_read_as_a_small_one(self, tmp_path: Path) -> None:
        rows = [f"{n},Film {n},{'' if n % 2 else 'Crime'}" for n in range(60_000)]
        text = "id,title,genre\n" + "\n".join(rows) + "\n"
        assert len(text) > REGULAR_SIZE
        large = items_from(tmp_path, text).catalog
        small = items_from(tmp_path, "id,title,genre\n" + "\n".join(rows[:9])).catalog
        assert large.frame[:9].equals(small.frame)
        assert len(large) == 60_000
        read = items_from(tmp_path, text + "60000,Broken\n")
        assert (len(read.catalog), reasons(read.rejects)) == (
            60_000,
            [(60_001, None, "2 fields where the file has 3 columns")],
        )

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
