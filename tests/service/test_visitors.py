"""What is stored of a person: exported and erased. Run: pytest tests/service/test_visitors.py"""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from shelftalker.data.event_log import EventLog
from shelftalker.data.tables import METADATA
from shelftalker.store.importing import import_files
from tests.service.conftest import served
from tests.support.postgres import new_database

WORD, NOBODY = "zeppelinfahrten", "nobody-in-particular"


@pytest.fixture(params=["sqlite", "postgresql"])
def kept(
    request: pytest.FixtureRequest, place: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[], bytes]:
    """All that is kept: the bytes of every file, and with a server the rows of every table."""
    (place / "domains/films/rules.toml").write_text("log_shown = true\n")
    url = None
    if request.param == "postgresql":
        url = new_database(request.getfixturevalue("postgres"))
        monkeypatch.setenv("SHELFTALKER_STORE", url)

    def everything() -> bytes:
        files = [file.read_bytes() for file in place.rglob("*") if file.is_file()]
        rows: list[bytes] = []
        if url is not None:
            with EventLog(url) as log, log.db.reading() as connection:
                for table in METADATA.sorted_tables:
                    rows += [
                        repr(tuple(row)).encode() for row in connection.execute(table.select())
                    ]
        return b"".join([*files, *rows])

    return everything


def test_a_person_is_exported_and_then_nowhere_even_after_an_import(
    place: Path, kept: Callable[[], bytes], tmp_path: Path
) -> None:
    user, log = "person/7 ü", tmp_path / "log.csv"
    path = "/v1/users/person%2F7%20%C3%BC"
    old = {"user": user, "item": "f1", "kind": "like", "time": time.time() - 100}
    log.write_text(f"user,item,kind,time\n{user},f1,like,{old['time']}\nother,f1,like,1000\n")
    with served(place) as client:
        client.post("/v1/events", json={"events": [old]})
        first = client.post("/v1/conversations", json={"user": user, "message": WORD}).json()
        told = client.get(f"{path}/export").json()
        assert told["events"]["films"][0]["item"] == "f1"
        assert [one["item"] for one in told["shown"]]
        assert WORD in str(told["conversations"])
        assert WORD.encode() in kept()
        assert client.get("/v1/users/nobody/export").json()["conversations"] == []
        assert client.delete(path).json() == {"count": 1}
        turn = client.post(f"/v1/conversations/{first['id']}/turns", json={"message": "more"})
        assert turn.status_code == 404
        assert client.post("/v1/events", json={"events": [old]}).json()["stored"] == 0
        workspace = client.app.state.context.recommender.workspace  # type: ignore[attr-defined]
        import_files(workspace, "films", [], [log])
        assert workspace.events.of_user("films", "other")
    everything = kept()
    assert b"other" in everything
    for word in (WORD, user, "person/7", "person\\/7"):
        assert word.encode() not in everything


def test_an_anonymous_visitor_signs_up_and_is_erased_under_both_ids(
    place: Path, kept: Callable[[], bytes], tmp_path: Path
) -> None:
    """What they did is theirs, the conversation goes on, and nothing is left in the end."""
    log = tmp_path / "log.csv"
    log.write_text(f"user,item,kind,time\n{NOBODY},f1,like,1000\nother,f1,like,1000\n")
    liked = {"user": NOBODY, "item": "f1", "kind": "like", "time": 1000.0}
    with served(place) as client:
        client.post("/v1/events", json={"events": [liked]})
        talk = client.post("/v1/conversations", json={"user": NOBODY, "message": WORD}).json()
        merged = client.post("/v1/users/person-8/merge", json={"anonymous": NOBODY})
        assert merged.json() == {"count": 1}
        turn = client.post(f"/v1/conversations/{talk['id']}/turns", json={"message": "more"})
        assert turn.json()["user"] == "person-8"
        client.post("/v1/events", json={"events": [{**liked, "item": "f2"}]})
        told = client.get("/v1/users/person-8/export").json()
        assert [event["item"] for event in told["events"]["films"]] == ["f1", "f2"]
        assert {one["user"] for one in told["shown"]} == {"person-8"}
        assert WORD in str(told["conversations"])
        workspace = client.app.state.context.recommender.workspace  # type: ignore[attr-defined]
        import_files(workspace, "films", [], [log])
        assert len(workspace.events.of_user("films", "person-8")) == 2  # known under another id
        assert client.delete("/v1/users/person-8").json() == {"count": 2}
        import_files(workspace, "films", [], [log])
    everything = kept()
    assert b"other" in everything
    for word in (WORD, NOBODY, "person-8"):
        assert word.encode() not in everything


def test_a_turn_under_way_does_not_bring_an_erased_person_back(place: Path) -> None:
    with served(place) as client:
        name = client.post("/v1/conversations", json={"user": "u1"}).json()["id"]
        store = client.app.state.context.store  # type: ignore[attr-defined]
        _, state = store.take_conversation(name, 60)
        client.delete("/v1/users/u1")
        store.save_conversation(name, "u1", state, after=name)
        assert store.conversations_of("u1") == []
