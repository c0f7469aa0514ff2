"""What people do with the pages, as verbs: tests then read as a story."""

import json
import re
from typing import Any

from playwright.sync_api import FilePayload, Locator, Page, ViewportSize, expect

from tests.servers import DEMO, Site

WIDE = ViewportSize(width=1440, height=900)
PHONE = ViewportSize(width=390, height=844)


def sign_in(page: Page, site: Site) -> None:
    """With what the server printed when it made the account."""
    printed = re.search(r"Password\s+(\S+)", site.process.log)
    assert printed, site.process.log
    page.goto("/sign-in/")
    page.get_by_label("E-mail").fill(DEMO)
    page.get_by_label("Password").fill(printed[1])
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/agents/")


def sign_out(page: Page) -> None:
    page.locator("summary", has_text="Account").click()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/sign-in/")


def open_agent(page: Page, name: str) -> None:
    page.goto("/agents/")
    page.get_by_role("link", name=name, exact=True).click()
    expect(node(page).first).to_be_visible()


def has_no_sideways_scroll(page: Page) -> bool:
    sizes = page.evaluate(
        "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    )
    return bool(sizes[0] <= sizes[1])


def file_of(document: Any) -> FilePayload:
    body = json.dumps(document).encode()
    return {"name": "agent.json", "mimeType": "application/json", "buffer": body}


# --- The canvas -----------------------------------------------------------------------


def node(page: Page, name: str = "") -> Locator:
    """The node of that name; without one, all."""
    if not name:
        return page.locator(".node")
    title = page.get_by_test_id("node-name").get_by_text(name, exact=True)
    return page.locator(".node").filter(has=title)


def pin(page: Page, of: str, name: str) -> Locator:
    return node(page, of).locator(f'[data-pin="{name}"]')


def drag(page: Page, source: Locator, sink: Locator) -> None:
    """In steps, as a hand does: a jump would start no drag."""
    for place, move in ((source, page.mouse.down), (sink, page.mouse.up)):
        box = place.bounding_box()
        assert box, place
        page.mouse.move(
            box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, steps=8
        )
        move()


def configure(page: Page, name: str, **constants: str) -> None:
    """Select the node and fill fields of its form."""
    node(page, name).locator("header").click()
    form = page.get_by_label("Selected node")
    for label, text in constants.items():
        # The last one: a pin may be called as the name of the node is, above it.
        form.get_by_label(re.compile(f"^{label}( required)?$")).last.fill(text)


def wait_until_saved(page: Page) -> None:
    expect(page.get_by_test_id("save-state")).to_have_text("Saved")


# --- Runs -----------------------------------------------------------------------------


def run(page: Page, **inputs: str) -> None:
    """From the builder, with these values in the form."""
    page.get_by_test_id("run-button").click()
    for name, text in inputs.items():
        field = page.locator(f'[data-input="{name}"]')
        field.locator("input, textarea").fill(text)
    page.get_by_test_id("run-submit").click()


def expect_status(page: Page, status: str) -> None:
    expect(page.get_by_test_id("run-status")).to_have_attribute("data-status", status)


def output(page: Page, name: str) -> Locator:
    return page.locator(f'[data-output="{name}"]')
