"""What a failpoint does when its time has come: `FAILPOINT=name:nth:action`."""

import os
import signal
import socket
import threading
import time
from collections.abc import Mapping
from typing import Final

from core import failpoints

SLEEP_S: Final = 30.0
"""Twice a lease."""


class InjectedError(Exception):
    """Raised where a failpoint says `raise`."""


def install(environment: Mapping[str, str]) -> None:
    """Install what FAILPOINT asks for, if it asks for anything.

    Raises:
        ValueError: it is malformed or names no known action.
    """
    spec = environment.get("FAILPOINT", "")
    if spec:
        name, nth, action = parse(spec)
        failpoints.install(name, nth=nth, action=ACTIONS[action])


def parse(spec: str) -> tuple[str, int, str]:
    """The name, which pass of it, and the name of the action.

    Raises:
        ValueError: as `install`.
    """
    try:
        name, nth, action = spec.split(":")
        number = int(nth)
    except ValueError:
        raise ValueError(f"FAILPOINT={spec!r} is not name:nth:action") from None
    if action not in ACTIONS or number < 1 or not name:
        known = ", ".join(ACTIONS)
        raise ValueError(f"FAILPOINT={spec!r}: nth from 1, action one of {known}")
    return name, number, action


def _kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _raise() -> None:
    raise InjectedError("a failpoint was told to raise")


def _sleep() -> None:
    time.sleep(SLEEP_S)


def _stop() -> None:
    """Freeze the process until somebody lets it go on.

    Through this thread, which would get a little further otherwise.
    """
    signal.pthread_kill(threading.get_ident(), signal.SIGSTOP)


def _drop() -> None:
    """Cut the connection of this thread as a broken network would."""
    from django.db import connection

    if connection.connection is not None:
        with socket.socket(fileno=os.dup(connection.connection.fileno())) as wire:
            wire.shutdown(socket.SHUT_RDWR)


ACTIONS: Final = {
    "kill9": _kill,
    "raise": _raise,
    "sleep": _sleep,
    "stop": _stop,
    "drop": _drop,
}
