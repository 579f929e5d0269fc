"""The curator's desk in a real browser, without a mouse."""

import os
import shutil
from collections.abc import Callable, Iterator

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.urls import reverse
from playwright.sync_api import Page, sync_playwright
from pytest_django.live_server_helper import LiveServer

from accounts.models import Person
from curation.models import CurationDecision
from generation.models import Work

pytestmark = pytest.mark.browser

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]


@pytest.fixture
def erasable_log(transactional_db: None) -> Iterator[None]:
    """The test really commits, so its decisions are erased after it: only the table's owner can do that."""
    yield
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE curation_curationdecision DISABLE TRIGGER USER")
        cursor.execute("DELETE FROM curation_curationdecision")
        cursor.execute("ALTER TABLE curation_curationdecision ENABLE TRIGGER USER")


@pytest.fixture
def desk(erasable_log: None, live_server: LiveServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Page]:
    """Ada at her desk, signed in."""
    # Playwright's loop runs in this thread; Django would take each query of the test for one inside it.
    monkeypatch.setitem(os.environ, "DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    ada = Person.objects.create_user("ada", password="green-lantern-42", is_staff=True)
    # A test that really commits loses what the migrations made, once another one has ended before it.
    ada.groups.add(Group.objects.get_or_create(name="Curators")[0])
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page()
        page.goto(f"{live_server.url}/admin/login/?next={reverse('admin:curation_desk')}")
        page.fill("[name=username]", "ada")
        page.fill("[name=password]", "green-lantern-42")
        with page.expect_navigation():
            page.keyboard.press("Enter")
        yield page
        browser.close()


def current(page: Page) -> str:
    """The work that the keys act upon."""
    return str(page.evaluate("document.activeElement.dataset.work"))


def test_a_curator_decides_moves_on_and_undoes_from_the_keyboard(
    transactional_db: None, make_work: Callable[..., Work], desk: Page
) -> None:
    first, second, third = make_work(), make_work(flagged=True), make_work()
    desk.reload()

    assert current(desk) == str(first.pk)
    desk.keyboard.press("ArrowRight")
    assert current(desk) == str(second.pk)
    desk.keyboard.press("b")
    assert desk.locator(f"#work-{second.pk} .unveil input").is_checked()

    desk.keyboard.press("h")
    desk.keyboard.press("1")
    with desk.expect_navigation():
        desk.keyboard.press("Enter")
    entry = CurationDecision.objects.get()
    assert (entry.work, entry.decision, entry.reason) == (second, "hide", "Needs a second pair of eyes.")
    desk.wait_for_function("document.activeElement.dataset.work")
    assert current(desk) == str(third.pk)

    with desk.expect_navigation():
        desk.keyboard.press("u")
    assert Work.objects.get(pk=second.pk).review_state == "pending"
    assert CurationDecision.objects.count() == 2


def test_a_decision_can_be_left_and_without_a_reason_it_is_not_taken(
    transactional_db: None, make_work: Callable[..., Work], desk: Page
) -> None:
    work = make_work()
    desk.reload()

    desk.keyboard.press("r")
    desk.keyboard.press("Enter")
    assert desk.locator("dialog[open]").count() == 1
    desk.keyboard.press("Escape")
    assert desk.locator("dialog[open]").count() == 0

    desk.wait_for_function("document.activeElement.dataset.work")
    assert current(desk) == str(work.pk)
    assert Work.objects.get().review_state == "pending"
    assert not CurationDecision.objects.exists()
