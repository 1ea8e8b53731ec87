"""Dates in catalogue columns and filter bounds: ISO 8601 texts as ordinal days."""

import math
import re
from datetime import UTC, date, datetime, timedelta

_DATE = re.compile(r"(\d{4})-(\d\d)(?:-(\d\d))?(?:$|[T ])")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


def starts_with_date(text: str) -> bool:
    """Whether a text is a month or a day, such as `2024-05` or `2024-05-03T10:00`."""
    return _DATE.match(text) is not None


def is_day(text: str) -> bool:
    """Whether a text is a day, such as `2024-05-03`, and nothing else."""
    return _DAY.fullmatch(text) is not None


def ordinal_day(value: object) -> float:
    """The day of a date as an ordinal number, of a month its first; NaN for what is no date."""
    match = _DATE.match(value) if isinstance(value, str) else None
    if not match:
        return math.nan
    try:
        return date(int(match[1]), int(match[2]), int(match[3] or 1)).toordinal()
    except ValueError:  # not a day of the calendar
        return math.nan


def over_at(value: object) -> float:
    """When a day (in UTC) or a moment of ISO 8601 is over, in Unix seconds; infinite for what is
    neither."""
    try:
        moment = datetime.fromisoformat(str(value)) + timedelta(days=is_day(str(value)))
    except (ValueError, OverflowError):
        return math.inf
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
