"""Times of a column as Unix seconds, with one order of day and month for the whole column.

Read are Unix seconds (milli-, micro-, nanoseconds), `20260304`, spreadsheet day numbers, dates in
digits with any separator, and dates with month names; `dateparser` reads those in other languages.
"""

import re
from datetime import UTC
from typing import Literal

import dateparser
import polars as pl

Order = Literal["dmy", "mdy", "ymd"]
ORDERS: dict[str, str] = {"dmy": "day first", "mdy": "month first", "ymd": "year first"}
MAX_PARSED = 20_000
"""Distinct dates in words that `dateparser` is asked to read; it takes about 1 ms for each."""
_FAST = ("%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%.fZ", "%Y-%m-%d")
_DIGITS = (
    r"^(?P<a>\d{1,4}) ?[./年-]? ?(?P<b>\d{1,2}) ?[./月,-]? *"
    r"(?P<c>\d{1,4})日?,?(?:[ T]+(?P<clock>.*))?$"
)
_DAY_NAME = (
    r"^(?:[^\W\d]{2,9}\.?,? )?(?P<day>\d{1,2})(?:st|nd|rd|th|\.)?[ -]+"
    r"(?P<month>[^\W\d]{3,9})[.,]?[ -]+(?P<year>\d{2,4}),?(?:[ T]+(?P<clock>.*))?$"
)
_NAME_DAY = (
    r"^(?:[^\W\d]{2,9}\.?,? )?(?P<month>[^\W\d]{3,9})\.?[ -](?P<day>\d{1,2})(?:st|nd|rd|th)?,?[ -]"
    r"(?P<year>\d{4}|\d\d),?(?: +(?P<clock>.*))?$"
)
_CLOCK = (
    r"^(?:at )?(\d{1,2})[:.h](\d\d)(?:[:.](\d\d)(?:[.,](\d+))?)? ?"
    r"([AaPp])?\.?(?:[Mm]\.?)? ?(Z|UTC|GMT|[+-]\d\d:?\d\d)?$"
)
_MONTH_NAMES = (
    "jan january|feb february|mar march|apr april|may|jun june|jul july|aug august|"
    "sep sept september|oct october|nov november|dec december"
)
_MONTHS = {
    name: str(month)
    for month, names in enumerate(_MONTH_NAMES.split("|"), 1)
    for name in names.split()
}


Times = tuple[pl.Series, str]
"""Float64, null for what is no time; and for people what was taken where two readings fit."""


def read_times(given: pl.Series, order: Order | None = None, *, comma: bool = False) -> Times:
    """The times of a column of text in Unix seconds. `order`: asked for; `comma`: the file has
    decimal commas, as is usual where the day comes first."""
    sample = given.drop_nulls().head(1000)
    for format_ in _FAST:
        quick = _datetimes(sample, format_)
        if len(sample) and quick.dt.year().is_between(1900, 2100).fill_null(False).all():
            seconds = _datetimes(given, format_).dt.epoch("us") / 1e6
            if seconds.null_count() == given.null_count():
                return seconds, ""
            break
    numbers = _from_numbers(given)
    if numbers.null_count() == given.null_count():
        return numbers, ""
    left = given.filter(numbers.is_null()).drop_nulls().unique(maintain_order=True)
    read, note = _from_texts(left, order, comma)
    by_text = given.replace_strict(left, read, default=None, return_dtype=pl.Float64)
    return numbers.fill_null(by_text), note


def _datetimes(texts: pl.Series, format_: str) -> pl.Series:
    return texts.str.to_datetime(format_, strict=False, time_unit="us")


def _from_numbers(given: pl.Series) -> pl.Series:
    number = given.cast(pl.Float64, strict=False)
    values = number.drop_nulls()
    if values.is_empty():
        return number
    written = given.filter(number.is_not_null())
    for digits, format_ in ((8, "%Y%m%d"), (14, "%Y%m%d%H%M%S"), (12, "%Y%m%d%H%M")):
        if (written.str.len_chars() == digits).mean() > 0.9:  # type: ignore[operator]
            padded = given + "0000" if digits == 8 else given
            dates = _datetimes(padded, format_ + "%H%M" * (digits == 8))
            years = dates.dt.year().is_between(1970, 2100)
            if years.mean() == 1 and len(dates.drop_nulls()) >= 0.9 * len(values):
                return dates.dt.epoch("us") / 1e6
    if values.is_between(20_000, 60_000).all() and values.n_unique() > 1:
        return (number - 25_569) * 86_400  # days since 1899-12-30, as spreadsheets count
    size = pl.lit(number).abs()
    divisor = (
        pl.when(size > 1e17).then(1e9).when(size > 1e14).then(1e6).when(size > 1e11).then(1e3)
    )  # fmt: skip
    return pl.select(pl.lit(number) / divisor.otherwise(1.0)).to_series()


def _from_texts(texts: pl.Series, order: Order | None, comma: bool) -> Times:
    plain = texts.str.strip_chars().str.replace_all(r"\s+", " ")
    digits, *named = (
        plain.str.extract_groups(pattern).struct.unnest()
        for pattern in (_DIGITS, _DAY_NAME, _NAME_DAY)
    )
    taken, note = _order(digits.with_columns(text=plain), comma)
    if order:
        taken, note = order, ""
    by_order, year_first = (
        digits.rename({column: _PARTS[sign] for column, sign in zip("abc", signs, strict=True)})
        for signs in (taken or "ymd", "ymd")
    )
    is_year_first = pl.lit(digits["a"].str.len_chars() == 4)
    parts = pl.select(
        pl.coalesce(
            pl.when(is_year_first).then(pl.lit(year_first[part])).otherwise(pl.lit(by_order[part])),
            *(pl.lit(one[part]) for one in named),
        ).alias(part)
        for part in (*_PARTS.values(), "clock")
    )
    month = pl.col("month").str.to_lowercase().replace(_MONTHS)
    read = _seconds(pl.col("year"), month, pl.col("day"), pl.col("clock").fill_null(""))
    return _by_dateparser(texts, parts.select(read).to_series(), taken), note


_PARTS = {"d": "day", "m": "month", "y": "year"}


def _order(parts: pl.DataFrame, comma: bool) -> tuple[Order | None, str]:
    """The order of day and month in a column of dates in digits, and a note where both fit."""
    dates = parts.drop_nulls(["a", "b", "c"])
    if dates.is_empty() or (dates["a"].str.len_chars() == 4).all():
        return (None if dates.is_empty() else "ymd"), ""
    dates = dates.filter(pl.col("a").str.len_chars() < 3)
    if dates.is_empty():
        return None, ""
    first, second = dates["a"].cast(pl.Int64), dates["b"].cast(pl.Int64)
    day_first, month_first = int((first > 12).sum()), int((second > 12).sum())
    if int((first > 31).sum()) > len(dates) / 2:
        return "ymd", ""
    if day_first or month_first:
        order: Order = "dmy" if day_first >= month_first else "mdy"
        other = min(day_first, month_first)
        note = f"{other} dates have no day where the other dates have it, and cannot be read"
        return order, f"dates are read with the {ORDERS[order]}; {note}" if other else ""
    example = str(dates["text"][0])
    order = "mdy" if "/" in example or " " in example.split(":")[0].strip() else "dmy"
    why = f"as usual with {'slashes' if order == 'mdy' else 'dots and dashes'}"
    if comma and order == "mdy":
        order, why = "dmy", "as usual where numbers have decimal commas"
    elif len(dates) > 2 and (sorted_by := _sorted_order(dates)):
        order, why = sorted_by, "for the rows are in order of time so"
    return order, (
        f"dates such as {example} fit with the day first and with the month first; read with the "
        f"{ORDERS[order]}, {why}; --dates dmy or mdy settles it"
    )


def _sorted_order(dates: pl.DataFrame) -> Order | None:
    """The only order of day and month in which the rows are sorted by time; None if not one."""
    year, a, b = pl.col("c").str.zfill(4), pl.col("a").str.zfill(2), pl.col("b").str.zfill(2)
    keys = dates.select(dmy=year + b + a, mdy=year + a + b).to_dict()
    fit = [
        order for order, key in keys.items() if key.is_sorted() or key.is_sorted(descending=True)
    ]
    return fit[0] if len(fit) == 1 else None  # type: ignore[return-value]


def _seconds(year: pl.Expr, month: pl.Expr, day: pl.Expr, clock: pl.Expr) -> pl.Expr:
    """Unix seconds of the parts of a date, as text; a year of two digits is 1970 to 2069."""
    number = year.cast(pl.Int64, strict=False)
    full = pl.when(number < 70).then(number + 2000).when(number < 100).then(number + 1900)
    texts = (full.otherwise(number).cast(pl.String), month.str.zfill(2), day.str.zfill(2))
    date = pl.concat_str(*texts, separator="-").str.to_date("%Y-%m-%d", strict=False)
    parts = clock.str.strip_chars().str.extract_groups(_CLOCK)
    hour, minute, second, _, half, zone = (parts.struct.field(str(n)) for n in range(1, 7))
    fraction = ("0." + parts.struct.field("4")).cast(pl.Float64, strict=False).fill_null(0)
    hours = hour.cast(pl.Int64)
    half = half.str.to_lowercase()
    hours = pl.when(half.is_not_null()).then(hours % 12 + 12 * (half == "p")).otherwise(hours)
    of_day = hours * 3600 + minute.cast(pl.Int64) * 60 + second.cast(pl.Int64).fill_null(0)
    sign = pl.when(zone.str.starts_with("-")).then(-1).otherwise(1)
    digits = zone.str.replace_all(r"[^\d]", "")
    offset = digits.str.slice(0, 2).cast(pl.Int64, strict=False) * 3600
    offset = (offset + digits.str.slice(2, 2).cast(pl.Int64, strict=False) * 60) * sign
    of_day = pl.when(clock.str.strip_chars() == "").then(0).otherwise(of_day)
    valid = pl.when(of_day.is_between(0, 86_400)).then(of_day)
    return date.dt.epoch("s") + valid + fraction - offset.fill_null(0)


def _by_dateparser(texts: pl.Series, read: pl.Series, order: Order | None) -> pl.Series:
    """`read` with the dates in words of other languages that it lacks."""
    missing = texts.filter(read.is_null())
    named = missing.filter(missing.str.contains(r"^.{0,14}[^\W\d]{3}.*\d|\d.{0,4}[^\W\d]{3}"))
    if named.is_empty() or len(named) > MAX_PARSED:
        return read
    settings = {
        "TIMEZONE": "UTC", "RETURN_AS_TIMEZONE_AWARE": True, "DATE_ORDER": (order or "dmy").upper(),
        "REQUIRE_PARTS": ["day", "month", "year"], "PARSERS": ["absolute-time"],
    }  # fmt: skip
    values = []
    for text in named.to_list():
        date = dateparser.parse(text, settings=settings) if re.search(r"\d{4}", text) else None
        values.append(date.astimezone(UTC).timestamp() if date else None)
    found = pl.Series(values, dtype=pl.Float64)
    by_text = texts.replace_strict(named, found, default=None, return_dtype=pl.Float64)
    return read.fill_null(by_text)
