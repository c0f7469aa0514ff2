"""A real site and a real Chromium; what goes wrong in a page fails its test."""

import os
import shutil
from collections.abc import Callable, Iterator

import httpx
import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Page,
    StorageState,
    ViewportSize,
    expect,
    sync_playwright,
)

from tests.browser.driver import WIDE, sign_in
from tests.browser.watch import Watch
from tests.servers import Site, running_site

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
NAMES = ", ".join(CHROMIUM)
ARGUMENTS = [
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE_MS = 10_000

NewPage = Callable[..., Page]


@pytest.fixture(scope="session")
def chromium_path() -> str:
    found = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if found is None:
        pytest.fail(
            f"Chromium is not on PATH under {NAMES}. Install it.", pytrace=False
        )
    return found


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with running_site(tmp_path_factory.mktemp("browser-site")) as running:
        yield running
    assert running.process.complaints() == []


@pytest.fixture(scope="session")
def demo(site: Site) -> Iterator[httpx.Client]:
    """What the test itself asks of the server, as the same person as in the browser."""
    with site.demo() as client:
        yield client


# Not of the session: while Playwright is up, its event loop counts as running in this
# thread, and asynchronous tests of other modules could not run.
@pytest.fixture(scope="module")
def browser(chromium_path: str) -> Iterator[Browser]:
    # Chromium refuses to build its sandbox for root.
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium_path, args=[*ARGUMENTS, *sandbox]
        )
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def demo_session(browser: Browser, site: Site) -> StorageState:
    """The cookies of the demo account, so that tests need not sign in each."""
    with browser.new_context(base_url=site.url) as context:
        sign_in(context.new_page(), site)
        return context.storage_state()


@pytest.fixture
def new_page(browser: Browser, site: Site) -> Iterator[NewPage]:
    """Pages of a browser of their own; in the end none of them may have complained."""
    watches: list[Watch] = []
    contexts: list[BrowserContext] = []

    def make(size: ViewportSize = WIDE, session: StorageState | None = None) -> Page:
        context = browser.new_context(
            base_url=site.url, viewport=size, storage_state=session
        )
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        page = context.new_page()
        watches.append(Watch(page))
        return page

    yield make
    for context in contexts:
        context.close()
    assert [trouble for watch in watches for trouble in watch.troubles] == []


@pytest.fixture
def stranger(new_page: NewPage) -> Page:
    """Nobody is signed in."""
    return new_page()


@pytest.fixture
def page(new_page: NewPage, demo_session: StorageState) -> Page:
    return new_page(session=demo_session)
