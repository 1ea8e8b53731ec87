"""`read_times`: one order of day and month for a column of dates."""

import datetime

import polars as pl
import pytest

from shelftalker.data.files.times import read_times

DAYS = [(2026, 3, 1), (2026, 3, 4), (2026, 4, 12), (2026, 4, 25), (2026, 5, 31)]


def days(texts: list[str], **options: object) -> list[str | None]:
    seconds = read_times(pl.Series(texts), **options)[0].to_list()  # type: ignore[arg-type]
    utc = datetime.UTC
    return [None if s is None else str(datetime.datetime.fromtimestamp(s, utc)) for s in seconds]


@pytest.mark.parametrize(
    "written",
    ["%d/%m/%Y", "%d.%m.%Y %H:%M", "%d-%m-%Y", "%d/%m/%y", "%m/%d/%Y", "%m/%d/%y %I:%M %p",
     "%d %b %Y", "%Y%m%d", "%Y%m%d%H%M%S", "%Y-%m-%dT%H:%M:%SZ", "%Y/%m/%d", "%Y年%m月%d日",
     "%a, %d %b %Y %H:%M:%S +0000", "%b %d, %Y %I:%M %p", "%B %d, %Y at %I:%M:%S %p"],
)  # fmt: skip
def test_a_day_stays_the_same_day_however_it_is_written(written: str) -> None:
    texts = [datetime.datetime(*day, 17, 45, 10).strftime(written) for day in DAYS]
    assert [(day or "")[:10] for day in days(texts)] == [str(datetime.date(*day)) for day in DAYS]


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("2026-05-01 10:00:00 -0400", "2026-05-01 14:00:00+00:00"),
        ("12. März 2026", "2026-03-12 00:00:00+00:00"),
        ("3 août 2015", "2015-08-03 00:00:00+00:00"),
        ("soon", None),
        ("32/13/2020", None),
        ("Season 3", None),
    ],
)
def test_zones_and_months_in_words(text: str, read: str | None) -> None:
    assert days([text]) == [read]


def test_where_both_orders_fit_it_is_said_which_one_was_taken() -> None:
    texts = ["05/06/2026", "03/02/2026", "01/09/2026"]
    _, note = read_times(pl.Series(texts))
    assert "read with the month first" in note
    assert "--dates" in note
    assert days(texts, order="dmy")[0] == "2026-06-05 00:00:00+00:00"
    assert "read with the day first" in read_times(pl.Series(texts), comma=True)[1]


def test_the_order_in_which_a_log_is_sorted_decides() -> None:
    assert days(["03/01/2026", "04/01/2026", "01/02/2026"])[0] == "2026-01-03 00:00:00+00:00"


def test_dates_that_fit_only_the_other_order_are_no_times() -> None:
    seconds, note = read_times(pl.Series(["25/03/2026", "26/03/2026", "03/27/2026"]))
    assert seconds.null_count() == 1
    assert "cannot be read" in note


def test_day_numbers_of_a_spreadsheet() -> None:
    assert days(["45292", "45300.5"]) == ["2024-01-01 00:00:00+00:00", "2024-01-09 12:00:00+00:00"]
