"""`read_events`: ratings, times, kinds and rejected rows of interaction files."""

import time
from pathlib import Path

import pytest

from shelftalker.data.catalog import Catalog, Item
from shelftalker.data.files import KnownItems, read_events
from shelftalker.errors import DataError
from tests.support.data_files import NUMBERED, events_from, reasons


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

    def test_columns_that_may_hold_kind_and_time_are_named(self, tmp_path: Path) -> None:
        log = "buyer,sku,deed,moment\nu,1,purchase,2026-05-01\n"
        notes = events_from(tmp_path, log).summary.notes
        asked = "if deed or moment has it, give --map {0}=COLUMN"
        for name in ("kind", "time"):
            assert f"no column for {name}; {asked.format(name)}" in notes
        mapped = events_from(tmp_path, log, kind="deed", time="moment")
        assert not [note for note in mapped.summary.notes if "no column" in note]

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

    @pytest.mark.parametrize(
        ("column", "kind", "grades"),
        [
            ("percent_complete", "watched", {"5": "skip", "30": "view", "97": "play", "": "play"}),
            ("time_on_page", "view", {"2": "skip", "40": "view", "": "view"}),
            ("dwell_ms", "view", {"2000": "skip", "40000": "view"}),
            ("dwell_ms", "purchase", {"2000": "purchase"}),
        ],
    )
    def test_how_far_somebody_went_grades_an_event(
        self, tmp_path: Path, column: str, kind: str, grades: dict[str, str]
    ) -> None:
        rows = "".join(f"u,{n},{kind},{cell}\n" for n, cell in enumerate(grades))
        read = events_from(tmp_path, f"user,item,event,{column}\n{rows}")
        assert read.frame["kind"].to_list() == list(grades.values())
        assert any(note.startswith(f"column {column}: 1 of ") for note in read.summary.notes) == (
            kind != "purchase"
        )

    def test_a_kind_for_all_rows(self, tmp_path: Path) -> None:
        text = "user,item\nu,1\n"
        assert events_from(tmp_path, text).frame["kind"].to_list() == ["view"]
        assert events_from(tmp_path, text, kind="purchase").frame["kind"].to_list() == ["purchase"]

    def test_refused_rows(self, tmp_path: Path) -> None:
        future = int(time.time()) + 10 * 86_400
        rows = ["u,1,4,100", ",1,4,100", "u,,4,100", "u,99,4,100", "u,1,x,100", "u,1,good,100",
                "u,1,4,soon", f"u,1,4,{future}", "u,1,4,-5", "u,1,inf,100", "u,1,4"]  # fmt: skip
        read = events_from(
            tmp_path, "user,item,rating,time\n" + "\n".join(rows), KnownItems(["1", "2"])
        )
        assert read.frame.rows() == [("u", "1", "rating", 4.0, 100.0)]
        assert sorted(reasons(read.rejects)) == [
            (2, "user", "no user"),
            (3, "item", "no item"),
            (4, "item", "the catalogue has no item of this id"),
            (5, "value", "not a number"),
            (6, "value", "not a number"),
            (7, "time", "not a time; use Unix seconds or ISO 8601"),
            (8, "time", "in the future"),
            (9, "time", "before 1970"),
            (10, "value", "not a number"),
            (11, None, "3 fields where the file has 4 columns"),
        ]
        assert dict(read.rejects.select("row", "value").rows())[4] == "99"

    def test_what_is_not_rated_is_no_rating(self, tmp_path: Path) -> None:
        read = events_from(tmp_path, "user,item,rating\nu,1,4\nu,2,\nu,3,0\nu,4,3\n")
        assert read.frame.select("kind", "value").rows() == [
            ("rating", 4.0), ("view", None), ("view", None), ("rating", 3.0),
        ]  # fmt: skip
        assert len([note for note in read.summary.notes if "without a rating" in note]) == 2

    def test_ids_that_a_float_column_has_spoilt(self, tmp_path: Path) -> None:
        read = events_from(tmp_path, "user,item\nu,1.0\nu,2.0\n")
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
        read = read_events([tmp_path / "train.csv", tmp_path / "test.csv"], NUMBERED)
        assert read.frame.sort("time")["user"].to_list() == ["train.csv", "test.csv"]


class TestTheColumnOfTheItem:
    """A log often calls it by a name that is in no list."""

    ROWS = "".join(f"{user},t{n},purchase\n" for n in range(3) for user in ("ann", "bo"))

    @pytest.mark.parametrize("name", ["thing_bought", "what", "product"])
    def test_it_is_known_by_its_values(self, tmp_path: Path, name: str) -> None:
        text = f"customer,{name},event\n{self.ROWS}"
        read = events_from(tmp_path, text, known=KnownItems(["t0", "t1", "t2", "t9"]))
        assert read.frame["item"].to_list() == ["t0", "t0", "t1", "t1", "t2", "t2"]
        assert any(f"'{name}' is read as the item" in note for note in read.summary.notes)

    def test_a_product_may_be_a_title(self, tmp_path: Path) -> None:
        catalog = Catalog.of([Item("t0", "Glass Teapot"), Item("t1", "Bamboo Whisk")])
        known = KnownItems(catalog.ids, catalogs=[catalog])
        text = "customer,product,event\nann,Bamboo Whisk,view\nbo,Glass Teapot,view\n"
        read = events_from(tmp_path, text, known=known)
        assert read.frame["item"].to_list() == ["t1", "t0"]

    def test_a_log_without_any_is_refused_in_one_sentence(self, tmp_path: Path) -> None:
        with pytest.raises(DataError, match="no column for item; its columns are customer, shop"):
            events_from(
                tmp_path, "customer,shop,event\nann,x,view\nbo,y,view\n", known=KnownItems(["t0"])
            )
