"""The product in a real browser, from the first visit to the run that failed."""

import json
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, StorageState, expect

from tests.browser import documents
from tests.browser.conftest import NewPage
from tests.browser.driver import (
    PHONE,
    configure,
    drag,
    expect_status,
    file_of,
    has_no_sideways_scroll,
    node,
    open_agent,
    output,
    pin,
    run,
    sign_in,
    sign_out,
    wait_until_saved,
)
from tests.browser.watch import watch_states
from tests.servers import Site, ended, start_run

pytestmark = pytest.mark.browser

TIMERS = ("Toast bread", "Brew tea", "Boil egg")  # as they get ready
AFTER = ("Lay the table", "Announce", "Breakfast")
BREAKFAST = "Breakfast for Ada: tea, toast, a boiled egg"


# --- Coming in ------------------------------------------------------------------------


def test_a_new_account_is_empty_and_the_printed_one_is_not(stranger: Page, site: Site):
    page = stranger
    page.goto("/")
    page.get_by_role("link", name="Create one").click()
    page.get_by_label("E-mail").fill("new@example.org")
    page.get_by_label("Password").fill("correct-horse-9")
    page.get_by_role("button", name="Create account").click()
    expect(page.get_by_role("heading", name="Draw your first agent")).to_be_visible()
    sign_out(page)

    page.goto("/agents/")
    page.wait_for_url("**/sign-in/?next=/agents/")
    sign_in(page, site)
    expect(page.get_by_role("link", name="Slow breakfast", exact=True)).to_be_visible()


# --- Watching -------------------------------------------------------------------------


def test_a_run_is_watched_node_by_node(page: Page):
    open_agent(page, "Slow breakfast")
    states = watch_states(page)
    run(page)
    expect(output(page, "Breakfast")).to_contain_text(BREAKFAST, timeout=20_000)
    expect_status(page, "COMPLETED")

    seen = states()
    for timer in TIMERS:
        assert seen.index((timer, "waiting")) < seen.index((timer, "completed"))
    completed = [name for name, state in seen if state == "completed"]
    # What comes of the last timer comes at once: the page may draw it in one go.
    assert completed[:3] == ["Guest", *TIMERS[:2]]
    assert sorted(completed[3:]) == sorted([TIMERS[2], *AFTER])
    assert {state for _, state in seen} <= {"running", "waiting", "completed"}

    page.get_by_role("tab", name="Log").click()
    log = page.get_by_label("What happened").get_by_role("listitem")
    expect(log.first).to_contain_text("The run started.")
    expect(log.last).to_contain_text("The run ended: completed.")


def test_a_slow_run_is_cancelled(page: Page):
    open_agent(page, "Slow breakfast")
    run(page)
    expect(node(page, "Boil egg")).to_have_attribute("data-state", "waiting")
    page.get_by_role("link", name="Open the run").click()
    page.get_by_test_id("cancel-run").click()
    expect_status(page, "CANCELLED")
    expect(node(page, "Boil egg")).to_have_attribute("data-state", "cancelled")
    expect(node(page, "Guest")).to_have_attribute("data-state", "completed")
    expect(page.get_by_test_id("cancel-run")).to_be_hidden()


def test_a_failed_run_says_what_failed_and_where(page: Page):
    open_agent(page, "Unhandled error")
    run(page)
    expect_status(page, "FAILED")
    trouble = page.get_by_test_id("outputs").get_by_role("alert")
    expect(trouble).to_contain_text("Double: ")
    expect(trouble).to_contain_text("twelve")

    page.get_by_role("link", name="Open the run").click()
    expect(page.get_by_text("Failed at Double: ")).to_contain_text("twelve")
    expect(node(page, "Double")).to_have_attribute("data-state", "failed")
    expect(node(page, "Announce")).to_have_attribute("data-state", "completed")
    page.get_by_role("tab", name="Nodes").click()
    expect(page.get_by_role("row", name="Double")).to_contain_text("Failed")
    page.get_by_role("tab", name="Timeline").click()
    expect(page.get_by_role("row", name="Double")).to_be_visible()
    page.get_by_role("tab", name="Inputs and outputs").click()
    expect(page.get_by_test_id("outputs")).to_contain_text("twelve")


def test_the_list_shows_the_runs_with_their_states(page: Page, demo: httpx.Client):
    document = documents.calculator() | {"name": "Two endings"}
    agent = demo.post("/graphs/import/", json=document).json()["id"]
    for value in (8, "eight"):
        ended(demo, start_run(demo, agent, {"Input": value})["id"])
    page.goto(f"/runs/?agent={agent}")
    rows = page.locator("#rows > tr")
    expect(rows).to_have_count(2)
    expect(rows.nth(0)).to_contain_text("Failed")
    expect(rows.nth(1)).to_contain_text("Completed")

    page.get_by_label("Filter by state").get_by_role("link", name="Completed").click()
    expect(rows).to_have_count(1)
    rows.get_by_role("link", name="Two endings").click()
    expect_status(page, "COMPLETED")


# --- Drawing --------------------------------------------------------------------------


def test_an_agent_is_drawn_run_and_kept(page: Page):
    page.goto("/agents/")
    page.get_by_role("button", name="New agent").click()
    draw_a_greeting(page)
    wait_until_saved(page)

    run(page)
    expect(page.locator('[data-input="who"]')).to_contain_text("required")
    run(page, who="Ada")
    expect(output(page, "greeting")).to_contain_text("Hello Ada, welcome.")
    expect_status(page, "COMPLETED")

    page.reload()
    expect(page.get_by_label("Name of the agent")).to_have_value("Greeter")
    expect(node(page)).to_have_count(3)
    expect(page.locator("[data-link]")).to_have_count(2)
    template = node(page, "Fill Text Template")
    expect(template.get_by_label("Format of this node")).to_have_value(
        "Hello {{who}}, welcome."
    )


def draw_a_greeting(page: Page) -> None:
    """An input, a template and an output: by drag, by Enter, and linked by hand."""
    page.get_by_label("Name of the agent").fill("Greeter")
    canvas = page.get_by_test_id("canvas")
    search = page.get_by_test_id("palette-search")
    search.fill("fill text template")
    search.press("Enter")
    configure(page, "Fill Text Template", Format="Hello {{who}}, welcome.")
    search.fill("short text")
    page.get_by_test_id("palette-item-agent-short-text-input-block").drag_to(
        canvas, target_position={"x": 150, "y": 150}
    )
    configure(page, "Agent Short Text Input", Name="who")
    search.fill("agent output")
    page.get_by_test_id("palette-item-agent-output-block").drag_to(
        canvas, target_position={"x": 560, "y": 620}
    )
    configure(page, "Agent Output", Name="greeting")
    page.get_by_role("button", name="Add key to Values").click()
    page.get_by_label("Key of Values").fill("who")
    page.get_by_label("Key of Values").press("Enter")
    page.get_by_role("button", name="Close the panel").click()
    page.get_by_role("button", name="Fit View").click()
    drag(
        page,
        pin(page, "who", "result"),
        pin(page, "Fill Text Template", "values_#_who"),
    )
    drag(
        page,
        pin(page, "Fill Text Template", "output"),
        pin(page, "greeting", "value"),
    )
    expect(page.locator("[data-link]")).to_have_count(2)


# --- Files ----------------------------------------------------------------------------


def test_an_exported_agent_comes_in_runs_and_goes_out_the_same(page: Page):
    sent = documents.calculator()
    page.goto("/agents/import/")
    page.get_by_label("Choose an agent file").set_input_files(file_of(sent))
    page.get_by_role("button", name="Import agent").click()
    expect(page.get_by_text("Imported “Calculator agent”.")).to_be_visible()
    expect(node(page)).to_have_count(3)
    expect(page.locator('[data-link][data-static="true"]')).to_have_count(1)

    run(page, Input="8")
    expect(output(page, "Output")).to_contain_text("42")
    expect_status(page, "COMPLETED")

    with page.expect_download() as download:
        page.get_by_test_id("export-button").click()
    received = json.loads(Path(download.value.path()).read_bytes())
    assert received["name"] == "Calculator agent"
    assert documents.meaning(received) == documents.meaning(sent)


def test_an_unknown_block_is_kept_as_a_placeholder(page: Page):
    open_agent(page, "Greeting")
    file = file_of(documents.with_an_unknown_block())
    page.get_by_test_id("import-file").set_input_files(file)
    expect(page.get_by_text("1 block not installed here")).to_be_visible()
    placeholder = page.locator('.node[data-unknown="true"]')
    expect(placeholder).to_have_count(1)
    expect(placeholder).to_contain_text("is not installed")


# --- Other hands, other screens -------------------------------------------------------


def test_the_keyboard_alone_is_enough(page: Page):
    page.goto("/agents/")
    press_tab_to(page, "Greeting")
    page.keyboard.press("Enter")
    expect(node(page).first).to_be_visible()
    page.keyboard.press("Control+Enter")
    form = page.get_by_test_id("run-form")
    expect(form.get_by_label("Greeting")).to_be_focused()
    page.keyboard.type("Good")
    page.keyboard.press("Tab")
    expect(form.get_by_label("Name")).to_be_focused()
    page.keyboard.type("Grace")
    page.keyboard.press("Enter")
    expect(output(page, "Message")).to_contain_text("Good morning, Grace!")
    expect_status(page, "COMPLETED")
    press_tab_to(page, "Open the run")
    page.keyboard.press("Enter")
    page.wait_for_url("**/runs/*/")
    expect_status(page, "COMPLETED")


def press_tab_to(page: Page, link: str) -> None:
    target = page.get_by_role("link", name=link, exact=True)
    for _ in range(200):
        page.keyboard.press("Tab")
        if target.evaluate("link => link === document.activeElement"):
            return
    raise AssertionError(f"Tab never came to the link “{link}”.")


def test_a_phone_shows_all_of_it(new_page: NewPage, demo_session: StorageState):
    page = new_page(PHONE, demo_session)
    page.goto("/agents/")
    assert has_no_sideways_scroll(page)
    open_agent(page, "Greeting")
    assert has_no_sideways_scroll(page)
    run(page)
    expect(output(page, "Message")).to_be_in_viewport()
    expect_status(page, "COMPLETED")
    assert has_no_sideways_scroll(page)
    page.get_by_role("link", name="Open the run").click()
    expect_status(page, "COMPLETED")
    for tab in page.get_by_role("tab").all():
        tab.click()
        assert has_no_sideways_scroll(page)
