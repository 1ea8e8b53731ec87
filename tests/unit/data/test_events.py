"""The event log: durable, ordered, shared safely. Run: pytest tests/unit/data/test_events.py"""

import sqlite3
from contextlib import ExitStack, suppress
from multiprocessing.connection import Connection
from pathlib import Path

import polars as pl
import pytest

from shelftalker.data.database import HEAD, MIGRATIONS
from shelftalker.data.event_log import EventLog
from shelftalker.data.events import Event
from shelftalker.data.impressions import Impression, ImpressionLog
from shelftalker.errors import InputError, WorkspaceError
from tests.support.forked import forked


@pytest.fixture
def log(tmp_path: Path) -> EventLog:
    return EventLog(tmp_path / "events.db")


@pytest.mark.parametrize(
    ("event", "sign"),
    [
        (Event("u", "i", "rating", 4.0), 1),
        (Event("u", "i", "rating", 3.0), 0),
        (Event("u", "i", "rating", 2.0), -1),
        (Event("u", "i", "purchase"), 1),
        (Event("u", "i", "skip"), -1),
        (Event("u", "i", "view"), 0),
    ],
)
def test_sign(event: Event, sign: int) -> None:
    assert event.sign == sign


def test_what_is_not_an_event_is_refused(log: EventLog) -> None:
    with pytest.raises(InputError, match=r"'adore' is not a kind of event; use one of view, click"):
        log.append("films", Event("u", "1", "adore"))  # type: ignore[arg-type]
    with pytest.raises(InputError, match="finite"):
        log.append("films", Event("u", "1", "like", None, float("nan")))
    frame = pl.DataFrame(
        {"user": ["u"], "item": ["1"], "kind": ["adore"], "value": [1.0], "time": [1.0]}
    )
    with pytest.raises(InputError, match="adore"):
        log.extend("films", frame)
    assert log.count("films") == 0


def test_a_bulk_keeps_the_index_and_what_was_there(log: EventLog) -> None:
    log.append("films", Event("u", "first", "like", None, 5.0))
    many = pl.DataFrame({"user": ["u", "v"] * 30_000}).select(
        "user", item=pl.lit("1"), kind=pl.lit("view"), value=pl.lit(None, pl.Float64), time=9.0
    )
    assert log.extend("films", many) == 60_000
    assert len(log.of_user("films", "u")) == 30_001
    assert log.of_user("films", "u")[0].item == "first"
    with sqlite3.connect(log.db.name) as db:
        query = "EXPLAIN QUERY PLAN SELECT * FROM events WHERE user = 'u' AND domain = 'films'"
        assert "USING INDEX events_of_user" in str(db.execute(query).fetchall())


def test_forgetting_leaves_no_trace_in_the_files(log: EventLog) -> None:
    name = "somebody-who-wants-to-go"
    for domain in ("films", "books"):
        log.extend(domain, [Event(name, str(n), "like") for n in range(50)])
        log.append(domain, Event("stays", "1", "like"))
    assert name.encode() in _all_bytes(Path(log.db.name))
    assert log.forget(name) == 100
    assert name.encode() not in _all_bytes(Path(log.db.name))
    assert log.users("films") == ["stays"]
    assert log.forget(name) == 0


def append(end: Connection, path: Path, user: str, events: int) -> None:
    """Sends the item of each event after it is acknowledged."""
    log = EventLog(path)
    for n in range(events):
        log.append("films", Event(user, str(n), "view", None, float(n)))
        end.send(str(n))


def test_processes_share_one_file(tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    with ExitStack() as processes:
        writers = [processes.enter_context(forked(append, path, f"p{n}", 40))[0] for n in range(3)]
        for writer in writers:
            writer.join(60)
        assert [writer.exitcode for writer in writers] == [0, 0, 0]
    with EventLog(path) as log:
        assert log.count("films") == 120


def test_every_acknowledged_event_survives_a_kill(tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    with forked(append, path, "u", 1_000_000) as (writer, end):
        acknowledged = [end.recv() for _ in range(100)]
        writer.kill()
        with suppress(EOFError):
            while True:
                acknowledged.append(end.recv())
    with EventLog(path) as log:
        stored = [event.item for event in log.of_user("films", "u")]
        assert stored[: len(acknowledged)] == acknowledged
        assert len(stored) - len(acknowledged) in (0, 1)
        log.append("films", Event("u", "after", "like", None, 1e9))
        assert log.of_user("films", "u")[-1].item == "after"


def test_a_file_of_the_first_edition_is_brought_up_to_date(tmp_path: Path) -> None:
    path = tmp_path / "shown.db"
    columns = "time, domain, user, item, rank, propensity, probability, scorer, adapter"
    with sqlite3.connect(path) as db:
        db.execute(f"CREATE TABLE shown ({columns})")
        db.execute("CREATE INDEX shown_to_user ON shown (user)")
        for user in ("b", "a"):
            row = (1.5, "films", user, "f1", 1, 0.5, 0.25, "v1", None)
            db.execute(f"INSERT INTO shown VALUES ({', '.join('?' * 9)})", row)
    db.close()
    log = ImpressionLog(path, lambda people: list(range(len(people))))
    log.extend([Impression(2.0, "films", "c", "f1", 1, 1.0, 1.0, "v1", None, "e", "arm", True)])
    assert log.frame("films")["user"].to_list() == ["b", "a", "c"]
    assert log.frame("films")["arm"].to_list() == [None, None, "arm"]
    assert log.frame("films")["asked"].to_list() == [None, None, True]
    log.close()
    heads = sorted(file.name[:4] for file in (MIGRATIONS / "versions").glob("0*.py"))
    assert heads[-1] == HEAD


def test_a_file_that_is_no_log(tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    path.write_bytes(b"not a database, but long enough to be taken for one" * 99)
    with pytest.raises(WorkspaceError, match=r"events\.db cannot be opened as an event log"):
        EventLog(path)


def _all_bytes(path: Path) -> bytes:
    return b"".join(file.read_bytes() for file in path.parent.glob(path.name + "*"))
