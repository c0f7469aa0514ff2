"""PostgreSQL and Redis servers of our own that can be killed and started again."""

import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from scripts.own_servers import (
    HOST,
    ServicesError,
    as_user,
    folder_of,
    free_port,
    is_redis,
    may_create_databases,
    new_cluster,
    unprivileged_user,
)

UP_WITHIN_S: Final = 60.0
_LOOK_EVERY_S: Final = 0.1

# A crash of the server must cost nothing that it said was committed.
_SAFE: Final = ("fsync=on", "synchronous_commit=on", "full_page_writes=on")


class Server:
    """One program that listens on the port of its `url`, with all it says in `log`."""

    def __init__(self, command: list[str], url: str, log: Path, user: str | None):
        self.url = url
        self.log = log
        self._command = command
        self._user = user
        self._process: subprocess.Popen[bytes] | None = None

    def answers(self) -> bool:
        raise NotImplementedError

    def start(self) -> None:
        """Return once it answers; try again while what is left of the last one fades.

        Raises:
            ServicesError: it does not come up.
        """
        deadline = time.monotonic() + UP_WITHIN_S
        while time.monotonic() < deadline:
            if self._process is None or self._process.poll() is not None:
                self._process = self._launch()
            time.sleep(_LOOK_EVERY_S)
            if self._process.poll() is None and self.answers():
                return
        raise ServicesError(f"{self._command[0]} did not start: see {self.log}")

    def end(self, how: signal.Signals = signal.SIGKILL) -> None:
        """Send the signal and return once the process is gone."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait()

    def _launch(self) -> "subprocess.Popen[bytes]":
        with self.log.open("ab") as output:
            return subprocess.Popen(
                self._command,
                cwd=self.log.parent,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                **self._as_user(),
            )

    def _as_user(self) -> dict[str, Any]:
        return as_user(self._user)


class PostgreSQL(Server):
    def answers(self) -> bool:
        return may_create_databases(f"{self.url}/postgres")


class Redis(Server):
    def answers(self) -> bool:
        return is_redis(self.url)


@contextmanager
def postgresql(within: Path | None = None) -> Iterator[PostgreSQL]:
    """A running server whose `url` names no database; its data are `within` a folder,
    if one is given."""
    user, port = unprivileged_user(), free_port()
    with folder_of(user, within) as folder:
        programs, data = new_cluster(folder, user)
        options = [f"listen_addresses={HOST}", "unix_socket_directories="]
        options += ["max_connections=300", *_SAFE]
        command = [str(programs / "postgres"), "-D", str(data), "-p", str(port)]
        command += [part for option in options for part in ("-c", option)]
        url = f"postgresql://postgres@{HOST}:{port}"
        yield from _held_up(PostgreSQL(command, url, folder / "log", user))


@contextmanager
def redis() -> Iterator[Redis]:
    """A running server; each start finds it empty."""
    port = free_port()
    with folder_of(None) as folder:
        command = ["redis-server", "--port", str(port), "--bind", HOST]
        command += ["--dir", str(folder), "--save", "", "--appendonly", "no"]
        url = f"redis://{HOST}:{port}/0"
        yield from _held_up(Redis(command, url, folder / "log", None))


def _held_up(server: Any) -> Iterator[Any]:
    server.start()
    try:
        yield server
    finally:
        server.end(signal.SIGINT)
