"""Real servers for tests: `manage.py up` as a process, and clients of it."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

import httpx
from websockets.sync.client import ClientConnection, connect

from blocks.values import JsonObject
from scripts.own_servers import free_port

ROOT = Path(__file__).resolve().parent.parent
API = "/api/v1"
DEMO = "demo@example.com"
NOT_OURS = ("DATABASE_URL", "REDIS_URL", "PYTEST_CURRENT_TEST")
COMPLAINTS = ("Traceback", " ERROR ", " WARNING ", " CRITICAL ", "ERROR:", "Warning:")

T = TypeVar("T")


def until(ask: Callable[[], T], within_s: float = 15, every_s: float = 0.05) -> T:
    """What `ask` answers, as soon as that is something."""
    deadline = time.monotonic() + within_s
    while not (answer := ask()):
        assert time.monotonic() < deadline, f"still nothing after {within_s} s"
        time.sleep(every_s)
    return answer


class Process:
    """A command of the project with a clean environment and its output in a file."""

    def __init__(
        self, command: list[str], log: Path, environment: Mapping[str, str]
    ) -> None:
        self.log_path = log
        inherited = {k: v for k, v in os.environ.items() if k not in NOT_OURS}
        with log.open("ab") as output:
            self.popen = subprocess.Popen(
                [sys.executable, *command],
                cwd=ROOT,
                env={**inherited, **environment},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def log(self) -> str:
        return self.log_path.read_text(errors="replace")

    def complaints(self) -> list[str]:
        """The lines of its output that a healthy server does not write."""
        return [
            line
            for line in self.log.splitlines()
            if any(word in line for word in COMPLAINTS)
        ]

    def kill(self) -> None:
        """As a power cut would."""
        self.popen.kill()
        self.popen.wait()

    def stop(self, within_s: float = 40) -> int:
        """Ask it to end; its exit code."""
        self.popen.send_signal(signal.SIGTERM)
        try:
            return self.popen.wait(within_s)
        finally:
            self.kill()


class Site:
    """Embedded mode with its data in `folder`; may be started again and again."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment = {"DATA_DIR": str(folder), **environment}
        self.process: Process

    def start(self) -> None:
        self.process = Process(
            ["manage.py", "up", "--port", str(self.port)],
            self.folder / "log",
            self.environment,
        )
        answers(self.process, self.url)

    def demo(self) -> httpx.Client:
        """The client of the account that it makes by itself."""
        password = (self.folder / "demo-password").read_text().strip()
        return signed_in(self.url, DEMO, password)


def answers(process: Process, url: str) -> None:
    """Return when the server does."""

    def ask() -> bool:
        assert process.popen.poll() is None, process.log
        try:
            return httpx.get(f"{url}/livez").status_code == 200
        except httpx.TransportError:
            return False

    until(ask, within_s=60)


@contextmanager
def running_site(folder: Path, **environment: str) -> Iterator[Site]:
    site = Site(folder, **environment)
    site.start()
    try:
        yield site
    finally:
        site.process.stop()


def signed_in(url: str, email: str, password: str) -> httpx.Client:
    body = {"email": email, "password": password}
    token = httpx.post(f"{url}{API}/auth/token/", json=body).json()["access"]
    headers = {"authorization": f"Bearer {token}"}
    return httpx.Client(base_url=url + API, headers=headers, timeout=30)


def registered(url: str, email: str) -> httpx.Client:
    body = {"email": email, "password": "correct-horse-9"}
    httpx.post(f"{url}{API}/auth/register/", json=body).raise_for_status()
    return signed_in(url, **body)


# --- Runs -----------------------------------------------------------------------------


def new_agent(client: httpx.Client, body: JsonObject) -> str:
    answer = client.post("/graphs/", json=body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def start_run(client: httpx.Client, agent: str, inputs: JsonObject, query="") -> Any:
    answer = client.post(f"/graphs/{agent}/executions/{query}", json={"inputs": inputs})
    assert answer.status_code in (200, 202), answer.text
    return answer.json()


def run_of(client: httpx.Client, id: str) -> Any:
    return client.get(f"/executions/{id}/").json()


def ended(client: httpx.Client, id: str, within_s: float = 30) -> Any:
    """The run, once it has an end."""

    def ask() -> Any:
        run = run_of(client, id)
        return run if run["ended_at"] else None

    return until(ask, within_s, every_s=0.1)


def events_of(client: httpx.Client, id: str, after: int = 0) -> list[Any]:
    """All its events; their numbers have no gap."""
    found: list[Any] = []
    page = client.get(f"/executions/{id}/events/?after={after}").json()
    found += page["results"]
    while page["next"]:
        page = client.get(page["next"]).json()
        found += page["results"]
    expected = list(range(after + 1, after + 1 + len(found)))
    assert [event["seq"] for event in found] == expected
    return found


Opening: TypeAlias = AbstractContextManager[ClientConnection]


def socket(url: str, id: str, **options: Any) -> Opening:
    query = options.pop("query", "")
    address = f"{url.replace('http', 'ws')}/ws/executions/{id}/{query}"
    opening: Opening = connect(address, proxy=None, **options)
    return opening


# --- The world outside ----------------------------------------------------------------


class Effects:
    """A web server that keeps what it was asked to do; `/slow/` takes its time."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, str, str]] = []
        handler = type("Handler", (_Handler,), {"effects": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.address = f"127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Handler(BaseHTTPRequestHandler):
    effects: Effects

    def _answer(self) -> None:
        self.rfile.read(int(self.headers.get("content-length") or 0))
        key = self.headers.get("idempotency-key", "")
        self.effects.calls.append((self.command, self.path, key))
        if self.path.startswith("/slow/"):
            time.sleep(4)
        body = b'{"done": true}'
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = _answer

    def handle(self) -> None:
        try:
            super().handle()
        except ConnectionError:  # who asked was killed
            return

    def log_message(self, *_: object) -> None:
        """Tests read `calls`."""
