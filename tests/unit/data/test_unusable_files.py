"""Files that cannot be read: one clear error each."""

import gzip
import random
from pathlib import Path

import pytest

from shelftalker.data.files import read_events, read_items
from shelftalker.errors import DataError
from tests.support.data_files import NUMBERED, events_from, items_from


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
                read = read_items(path) if reader == "items" else read_events([path], NUMBERED)
            except DataError:
                continue
            summary = read.summary
            assert summary.rows_read == summary.kept + summary.merged + summary.rejected
