"""What goes on in a page behind the test's back: troubles, and states of nodes."""

from collections.abc import Callable
from typing import TypeAlias

from playwright.sync_api import ConsoleMessage, Page, Request, Response

# A page that is left breaks off what it was still asking for, and a download is a
# navigation that does not happen. Neither is a failure.
BROKEN_OFF = "net::ERR_ABORTED"

REPORT_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (event) =>
  console.error(`The policy ${event.violatedDirective} refused ${event.blockedURI}`));
"""

KEEP_STATES = """
() => {
  const last = new Map();
  window.keptStates = [];
  const look = () => {
    for (const node of document.querySelectorAll(".node")) {
      const name = node.querySelector("[data-testid=node-name]").textContent;
      const state = node.dataset.state;
      if (last.get(name) === state) continue;
      last.set(name, state);
      if (state !== "idle") window.keptStates.push([name, state]);
    }
  };
  look();
  new MutationObserver(look).observe(document.body, {
    subtree: true, childList: true, attributes: true, attributeFilter: ["data-state"],
  });
}
"""

States: TypeAlias = list[tuple[str, str]]


class Watch:
    """Gathers console errors, exceptions, and requests that failed or were refused."""

    def __init__(self, page: Page) -> None:
        self.troubles: list[str] = []
        page.add_init_script(REPORT_VIOLATIONS)
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.troubles.append(f"exception: {error}"))
        page.on("requestfailed", self._failed)
        page.on("response", self._answered)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.troubles.append(f"console: {message.text}")

    def _failed(self, request: Request) -> None:
        if request.failure != BROKEN_OFF:
            self.troubles.append(f"request: {request.url} {request.failure}")

    def _answered(self, response: Response) -> None:
        if response.status >= 400:
            self.troubles.append(f"answer: {response.status} {response.url}")


def watch_states(page: Page) -> Callable[[], States]:
    """From now on keep each state that a node on the canvas shows, in order."""
    page.evaluate(KEEP_STATES)
    return lambda: [(name, state) for name, state in page.evaluate("window.keptStates")]
