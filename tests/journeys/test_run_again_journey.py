"""A maker has her work run again from its page, and watches what comes out."""

import re
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import expect

from tests.devstack.running import Up
from tests.journeys.browser import browser_page

pytestmark = [pytest.mark.browser, pytest.mark.processes]
PATIENCE = 240_000  # milliseconds; three pictures on two busy cores


def test_run_again_and_one_step_checked(stack: Up, tmp_path: Path) -> None:
    with browser_page() as page:
        page.goto(f"{stack.site}/sign-up/")
        page.get_by_label("Name").fill("runa")
        page.get_by_label("Password").fill("a long enough password")
        page.get_by_role("button", name="Make the account").click()
        page.goto(f"{stack.site}/studio/")
        page.wait_for_load_state("load")
        page.get_by_label("Describe a picture").fill("a teal sun over navy waves")
        page.get_by_role("button", name="Make it").click()
        page.locator("a[href^='/works/']").first.click(timeout=PATIENCE)
        page.wait_for_url(re.compile("/works/"))
        address = page.url.partition("#")[0]

        again = page.locator("[data-part=again]")
        expect(again).to_contain_text("Nobody has run this recipe again yet")
        page.get_by_role("button", name="Run it again").click()
        expect(again).to_contain_text("gave the same pixels, every one", timeout=PATIENCE)
        page.reload()
        page.get_by_role("button", name="Check one step").click()
        expect(again).to_contain_text("gave exactly what had been committed to", timeout=PATIENCE)
        expect(again.locator(".state.holds")).to_have_count(2)

    work = address.rstrip("/").rsplit("/", 1)[1]
    found = httpx.get(f"{stack.site}/api/v1/works/{work}/reruns").json()["results"]
    assert [each["record"]["result"] for each in found] == ["bit-exact", "bit-exact"]
    export = httpx.get(f"{stack.site}/api/v1/works/{work}/export").content
    (tmp_path / "export.zip").write_bytes(export)
    subprocess.run([sys.executable, "-m", "zipfile", "-e", tmp_path / "export.zip", tmp_path], check=True)
    line = [sys.executable, "-I", "-S", str(tmp_path / "colophon-export/verify.py")]
    assert "holds    audit" in subprocess.run(line, capture_output=True, text=True, check=True).stdout
