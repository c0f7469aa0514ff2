"""Every page as Chromium reads it: nothing in the console, nothing that the content
policy refuses. The fixture `page` fails a test whose page complained."""

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import NewPage
from tests.browser.driver import PHONE, has_no_sideways_scroll
from tests.servers import ended, start_run

pytestmark = pytest.mark.browser

PAGES = [
    "/agents/", "/agents/import/", "/agents/{agent}/", "/agents/{agent}/report/",
    "/agents/{agent}/shares/", "/agents/{agent}/delete/",
    "/runs/", "/runs/?status=FAILED", "/runs/{run}/", "/runs/{run}/shares/",
    "/reviews/", "/shared/",
    "/triggers/schedules/", "/triggers/schedules/new/?agent={agent}",
    "/triggers/hooks/", "/triggers/hooks/new/?agent={agent}",
    "/account/", "/account/password/", "/account/second-factor/", "/account/sessions/",
    "/account/identities/", "/account/keys/", "/account/keys/new/",
    "/account/credentials/", "/account/credentials/new/",
    "/account/credentials/connect/", "/account/audit/", "/account/workspace/",
    "/account/workspace/new/",
    "/admin/", "/admin/accounts/user/", "/admin/executions/execution/",
    "/admin/executions/execution/{run}/change/", "/admin/graphs/graph/{agent}/change/",
]  # fmt: skip
STRANGERS = ["/sign-in/", "/sign-up/", "/password/reset/", "/api/docs/"]


@pytest.fixture(scope="module")
def ids(demo: httpx.Client) -> dict[str, str]:
    agents = demo.get("/graphs/").json()["results"]
    agent = next(agent["id"] for agent in agents if agent["name"] == "Greeting")
    run = start_run(demo, agent, {})["id"]
    ended(demo, run)
    return {"agent": agent, "run": run}


@pytest.mark.parametrize("address", PAGES)
def test_a_page_complains_of_nothing(
    page: Page, ids: dict[str, str], address: str
) -> None:
    answer = page.goto(address.format(**ids), wait_until="networkidle")

    assert answer is not None
    assert answer.status == 200


@pytest.mark.parametrize("address", STRANGERS)
def test_nor_does_one_before_signing_in(stranger: Page, address: str) -> None:
    answer = stranger.goto(address, wait_until="networkidle")

    assert answer is not None
    assert answer.status == 200


def test_the_reference_is_drawn_whole(stranger: Page) -> None:
    stranger.goto("/api/docs/")

    expect(stranger.get_by_text("Draw agents, run them")).to_be_visible()


@pytest.mark.parametrize("address", [a for a in PAGES if not a.startswith("/admin/")])
def test_a_page_fits_a_phone(
    new_page: NewPage, demo_session: object, ids: dict[str, str], address: str
) -> None:
    page = new_page(PHONE, demo_session)

    page.goto(address.format(**ids))

    assert has_no_sideways_scroll(page)
