"""`python -m scripts.fuzz`: asks a site of its own whatever its API schema allows, and
what it does not, and looks at each answer: none is an error of the server, and all are
as the schema says. FUZZ_EXAMPLES (5) is how many of each kind it makes up."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import httpx

from scripts.commands import ROOT, say
from scripts.own_servers import HOST, free_port

READY_WITHIN_S: Final = 60.0
ACCOUNT: Final = {"email": "fuzz@example.org", "password": "correct-horse-9"}
CHECKS: Final = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
    "ignored_auth",
)
NOT_ASKED: Final = "auth/(logout|register|token|password)"
"""What would sign the asker out, or make an account each time."""


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="fuzz-") as folder, site(folder) as url:
        return _fuzz(url, _token(url))


@contextmanager
def site(folder: str) -> Iterator[str]:
    """The address of a site in embedded mode that knows nobody yet."""
    port = free_port()
    environment = {k: v for k, v in os.environ.items() if not k.endswith("_URL")}
    log = Path(folder, "log")
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603
            [sys.executable, "manage.py", "up", "--port", str(port)],
            cwd=ROOT,
            env={**environment, "DATA_DIR": folder},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        url = f"http://{HOST}:{port}"
        _wait_for(url, process, log)
        yield url
    finally:
        process.terminate()
        process.wait()


def _wait_for(url: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    """
    Raises:
        RuntimeError: it does not come up; with what it said.
    """
    deadline = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx.get(f"{url}/readyz").is_success:
                return
        except httpx.TransportError:
            time.sleep(0.2)
    raise RuntimeError(f"the site did not come up: {log.read_text(errors='replace')}")


def _token(url: str) -> str:
    httpx.post(f"{url}/api/v1/auth/register/", json=ACCOUNT).raise_for_status()
    answer = httpx.post(f"{url}/api/v1/auth/token/", json=ACCOUNT).raise_for_status()
    token: str = answer.json()["access"]
    return token


def _fuzz(url: str, token: str) -> int:
    say(f"Asking {url} whatever its schema allows ...")
    options = {
        "--phases": "examples,coverage,fuzzing",
        "--max-examples": os.environ.get("FUZZ_EXAMPLES", "5"),
        "--checks": ",".join(CHECKS),
        "--exclude-path-regex": NOT_ASKED,
        "--request-timeout": "20",
    }
    command = [str(Path(sys.executable).with_name("schemathesis")), "run"]
    command += [f"{url}/api/schema/?format=json", "--continue-on-failure"]
    command += ["-H", f"Authorization: Bearer {token}"]
    command += [part for option in options.items() for part in option]
    return subprocess.run(command, cwd=tempfile.gettempdir()).returncode  # noqa: S603


if __name__ == "__main__":
    sys.exit(main())
