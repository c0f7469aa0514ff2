"""Every page as axe-core reads it: nothing serious for who cannot see or point."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, StorageState, expect

from tests.browser import documents
from tests.browser.conftest import NewPage
from tests.browser.driver import node
from tests.servers import ROOT, ended, start_run

pytestmark = pytest.mark.browser

AXE = ROOT / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
LOOK = """
axe.run(document, {resultTypes: ["violations"]}).then(({violations}) => violations
  .filter(({impact}) => impact === "serious" || impact === "critical")
  .map(({id, nodes}) => [id, nodes.slice(0, 3).map(({target}) => target.join(" "))]))
"""

Act = Callable[[Page], Any]


def nothing(page: Page) -> None:
    pass


def choose_a_node(page: Page) -> None:
    node(page, "Greet").locator("header").click()
    expect(page.get_by_label("Selected node")).to_be_visible()


def unfold_the_palette(page: Page) -> None:
    page.get_by_role("button", name="Snippets").click()
    page.get_by_role("button", name="Input", exact=False).first.click()


def see_the_findings(page: Page) -> None:
    page.get_by_test_id("findings-button").click()
    expect(page.get_by_label("Suggestions")).to_be_visible()


def press(key: str) -> Act:
    return lambda page: page.keyboard.press(key)


def tab(name: str) -> Act:
    return lambda page: page.get_by_role("tab", name=name).click()


PAGES = [
    # Lists, with something in them and with nothing.
    pytest.param("/agents/", nothing, id="agents"),
    pytest.param("/runs/", nothing, id="runs"),
    pytest.param("/runs/?status=TIMED_OUT", nothing, id="no runs"),
    pytest.param("/reviews/", nothing, id="reviews"),
    pytest.param("/triggers/schedules/", nothing, id="schedules"),
    pytest.param("/triggers/schedules/new/?agent={greeting}", nothing, id="schedule"),
    pytest.param("/triggers/hooks/", nothing, id="webhooks"),
    pytest.param("/agents/import/", nothing, id="import"),
    pytest.param("/agents/{unknown}/report/", nothing, id="report"),
    # One's account, and what is shared.
    pytest.param("/account/", nothing, id="profile"),
    pytest.param("/account/identities/", nothing, id="sign-in providers"),
    pytest.param("/account/sessions/", nothing, id="sessions"),
    pytest.param("/account/keys/new/", nothing, id="new key"),
    pytest.param("/account/credentials/", nothing, id="credentials"),
    pytest.param("/account/workspace/", nothing, id="workspace"),
    pytest.param("/account/audit/", nothing, id="audit"),
    pytest.param("/agents/{greeting}/shares/", nothing, id="shares"),
    # The builder, and what opens in it.
    pytest.param("/agents/{greeting}/", unfold_the_palette, id="builder"),
    pytest.param("/agents/{greeting}/", choose_a_node, id="settings of a node"),
    pytest.param("/agents/{greeting}/", press("?"), id="shortcuts"),
    pytest.param("/agents/{greeting}/", press("s"), id="settings of the agent"),
    pytest.param("/agents/{greeting}/#run", nothing, id="run form"),
    pytest.param("/agents/{unknown}/", see_the_findings, id="findings"),
    # A run, and its parts.
    pytest.param("/runs/{run}/", choose_a_node, id="run"),
    pytest.param("/runs/{run}/", tab("Timeline"), id="timeline"),
    pytest.param("/runs/{run}/", tab("Nodes"), id="node executions"),
    pytest.param("/runs/{run}/", tab("Events"), id="events"),
    pytest.param("/runs/{run}/", tab("Inputs and outputs"), id="inputs and outputs"),
]


@pytest.fixture(scope="module")
def ids(demo: httpx.Client) -> dict[str, str]:
    agents = demo.get("/graphs/").json()["results"]
    greeting = next(agent["id"] for agent in agents if agent["name"] == "Greeting")
    document = documents.with_an_unknown_block()
    unknown = demo.post("/graphs/import/", json=document).json()["id"]
    run = start_run(demo, greeting, {})["id"]
    ended(demo, run)
    return {"greeting": greeting, "unknown": unknown, "run": run}


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("address", "act"), PAGES)
def test_axe_finds_nothing_serious(
    new_page: NewPage,
    demo_session: StorageState,
    ids: dict[str, str],
    address: str,
    act: Act,
    theme: Any,
) -> None:
    page = new_page(session=demo_session)
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")
    page.goto(address.format(**ids))
    expect(page.locator("h1")).to_have_count(1)

    act(page)

    assert found_by_axe(page) == []


def test_axe_finds_nothing_serious_before_signing_in(stranger: Page) -> None:
    stranger.goto("/sign-in/")

    assert found_by_axe(stranger) == []


def found_by_axe(page: Page) -> list[Any]:
    page.evaluate(AXE.read_text())
    found: list[Any] = page.evaluate(LOOK)
    return found
