"""The routes of operators. Run: pytest tests/service/test_administering.py"""

import time
from pathlib import Path

from shelftalker.learning.fit import fit
from shelftalker.store.workspace import Workspace
from shelftalker.writing.hooks import Hook, content_hash
from tests.service.conftest import served


def test_a_version_is_put_into_service_and_back(place: Path) -> None:
    with Workspace.open(place) as workspace:
        fit(workspace, "films")
    with served(place) as client:
        [films] = client.get("/v1/admin/domains").json()
        assert (films["scorer"], films["scorers"]) == ("v2", ["v1", "v2"])
        put = client.post("/v1/admin/domains/films/serving", json={"scorer": "v1"})
        assert put.json()["scorer"] == "v1"
        until = time.monotonic() + 30  # requests go on with the old version while one is loaded
        while (answer := client.post("/v1/recommendations", json={"user": "u1"}).json())[
            "scorer"
        ] != "v1" and time.monotonic() < until:
            time.sleep(0.05)
        assert answer["scorer"] == "v1"
        unknown = client.post("/v1/admin/domains/films/serving", json={"scorer": "v9"})
        assert unknown.status_code == 422
        assert "there is: v1, v2" in unknown.json()["detail"]
        assert client.post("/v1/admin/domains/films/rollback").status_code == 422
        assert client.post("/v1/admin/domains/books/rollback").status_code == 404


def test_an_adapter_that_was_never_gated_is_refused(place: Path) -> None:
    with served(place) as client:
        refused = client.post("/v1/admin/domains/films/serving", json={"adapter": "v1"})
    assert refused.status_code == 422


def test_hooks_are_reviewed(place: Path) -> None:
    with served(place) as client:
        recommender = client.app.state.context.recommender  # type: ignore[attr-defined]
        item = recommender.item("f1")
        hook = Hook("f1", content_hash(item), "A harbour in winter, and a debt.")
        recommender.hooks().add([hook])
        [listed] = client.get("/v1/admin/domains/films/hooks").json()
        assert (listed["id"], listed["text"]) == (hook.id, hook.text)
        assert client.get("/v1/admin/domains").json()[0]["hooks_to_review"] == 1
        review = {"ids": [hook.id], "status": "rejected"}
        assert client.post("/v1/admin/domains/films/hooks", json=review).json() == {"count": 1}
        assert client.get("/v1/admin/domains/films/hooks").json() == []
