"""No page has a barrier that axe-core can find, in either theme (WCAG 2.2 AA)."""

from typing import Any, Final, Literal
from urllib.parse import urlsplit

import pytest
from eth_account import Account
from playwright.sync_api import Page

from tests.devstack.running import ROOT, Up
from tests.journeys.browser import browser_page
from tests.journeys.program import Watched, new_key

pytestmark = [pytest.mark.browser, pytest.mark.processes]

THEMES: Final[tuple[Literal["light", "dark"], ...]] = ("light", "dark")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
AXE = (ROOT / "node_modules/axe-core/axe.min.js").read_text()
PUBLIC_PAGES = ["/", "/sign-in/", "/sign-up/", "/verify/", "/developers/"]
SIGNED_IN_PAGES = [
    "/collections/new/",
    "/tokens/mine/",
    "/admin/",
    "/admin/generation/work/",
    "/admin/curation/curationdecision/desk/",
    "/admin/minting/transaction/",
    "/admin/minting/voucher/",
    "/admin/webhooks/outboxevent/",
]


def test_no_page_has_a_barrier(stack: Up) -> None:
    pages = [*PUBLIC_PAGES, *pages_of_a_token(stack)]
    password = (stack.home / "keys" / "admin_password").read_text().strip()
    found: dict[str, list[str]] = {}
    for theme in THEMES:
        with browser_page(theme=theme, bypass_csp=True) as page:
            found |= {f"{path} {theme}": barriers(page, stack, path) for path in pages}
            page.goto(f"{stack.site}/sign-in/?next=/admin/")
            page.get_by_label("Name").fill("admin")
            page.get_by_label("Password").fill(password)
            page.get_by_role("button", name="Sign in", exact=True).click()
            page.wait_for_url("**/admin/")
            found |= {f"{path} {theme}": barriers(page, stack, path) for path in SIGNED_IN_PAGES}
    assert {place: each for place, each in found.items() if each} == {}


def pages_of_a_token(stack: Up) -> list[str]:
    """Make a work and mint it; the paths of its two public pages."""
    key = new_key(stack, user="reader")
    job = Watched(stack, key, "jobs", {"prompt": "a teal sun over navy waves"})
    job.end("succeeded")
    work = job.now["works"][0]
    mint = Watched(stack, key, "mints", {"work": work["id"], "to": Account.create().address})
    mint.end("final")
    return [urlsplit(url).path for url in (work["urls"]["web"], mint.now["urls"]["token"])]


def barriers(page: Page, stack: Up, path: str) -> list[str]:
    """What axe-core finds on a page: the rule and the first element that breaks it."""
    page.goto(f"{stack.site}{path}", wait_until="networkidle")
    page.evaluate(AXE)
    result: dict[str, Any] = page.evaluate(f"axe.run(document, {{ runOnly: {RULES} }})")
    return [f"{each['id']}: {each['nodes'][0]['html'][:200]}" for each in result["violations"]]
