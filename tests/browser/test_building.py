"""What the builder and the page of a run are quick at: by mouse and by keyboard."""

import time

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.browser import documents
from tests.browser.driver import node, wait_until_saved
from tests.servers import ended, start_run

pytestmark = pytest.mark.browser


@pytest.fixture
def drawing(page: Page, demo: httpx.Client) -> Page:
    """The builder, with an agent of three nodes that no other test needs."""
    made = demo.post("/graphs/import/", json=documents.calculator())
    page.goto(f"/agents/{made.json()['id']}/")
    expect(node(page)).to_have_count(3)
    return page


def test_a_snippet_is_put_in_and_undone_as_one_step(drawing: Page) -> None:
    page = drawing
    page.get_by_role("button", name="Snippets").click()
    page.get_by_test_id("palette-snippet-error-handling").click()

    expect(node(page)).to_have_count(7)
    expect(page.get_by_text("Error handling is in.")).to_be_visible()
    expect(page.locator('.node[data-selected="true"]')).to_have_count(4)
    page.get_by_role("button", name="Undo (Ctrl Z)").click()
    expect(node(page)).to_have_count(3)
    wait_until_saved(page)


def test_a_suggestion_is_taken_with_one_click_and_undone(
    page: Page, demo: httpx.Client
) -> None:
    made = demo.post("/graphs/import/", json=documents.with_a_dead_end())
    page.goto(f"/agents/{made.json()['id']}/")
    expect(node(page)).to_have_count(4)

    page.get_by_test_id("findings-button").click()
    suggestions = page.get_by_label("Suggestions")
    expect(suggestions).to_contain_text(
        "Nothing is made of what these give: Store Value"
    )
    suggestions.get_by_role("button", name="Remove the node").click()

    expect(node(page)).to_have_count(3)
    expect(suggestions).to_contain_text("Nothing to suggest.")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Undo (Ctrl Z)").click()
    expect(node(page)).to_have_count(4)
    wait_until_saved(page)


def test_the_palette_is_walked_by_keyboard(drawing: Page) -> None:
    page = drawing
    group = page.get_by_role("button", name="Logic")
    group.focus()
    expect(group).to_have_attribute("aria-expanded", "false")

    page.keyboard.press("ArrowRight")
    expect(group).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")

    expect(node(page)).to_have_count(4)
    wait_until_saved(page)
    page.reload()
    expect(page.get_by_role("region", name="Recent")).to_be_visible()
    expect(group).to_have_attribute("aria-expanded", "true")


def test_a_block_says_that_it_takes_a_credential(drawing: Page) -> None:
    drawing.get_by_test_id("palette-search").fill("send slack message")

    item = drawing.get_by_test_id("palette-item-send-slack-message-block")

    expect(item).to_contain_text("Takes a credential for Slack")


def test_a_credential_is_chosen_in_the_settings(
    drawing: Page, demo: httpx.Client
) -> None:
    page = drawing
    made = demo.post(
        "/credentials/",
        json={
            "provider": "slack",
            "kind": "api_key",
            "title": "Team",
            "secrets": {"api_key": "xoxb-1"},
        },
    )
    assert made.status_code == 201, made.text
    search = page.get_by_test_id("palette-search")
    search.fill("send slack message")
    search.press("Enter")

    field = page.get_by_label("Selected node").get_by_label("Credentials")
    field.select_option("Team · Slack")

    wait_until_saved(page)
    page.reload()
    node(page, "Send Slack Message").locator("header").click()
    expect(field).to_have_value(made.json()["id"])


def test_a_link_leads_to_a_node_of_a_run(page: Page, demo: httpx.Client) -> None:
    agents = demo.get("/graphs/").json()["results"]
    agent = next(one["id"] for one in agents if one["name"] == "Unhandled error")
    run = start_run(demo, agent, {})["id"]
    ended(demo, run)
    page.goto(f"/runs/{run}/")

    page.get_by_role("button", name="Show Double").click()

    panel = page.get_by_label("Selected node")
    expect(panel.get_by_role("heading", name="Double")).to_be_visible()
    assert "#node=" in page.url
    page.reload()
    expect(panel.get_by_role("heading", name="Double")).to_be_visible()


def test_a_thousand_nodes_open_at_once(page: Page, demo: httpx.Client) -> None:
    agent = demo.post("/graphs/import/", json=documents.chain(1000)).json()["id"]

    began = time.monotonic()
    page.goto(f"/agents/{agent}/", wait_until="commit")
    expect(node(page).first).to_be_visible()

    # Drawing all of them took four seconds; what is left is for a machine that is busy.
    assert time.monotonic() - began < 4
    assert node(page).count() < 100
    expect(page.locator("[data-link]").first).to_be_attached()
