"""The operators' page in a real browser. Run: pytest tests/page/test_operator.py"""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from shelftalker.data.catalog import Item
from shelftalker.language.packs import messages
from shelftalker.learning.fit import fit
from shelftalker.service.keys import create_key
from shelftalker.store.service_db import ServiceDb
from shelftalker.store.workspace import Workspace
from shelftalker.writing.hooks import Hook, HookStore, content_hash
from tests.page.conftest import DESK, PHONE
from tests.service.test_page import page as served
from tests.support.browsing import expect, shot, until

EXPERIMENT = (
    'name = "exploring"\n[arms.control]\nshare = 0.5\n[arms.more]\nshare = 0.5\n'
    "rules = { explore = 0.1 }\n"
)


@pytest.fixture(scope="module")
def made(world: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with two scorers, an experiment and two texts to review, one of a film with a
    Chinese title."""
    place = Path(shutil.copytree(world, tmp_path_factory.mktemp("operated") / "ws"))
    with Workspace.open(place) as workspace:
        catalog = workspace.catalog("films")
        chinese = Item("zh1", "长城上的雪 <b>", "一个冬天的故事。")
        workspace.update_catalog("films", lambda old: old.upserted(type(old).of([chinese])))
        fit(workspace, "films")
        folder = workspace.domain_path("films")
    (folder / "experiment.toml").write_text(EXPERIMENT)
    (folder / "rules.toml").write_text("diversity = 0.2\n")
    hooks = [("f1", catalog["f1"], "A harbour in winter."), ("zh1", chinese, "城墙上的第一场雪。")]
    HookStore(folder / "hooks").add(
        [Hook(name, content_hash(item), text) for name, item, text in hooks]
    )
    return place


@pytest.fixture
def shop(made: Path, tmp_path: Path) -> tuple[Path, str]:
    """A copy of it, and its admin key."""
    place = Path(shutil.copytree(made, tmp_path / "ws"))
    with ServiceDb.of(place) as store:
        return place, create_key(store, "admin")


def test_only_an_admin_key_opens_it(shop: tuple[Path, str]) -> None:
    place, key = shop
    with ServiceDb.of(place) as store:
        serving = create_key(store, "serve")
    with served(place, "visitors") as address, httpx.Client(base_url=address) as browser:
        for path in ("config", "gradio_api/info"):
            assert browser.get(f"/operator/{path}").status_code == 401
        asked = {"data": ["films", "scorer v1"], "fn_index": 0, "session_hash": "tab"}
        assert browser.post("/operator/gradio_api/queue/join", json=asked).status_code == 401
        for wrong, code in (("nonsense", 401), (serving, 403)):
            assert browser.post("/operator-login", data={"key": wrong}).status_code == code
        answer = browser.post("/operator-login", data={"key": key})
        assert answer.status_code == 303
        assert {"HttpOnly", "SameSite=strict"} <= set(answer.headers["set-cookie"].split("; "))
        assert browser.get("/operator/config").status_code == 200
        assert browser.get("/chat/config").status_code == 401  # no visitor


def opened(
    browser: Any, address: str, key: str, size: dict[str, int], locale: str = "en-US"
) -> Any:
    tab = browser.new_context(viewport=size, locale=locale).new_page()
    tab.goto(f"{address}/operator-login")
    tab.fill("input[name=key]", key)
    tab.click("button")
    expect(tab.locator("#op-overview")).to_contain_text("scorer v2", timeout=60_000)
    return tab


def choose(tab: Any, version: str) -> None:
    tab.locator("#op-version input").click()
    tab.get_by_role("option", name=version).click()
    tab.click("#op-promote")


def test_operators_see_and_change_what_is_in_service(shop: tuple[Path, str], browser: Any) -> None:
    place, key = shop
    serving: Callable[[], str | None]
    with served(place, "visitors") as address, Workspace.open(place) as workspace:

        def serving() -> str | None:
            return workspace.current("films").scorer

        asked = {"Authorization": f"Bearer {key}"}
        assert httpx.get(f"{address}/v1/admin/domains", headers=asked).status_code == 200
        tab = opened(browser, address, key, DESK)
        overview = tab.locator("#op-overview")
        for text in ("exploring", "control", "diversity = 0.2", "scorer v2"):
            expect(overview).to_contain_text(text)
        assert "u1" not in overview.inner_text().split()  # no user
        shot(tab, "operator")
        assert serving() == "v2"
        choose(tab, "scorer v1")
        until(lambda: serving() == "v1")

        waiting = tab.locator("#op-hooks label", has_text="A harbour in winter.")
        waiting.click()
        tab.click("#op-approve")
        expect(waiting).to_have_count(0)
        chinese = tab.locator("#op-hooks label", has_text="长城上的雪 <b>: 城墙上的第一场雪。")
        phone = opened(browser, address, key, PHONE)
        expect(phone.locator("#op-hooks")).to_contain_text("城墙上的第一场雪。")
        width = phone.evaluate("document.documentElement.scrollWidth")
        assert width <= PHONE["width"]
        shot(phone, "operator-phone")
        chinese.click()
        tab.click("#op-reject")
        expect(tab.locator("#op-hooks")).to_be_hidden()
        hooks = HookStore(workspace.domain_path("films") / "hooks").all()
        assert {(one.item, one.status) for one in hooks} == {
            ("f1", "approved"),
            ("zh1", "rejected"),
        }
        tab.click("#op-rollback")  # there is no adapter
        expect(tab.get_by_test_id("toast-body")).to_contain_text("nothing to roll back to")


def test_it_speaks_the_languages_that_the_program_has(shop: tuple[Path, str], browser: Any) -> None:
    place, key = shop
    with served(place, "visitors") as address:
        for locale, language in (("zh-CN", "zh"), ("de-DE", "de"), ("fr-FR", "en")):
            label = messages("operator", language)
            asked = {"Accept-Language": f"{locale},{locale[:2]};q=0.9"}
            login = httpx.get(f"{address}/operator-login", headers=asked).text
            assert label["log_in"] in login
            assert f'lang="{language}"' in login
            tab = opened(browser, address, key, DESK, locale)
            for name in ("promote", "rollback", "approve", "reject"):
                expect(tab.locator(f"#op-{name}")).to_have_text(label[name])
            page = tab.locator("body")
            for name in ("domain", "review", "versions", "in_service", "rules", "arm", "too_few"):
                expect(page).to_contain_text(label[name])
            shot(tab, f"operator-{language}")
            tab.context.close()
