"""Sees every connection and every program that this process begins, whoever begins it.

Python itself tells: an audit hook is asked before each, below all libraries, and what
it refuses does not happen. It cannot be taken away again, so there is one for all.
"""

import os
import socket
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from django.conf import settings

_PROGRAMS: Final = frozenset(
    {"os.system", "subprocess.Popen", "os.exec", "os.posix_spawn", "pty.spawn"}
)
_CONNECTS: Final = frozenset({"socket.connect", "socket.sendto"})
_FILES: Final = frozenset({"open", "os.symlink", "os.link", "os.rename"})
_WATCHED: Final = _PROGRAMS | _CONNECTS | _FILES
_WRITES: Final = os.O_WRONLY | os.O_RDWR | os.O_CREAT


@dataclass
class Spy:
    """`own` are addresses of the platform itself, which it may connect to."""

    own: frozenset[tuple[str, int]] = frozenset()
    refuses: bool = True
    connects: list[tuple[str, int]] = field(default_factory=list)
    programs: list[str] = field(default_factory=list)
    written: list[str] = field(default_factory=list)

    def sees(self, event: str, args: tuple[Any, ...]) -> None:
        if event in _PROGRAMS:
            self.programs.append(event)
        elif event in _CONNECTS and args[0].family != socket.AF_UNIX:
            self._sees_connect(args[-1])
        elif event in _FILES:
            self._sees_file(event, args)

    def _sees_connect(self, address: Any) -> None:
        host, port = str(address[0]), int(address[1])
        if (host, port) in self.own:
            return
        self.connects.append((host, port))
        if self.refuses:
            raise ConnectionRefusedError("no test reaches the network")

    def _sees_file(self, event: str, args: tuple[Any, ...]) -> None:
        """What is written beside the places that are there to be written to."""
        path = args[0] if event == "open" else args[1]
        is_written = event != "open" or bool((args[2] or 0) & _WRITES)
        if is_written and isinstance(path, str | bytes | os.PathLike):
            place = Path(os.fsdecode(path)).absolute()
            if (
                not any(place.is_relative_to(each) for each in _SCRATCH)
                and "__pycache__" not in place.parts
            ):
                self.written.append(str(place))


_SCRATCH: Final = (Path(tempfile.gettempdir()), Path("/dev"), Path("/proc"))

_watching: list[Spy] = []


def _hook(event: str, args: tuple[Any, ...]) -> None:
    if _watching and event in _WATCHED:
        for spy in list(_watching):
            spy.sees(event, args)


@cache
def _install() -> None:
    sys.addaudithook(_hook)


@contextmanager
def watching(spy: Spy) -> Iterator[Spy]:
    _install()
    _watching.append(spy)
    try:
        yield spy
    finally:
        _watching.remove(spy)


def own_addresses() -> frozenset[tuple[str, int]]:
    """Where the platform keeps what processes share."""
    address = urlsplit(settings.RATE_LIMITS_REDIS)
    if not address.hostname:
        return frozenset()
    names = {address.hostname, "127.0.0.1" if address.hostname == "localhost" else ""}
    return frozenset((name, address.port or 6379) for name in names if name)
