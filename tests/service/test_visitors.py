"""What is stored of a person: exported and erased. Run: pytest tests/service/test_visitors.py"""

from pathlib import Path

from tests.service.conftest import served

WORD = "zeppelinfahrten"


def test_a_person_is_exported_and_then_nowhere(place: Path) -> None:
    user = "person/7 ü"
    path = "/v1/users/person%2F7%20%C3%BC"
    with served(place) as client:
        client.post("/v1/events", json={"events": [{"user": user, "item": "f1", "kind": "like"}]})
        first = client.post("/v1/conversations", json={"user": user, "message": WORD}).json()
        told = client.get(f"{path}/export").json()
        assert told["events"]["films"][0]["item"] == "f1"
        assert WORD in str(told["conversations"])
        assert client.get("/v1/users/nobody/export").json()["conversations"] == []
        assert client.delete(path).json() == {"count": 1}
        turn = client.post(f"/v1/conversations/{first['id']}/turns", json={"message": "more"})
        assert turn.status_code == 404
    everything = b"".join(file.read_bytes() for file in place.rglob("*") if file.is_file())
    assert WORD.encode() not in everything
    assert user.encode() not in everything


def test_a_turn_under_way_does_not_bring_an_erased_person_back(place: Path) -> None:
    with served(place) as client:
        name = client.post("/v1/conversations", json={"user": "u1"}).json()["id"]
        store = client.app.state.context.store  # type: ignore[attr-defined]
        state = store.take_conversation(name, 60)
        client.delete("/v1/users/u1")
        store.save_conversation(name, "u1", state, after=name)
        assert store.conversations_of("u1") == []
