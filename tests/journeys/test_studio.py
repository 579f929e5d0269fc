"""The studio in a browser: without a reload, from the keyboard, and the same after a reload."""

import re
from collections.abc import Iterator, Sequence

import pytest
from playwright.sync_api import Cookie, Page, expect

from tests.devstack.running import Up
from tests.journeys.browser import browser_page
from tests.journeys.test_accessibility import AXE, RULES, THEMES

pytestmark = [pytest.mark.browser, pytest.mark.processes]
PATIENCE = 120_000  # milliseconds; a picture on two busy cores
PASSWORD = "a long enough password"
MADE = ".tile[data-work]"
Cookies = Sequence[Cookie]


@pytest.fixture(scope="module")
def frida(stack: Up) -> Cookies:
    """The session of somebody with two pictures in her studio, made without leaving it."""
    with browser_page(bypass_csp=True) as page:
        page.goto(f"{stack.site}/sign-up/?next=/studio/")
        page.get_by_label("Name").fill("frida")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Make the account").click()
        expect(page.get_by_text("Your pictures appear here as they form")).to_be_visible()
        page.evaluate("window.hasStayed = true")
        send(page, "three yellow stars on a navy background", count="2")
        place = page.locator(".forming-tile").first.get_attribute("id")
        expect(page.locator(MADE)).to_have_count(2, timeout=PATIENCE)
        expect(page.locator("#queue li")).to_have_count(0)
        assert page.locator(MADE).first.get_attribute("id") == place
        assert page.evaluate("window.hasStayed") is True
        assert page.get_by_label("Describe a picture").input_value() == "three yellow stars on a navy background"
        # Signing in again for each test would be more often than passwords may be tried.
        return page.context.cookies()


@pytest.fixture
def studio(stack: Up, frida: Cookies) -> Iterator[Page]:
    """Her studio."""
    with browser_page() as page:
        enter(page, stack, frida)
        yield page


def enter(page: Page, stack: Up, session: Cookies) -> None:
    page.context.add_cookies(session)  # type: ignore[arg-type]  # what `cookies()` gives is what it takes
    page.goto(f"{stack.site}/studio/")


def send(page: Page, prompt: str, *, count: str = "1") -> None:
    """A small picture, from the keyboard."""
    page.get_by_text("More choices").click()
    page.get_by_label("Steps").fill("2")
    page.get_by_label("How many").select_option(count)
    page.get_by_label("Describe a picture").fill(prompt)
    page.keyboard.press("Control+Enter")
    expect(page.locator("#queue li")).to_have_count(1)


def test_keys_select_and_mark_and_a_reload_keeps_both(studio: Page) -> None:
    expect(studio.locator(MADE).nth(1)).to_be_visible()
    studio.keyboard.press("ArrowRight")
    studio.keyboard.press("ArrowRight")
    expect(studio.locator(MADE).nth(1).locator(".shot")).to_be_focused()
    studio.keyboard.press("f")
    expect(studio.locator(MADE).nth(1).locator(".heart")).to_have_attribute("aria-pressed", "true")
    expect(studio.locator(MADE).nth(1).locator(".shot")).to_be_focused()
    studio.keyboard.press("x")
    expect(studio.get_by_text("With the one selected")).to_be_visible()
    studio.reload()
    expect(studio.locator(MADE).nth(1).get_by_role("checkbox")).to_be_checked()
    expect(studio.locator(MADE).nth(1).locator(".heart")).to_have_attribute("aria-pressed", "true")
    studio.keyboard.press("Escape")
    expect(studio.get_by_role("checkbox", checked=True)).to_have_count(0)
    expect(studio).to_have_url(re.compile(r"/studio/$"))


def test_shift_selects_all_up_to_there_and_c_compares_them(studio: Page) -> None:
    studio.get_by_role("checkbox").first.click()
    studio.locator(f"{MADE} input[type=checkbox]").nth(1).click(modifiers=["Shift"])
    studio.keyboard.press("c")
    studio.wait_for_url(re.compile("/studio/compare/"))
    expect(studio.get_by_text("What differs")).to_be_visible()
    expect(studio.locator("tbody th")).to_have_text(["Seed"])
    studio.go_back()
    expect(studio.get_by_role("checkbox", checked=True)).to_have_count(2)


def test_a_button_that_is_pressed_before_its_scripts_are_there_works_too(stack: Up) -> None:
    with browser_page() as page:
        page.route("**/static/js/**", lambda route: route.abort())
        page.goto(f"{stack.site}/sign-up/?next=/studio/")
        page.get_by_label("Name").fill("hasty")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Make the account").click()
        page.get_by_label("Describe a picture").fill("a lighthouse in fog")
        page.get_by_role("button", name="Make it").click()
        page.wait_for_url(re.compile(r"/studio/\?after="))
        expect(page.locator("#wall")).to_contain_text("a lighthouse in fog")


def test_what_is_half_typed_survives_a_reload(studio: Page) -> None:
    studio.keyboard.press("/")
    studio.keyboard.type("half of a")
    studio.reload()
    assert studio.get_by_label("Describe a picture").input_value() == "half of a"


def test_a_prompt_is_edited_without_leaving_and_stands_in_the_address(studio: Page) -> None:
    studio.keyboard.press("ArrowRight")
    studio.keyboard.press("e")
    prompt = studio.get_by_label("Describe a picture")
    expect(prompt).to_have_value("three yellow stars on a navy background")
    expect(prompt).to_be_focused()
    expect(studio).to_have_url(re.compile(r"\?edit="))


def test_a_preset_fills_the_line_in_and_leaves_the_words(studio: Page) -> None:
    studio.get_by_label("Describe a picture").fill("a red kite")
    studio.get_by_text("Presets").click()
    studio.get_by_role("button", name="Four quick sketches").click()
    expect(studio.get_by_label("How many")).to_have_value("4")
    expect(studio.get_by_label("Describe a picture")).to_have_value("a red kite")


def test_searching_swaps_the_wall_and_stands_in_the_address(studio: Page) -> None:
    studio.get_by_label("Search your prompts").fill("moon")
    expect(studio.get_by_text("No prompt of yours has words that begin so")).to_be_visible()
    expect(studio).to_have_url(re.compile(r"\?q=moon$"))
    studio.get_by_label("Search your prompts").fill("yel nav")
    expect(studio.locator(MADE)).to_have_count(2)
    studio.go_back()
    expect(studio.locator(MADE)).to_have_count(0)


def test_the_list_of_keys_is_behind_the_question_mark(studio: Page) -> None:
    studio.keyboard.press("?")
    expect(studio.get_by_role("dialog", name="Keys")).to_be_visible()
    studio.keyboard.press("Escape")
    expect(studio.get_by_role("dialog", name="Keys")).to_be_hidden()


def test_everything_is_done_without_javascript_too(stack: Up, frida: Cookies) -> None:
    with browser_page(java_script=False) as page:
        enter(page, stack, frida)
        page.locator(MADE).first.get_by_role("button", name="Favourite").click()
        expect(page.locator(MADE).first.get_by_role("button", name="Favourite")).to_have_attribute(
            "aria-pressed", "true"
        )
        page.get_by_role("checkbox").nth(1).check()
        page.locator(f"{MADE} input[type=checkbox]").first.check()
        page.get_by_role("button", name="Add to a board…").last.click()
        page.get_by_label("A new board, named").fill("Stars")
        page.get_by_role("button", name="Add", exact=True).click()
        expect(page.get_by_text("On the board “Stars”.")).to_be_visible()
        page.get_by_label("Where").select_option(label="Board: Stars")
        page.get_by_role("button", name="Show").click()
        expect(page.get_by_role("heading", name="Stars")).to_be_visible()


@pytest.mark.parametrize("theme", THEMES)
def test_no_page_of_the_studio_has_a_barrier(stack: Up, frida: Cookies, theme: str) -> None:
    found: dict[str, list[str]] = {}
    with browser_page(theme="dark" if theme == "dark" else "light", bypass_csp=True) as page:
        enter(page, stack, frida)
        works = [page.locator(MADE).nth(place).get_attribute("data-work") for place in range(2)]
        pair = "&".join(f"work={work}" for work in works)
        places = ["", f"?selected={','.join(map(str, works))}", "?q=nothing", "boards/"]
        for place in [*places, f"compare/?{pair}", f"boards/pick/?{pair}"]:
            # Not until the network is idle: the queue's stream never is.
            page.goto(f"{stack.site}/studio/{place}")
            for fold in page.locator("#make details, .tile:first-child .menu").all():
                fold.evaluate("fold => { fold.open = true; }")
            page.evaluate(AXE)
            result = page.evaluate(f"axe.run(document, {{ runOnly: {RULES} }})")
            found[place] = [f"{each['id']}: {each['nodes'][0]['html'][:200]}" for each in result["violations"]]
    assert {place: each for place, each in found.items() if each} == {}


def test_the_page_weighs_less_than_100_kb_beside_pictures_and_fonts(stack: Up, frida: Cookies) -> None:
    sizes: list[int] = []
    with browser_page() as page:
        enter(page, stack, frida)
        session = page.context.new_cdp_session(page)
        session.send("Network.enable")
        session.send("Network.setCacheDisabled", {"cacheDisabled": True})
        kinds: dict[str, str] = {}
        session.on("Network.responseReceived", lambda event: kinds.update({event["requestId"]: event["type"]}))
        session.on(
            "Network.loadingFinished",
            lambda event: sizes.append(
                event["encodedDataLength"] if kinds.get(event["requestId"]) not in {"Image", "Font"} else 0
            ),
        )
        page.reload(wait_until="load")
        expect(page.locator(MADE)).to_have_count(2)
    assert 10_000 < sum(sizes) < 100_000


# Last, for pictures that are done before it is canceled stay in her studio.
def test_a_job_is_canceled_and_dismissed_in_place(studio: Page) -> None:
    send(studio, "a very slow picture", count="8")
    studio.get_by_role("button", name="Cancel “a very slow").click()
    expect(studio.locator("#queue")).to_contain_text("Canceled", timeout=PATIENCE)
    studio.get_by_role("button", name="Dismiss").click()
    expect(studio.locator("#queue li")).to_have_count(0)
