"""Files of one known content, written in many ways: read as they are, or refused, never wrong.

Run: pytest tests/unit/data/test_mutated_files.py (200 files, half a minute)
"""

import csv
import datetime
import io
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from shelftalker.data.files import KnownItems, read_events, read_items
from shelftalker.errors import DataError

TITLES = ["Café crème", "Kessel", "Tin Mug", "Garçon", "Oak Line", "Blue Lamp", "Salt", "Dawn"]
DAYS = [datetime.datetime(2025, month, day, 17, 45) for month, day in
        ((3, 1), (3, 4), (4, 12), (4, 25), (5, 31), (6, 2), (7, 9), (8, 20))]  # fmt: skip
PRICES = [12.5, 1299.0, 0.99, 49.9, 7.25, 1015.5, 20.0, 3.3]
KNOWN = KnownItems([f"00{place}" for place in range(len(TITLES))])
HUGE = "x" * 1_000_001

writings = st.fixed_dictionaries(
    {
        "separator": st.sampled_from([",", ";", "\t", "|"]),
        "encoding": st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"]),
        "date": st.sampled_from(["%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y %H:%M", "%Y%m%d", "%d %b %Y",
                                 "%Y-%m-%dT%H:%M:%S", "%d-%m-%y", "%b %d, %Y %I:%M %p"]),
        "price": st.sampled_from(["{:.2f}", "${:,.2f}", "{:,.2f} USD", "eu", "eu €"]),
        "quoting": st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
        "newline": st.sampled_from(["\n", "\r\n"]),
        "header": st.booleans(),
        "extra": st.sampled_from(["", "huge", "ragged", "mixed", "declared"]),
        "order": st.permutations(["title", "price", "time"]),
    }
)  # fmt: skip


def price_text(price: float, form: str) -> str:
    if not form.startswith("eu"):
        return form.format(price)
    return f"{price:,.2f}".translate(str.maketrans(",.", ".,")) + form[2:]


def written(way: dict[str, Any]) -> bytes:
    """The file: eight rows of user, item, title, price and time, and what `extra` adds."""
    columns = ["user", "item_id", *way["order"]]
    text = io.StringIO()
    if way["extra"] == "declared":
        text.write(f"sep={way['separator']}{way['newline']}")
    form = {"delimiter": way["separator"], "quoting": way["quoting"]}
    writer = csv.writer(text, lineterminator=way["newline"], **form)
    if way["header"]:
        writer.writerow(columns)
    for place, title in enumerate(TITLES):
        cells = {
            "user": f"u{place % 2}",
            "item_id": f"00{place}",
            "title": title,
            "price": price_text(PRICES[place], way["price"]),
            "time": DAYS[place].strftime(way["date"]),
        }
        writer.writerow([cells[column] for column in columns])
    bad = {"huge": ["u", "99", HUGE, HUGE, HUGE], "ragged": ["u", "99", "x"]}.get(way["extra"])
    if way["extra"] == "mixed":
        bad = ["u", "99", *("maybe" for _ in range(3))]
    if bad:
        writer.writerow(bad)
    return text.getvalue().encode(way["encoding"])


@settings(max_examples=200, deadline=None, derandomize=True)
@given(writings)
def test_a_file_is_read_as_it_is_or_refused_but_never_read_wrongly(way: dict[str, Any]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "log.csv"
        path.write_bytes(written(way))
        try:
            items, events = read_items(path), read_events([path], KNOWN)
        except DataError:
            items = events = None
    # Only a file without names of columns may be refused, and it must be.
    assert (items is not None) == way["header"]
    if items is None or events is None:
        return
    found = {item.id: (item.title, item.price) for item in items.catalog if item.id != "99"}
    truth = zip(TITLES, PRICES, strict=True)
    assert found == {f"00{place}": pair for place, pair in enumerate(truth)}
    days = {
        item: datetime.datetime.fromtimestamp(time, datetime.UTC).date()
        for item, time in events.frame.select("item", "time").iter_rows()
        if item != "99"
    }
    assert days == {f"00{place}": day.date() for place, day in enumerate(DAYS)}
