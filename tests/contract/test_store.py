"""What every database of a workspace does: SQLite and PostgreSQL.

Run: pytest tests/contract/test_store.py
"""

import asyncio
import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
import sqlalchemy as sa

from shelftalker.data.database import POOL
from shelftalker.data.deliveries import receive
from shelftalker.data.event_log import EventLog
from shelftalker.data.events import Event
from shelftalker.data.impressions import ImpressionLog
from shelftalker.data.tables import METADATA
from shelftalker.errors import InputError, WorkspaceError
from shelftalker.store import pointers, service_db
from shelftalker.store.service_db import KeyRow, ServiceDb
from shelftalker.store.workspace import Workspace
from tests.contract.test_impressions import everybody
from tests.service.conftest import served
from tests.support.postgres import new_database


@pytest.fixture
def log(store: Path | str) -> Iterator[EventLog]:
    with EventLog(store) as opened:
        yield opened


@pytest.fixture
def service(store: Path | str) -> Iterator[ServiceDb]:
    with ServiceDb(store) as opened:
        yield opened


def test_events_come_back_by_time_then_by_arrival(log: EventLog) -> None:
    late, early = Event("u", "b", "like", None, 20.5), Event("u", "a", "rating", 4.5, 10.0)
    twin = Event("u", "c", "view", None, 20.5)
    for event in (late, early, twin):
        log.append("films", event)
    log.append("films", Event("v", "a", "skip", None, 1.0))
    log.append("books", Event("u", "2", "like"))
    assert log.of_user("films", "u") == [early, late, twin]
    assert log.all("films") == [Event("v", "a", "skip", None, 1.0), early, late, twin]
    assert log.users("films") == ["u", "v"]
    assert (log.count("films"), log.count("games")) == (4, 0)


def test_positions_lead_through_the_log(log: EventLog) -> None:
    log.extend("films", [Event("u", str(n), "view") for n in range(5)])
    log.append("books", Event("u", "x", "view"))
    first = log.between("films", 0, limit=2)
    rest = log.between("films", first[-1][0])
    assert [event.item for _, event in [*first, *rest]] == ["0", "1", "2", "3", "4"]
    assert rest[-1][0] == log.position("films")
    assert (log.position("games"), log.between("films", rest[-1][0])) == (0, [])


def test_a_frame_goes_in_and_comes_out_the_same(log: EventLog) -> None:
    frame = pl.DataFrame(
        {
            "user": ["u", "v"], "item": ["1", "2"], "kind": ["rating", "play"],
            "value": [4.5, None], "time": [1.0, 2.0],
        }
    )  # fmt: skip
    assert log.extend("films", frame) == 2
    assert log.frame("films").equals(frame)
    assert log.frame("none").schema == frame.schema


def test_an_event_is_retracted_once_for_all(log: EventLog) -> None:
    gone, stays = Event("u", "1", "like", None, 3.0), Event("u", "1", "like", 2.0, 3.0)
    log.extend("films", [gone, stays])
    log.retract("films", gone)
    assert log.all("films") == [stays]


def test_a_failing_bulk_stores_nothing(log: EventLog) -> None:
    def stop(done: int, total: int, text: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        log.extend("films", [Event("u", "1", "like")], progress=stop)
    assert log.count("films") == 0
    log.append("films", Event("u", "1", "like"))
    assert log.count("films") == 1


def test_the_erased_are_left_out_until_they_come_back(log: EventLog) -> None:
    log.extend("films", [Event("gone", "1", "like"), Event("stays", "1", "like")])
    assert (log.forgotten(), log.forget("gone"), log.forget("gone")) == (0, 1, 0)
    assert (log.forgotten(), log.users("films")) == (2, ["stays"])
    now = time.time()
    sent = pl.DataFrame({"user": ["gone", "gone", "stays"], "time": [now - 60, now + 60, 0.0]})
    assert log.without_erased(sent)["time"].to_list() == [now + 60, 0.0]


def test_an_anonymous_id_becomes_a_person_and_is_erased_with_them(log: EventLog) -> None:
    event = Event("anonymous", "1", "like", None, 5.0)
    log.extend("films", [event, Event("person", "2", "like")])
    assert (log.merge("older", "anonymous"), log.merge("anonymous", "person")) == (0, 1)
    assert log.aliases("person") == ["anonymous", "older"]
    log.append("films", Event("older", "3", "like"))
    receive(log, "films", [(None, Event("anonymous", "4", "like"))])
    assert log.users("films") == ["person"]
    assert log.count("films") == 4
    assert log.merged(pl.DataFrame({"user": ["older", "x"]}))["user"].to_list() == ["person", "x"]
    log.retract("films", event)
    assert log.forget("person") == 3
    assert log.aliases("person") == []
    assert log.lawful([("anonymous", 5.0), ("older", 5.0), ("person", 5.0), ("x", 5.0)]) == [3]
    with pytest.raises(InputError, match="given twice"):
        log.merge("person", "person")


def test_a_batch_is_stored_once(log: EventLog) -> None:
    event = Event("u", "1", "like", None, 1.0)
    sent = [("a", event), (None, event), ("a", event)]
    first, again = (receive(log, "films", sent, "batch", b"body") for _ in range(2))
    assert (first.stored, first.duplicates, first.again) == (2, 1, False)
    assert (again.stored, again.duplicates, again.again) == (2, 1, True)
    assert receive(log, "films", [("a", event)]).duplicates == 1
    assert log.count("films") == 2
    with pytest.raises(InputError, match="other events"):
        receive(log, "films", [(None, event)], "batch", b"another body")


def test_numbers_follow_the_order_in_which_writers_end(store: Path | str) -> None:
    """Else somebody who reads on from the last number misses what a slower writer stores."""
    seen: list[str] = []
    stop = threading.Event()
    with EventLog(store) as log:

        def follow() -> None:
            position = 0
            while not stop.is_set() or log.between("films", position):
                for number, event in log.between("films", position):
                    position = number
                    seen.append(event.item)

        def write(worker: int) -> None:
            for n in range(20):
                log.append("films", Event(f"u{worker}", f"{worker}-{n}", "view"))

        threads = [threading.Thread(target=write, args=(worker,)) for worker in range(4)]
        follower = threading.Thread(target=follow)
        for thread in (follower, *threads):
            thread.start()
        for thread in threads:
            thread.join()
        stop.set()
        follower.join()
    assert len(seen) == len(set(seen)) == 80


async def test_cancelled_calls_give_their_connections_back(log: EventLog) -> None:
    """200 calls on a pool of 5, a third of them cut off."""
    log.append("films", Event("u", "1", "like"))
    calls = [asyncio.create_task(asyncio.to_thread(log.of_user, "films", "u")) for _ in range(200)]
    await asyncio.sleep(0.01)
    for call in calls[::3]:
        call.cancel()
    done = await asyncio.gather(*calls, return_exceptions=True)
    assert all(isinstance(one, asyncio.CancelledError) or len(one) == 1 for one in done)
    assert len(await asyncio.to_thread(log.of_user, "films", "u")) == 1
    assert log.db.engine.pool.checkedout() == 0  # type: ignore[attr-defined]
    assert log.db.engine.pool.size() == POOL  # type: ignore[attr-defined]


def test_keys_end_and_are_counted(service: ServiceDb) -> None:
    assert not service.has_keys()
    row = KeyRow("k", b"digest", "serve", 2, 1.0)
    service.add_key(row)
    assert (service.key("k"), service.key("x"), service.all_keys()) == (row, None, [row])
    assert [service.counted("k", minute) for minute in (7, 7, 8)] == [1, 2, 1]
    now = time.time()
    assert service.end_key("k", now + 60)
    assert service.end_key("k", now + 90)  # but not later than it would have
    ends = service.all_keys()[0].ends
    assert ends == now + 60
    assert service.end_key("k", now - 1)
    assert not service.end_key("k", now)
    assert service.has_keys()
    assert service.secret() == service.secret()
    assert len(service.secret()) == 32


def test_a_key_that_another_process_ends_is_known_as_ended_after_a_second(
    store: Path | str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service_db, "KNOWN_SECONDS", 0.2)
    here, there = ServiceDb(store), ServiceDb(store)
    here.add_key(KeyRow("k", b"digest", "serve", None, 1.0))
    assert there.key("k") is not None
    assert here.end_key("k", 5.0)
    assert (here.key("k") or there.key("k")).ends == 5.0  # type: ignore[union-attr]
    time.sleep(0.3)
    assert there.key("k").ends == 5.0  # type: ignore[union-attr]
    here.close()
    there.close()


def test_one_turn_at_a_time_holds_a_conversation(service: ServiceDb) -> None:
    service.save_conversation("c", "u", b"one")
    assert service.take_conversation("c", 60) == ("u", b"one")
    assert service.take_conversation("c", 60) is None
    service.save_conversation("c", "u", b"two", after="c")
    assert service.take_conversation("c", 0, of="another") is None
    assert service.take_conversation("c", 0, of="u") == ("u", b"two")
    assert service.conversations_of("u") == [("c", b"two")]
    assert (service.conversation_user("c"), service.conversation_user("d")) == ("u", None)
    assert service.drop_conversations(before=time.time() - 60) == 0
    assert service.drop_conversations(of="u") == 1
    service.save_conversation("c", "u", b"three", after="c")
    assert service.conversations_of("u") == []


def test_the_tables_are_those_of_the_schema(store: Path | str) -> None:
    """What migrations and `create_all` make is what the code reads."""
    for opened in (EventLog(store), ImpressionLog(store, everybody)):
        inspector = sa.inspect(opened.db.engine)
        for name in inspector.get_table_names():
            if name in METADATA.tables:
                columns = {column["name"] for column in inspector.get_columns(name)}
                assert columns == {column.name for column in METADATA.tables[name].columns}
        opened.close()


def test_a_server_that_was_away_is_used_again(postgres: object) -> None:
    with EventLog(new_database(postgres)) as log:
        log.append("films", Event("u", "1", "like"))
        with log.db.engine.connect() as connection:
            name = connection.exec_driver_sql("SELECT current_database()").scalar()
            own = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar()
            others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
            connection.exec_driver_sql(f"{others} AND pid <> {own}", (name,)).all()
        assert log.count("films") == 1


def test_an_address_that_does_not_answer() -> None:
    with pytest.raises(WorkspaceError, match="cannot be opened as an event log") as raised:
        EventLog("postgresql://me:secret-word@127.0.0.1:1/nowhere")
    assert "secret-word" not in str(raised.value)
    with pytest.raises(InputError, match="allowed: sqlite, or postgresql"):
        EventLog("mysql://nothing")


def test_machines_agree_on_what_is_in_service(
    place: Path, postgres: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two copies of a folder over one database."""
    monkeypatch.setenv("SHELFTALKER_STORE", new_database(postgres))
    other = Path(shutil.copytree(place, tmp_path / "other"))
    shutil.copytree(place / "domains/films/scorer/v1", place / "domains/films/scorer/v2")
    with Workspace.open(place) as here, Workspace.open(other) as there:
        here.set_current("films", scorer="v2")
        assert pointers.follow(here) == []
        assert pointers.follow(there) == []  # its folder has no v2 yet
        assert there.current("films").scorer == "v1"
        shutil.copytree(place / "domains/films/scorer/v2", other / "domains/films/scorer/v2")
        assert pointers.follow(there) == ["films"]
        assert there.current("films").scorer == "v2"
        there.set_current("films", scorer="v1")
        assert pointers.follow(here) == ["films"]
        assert here.current("films").scorer == "v1"


def test_a_service_runs_on_postgresql(
    place: Path, postgres: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    events = Workspace.open(place).events.frame("films")
    monkeypatch.setenv("SHELFTALKER_STORE", new_database(postgres))
    with Workspace.open(place) as workspace:
        workspace.events.extend("films", events)
    with served(place) as client:
        assert len(client.post("/v1/recommendations", json={"user": "u1"}).json()["cards"]) == 3
        talk = client.post("/v1/conversations", json={"message": "a thriller"}).json()
        turn = client.post(f"/v1/conversations/{talk['id']}/turns", json={"message": "others"})
        assert turn.status_code == 200
        sent = {"events": [{"id": "e", "user": "new", "item": "f1", "kind": "like"}]}
        assert [client.post("/v1/events", json=sent).json()["stored"] for _ in "12"] == [1, 0]
        assert client.delete("/v1/users/new").json() == {"count": 1}
