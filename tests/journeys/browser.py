"""Headless Chromium, Debian's, driven by Playwright."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from playwright.sync_api import Page, sync_playwright

QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@contextmanager
def browser_page(
    *, theme: Literal["light", "dark"] = "light", bypass_csp: bool = False, java_script: bool = True
) -> Iterator[Page]:
    """A fresh page with no cookies; fails the test when the page's scripts raise.

    `bypass_csp` lets a test bring a script of its own into the page.
    """
    errors: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=QUIET)
        context = browser.new_context(color_scheme=theme, bypass_csp=bypass_csp, java_script_enabled=java_script)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        yield page
        browser.close()
    assert errors == [], "scripts of the page raised"
