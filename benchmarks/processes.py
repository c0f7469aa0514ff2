"""Processes that are measured: started, watched and stopped."""

import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final, TypeVar

from scripts.commands import ROOT

STOPS_WITHIN_S: Final = 40
MIB: Final = 1024  # of the kilobytes in /proc

T = TypeVar("T")


def until(
    ask: Callable[[], T], what: str, within_s: float = 60, every_s: float = 0.05
) -> T:
    """What `ask` answers, as soon as that is something.

    Raises:
        TimeoutError: naming `what` was waited for.
    """
    deadline = time.monotonic() + within_s
    while not (answer := ask()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what}: not within {within_s} s")
        time.sleep(every_s)
    return answer


class Process:
    """A command in the project's folder; what it says goes to a file."""

    def __init__(
        self, command: Sequence[str], environment: Mapping[str, str], log: Path
    ) -> None:
        self.log_path = log
        with log.open("ab") as output:
            self._popen = subprocess.Popen(
                command,
                cwd=ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    @property
    def pid(self) -> int:
        return self._popen.pid

    @property
    def log(self) -> str:
        return self.log_path.read_text(errors="replace")

    @property
    def is_alive(self) -> bool:
        return self._popen.poll() is None

    def kill(self) -> None:
        """As a power cut would."""
        self._popen.kill()
        self._popen.wait()

    def stop(self) -> None:
        self._popen.send_signal(signal.SIGTERM)
        try:
            self._popen.wait(STOPS_WITHIN_S)
        except subprocess.TimeoutExpired:
            self.kill()


def tree(pid: int) -> list[int]:
    """The process and all that descend from it."""
    children: dict[int, list[int]] = {}
    for child, parent in _parents():
        children.setdefault(parent, []).append(child)
    found = [pid]
    for one in found:
        found += children.get(one, [])
    return found


def _parents() -> Iterator[tuple[int, int]]:
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        with suppress(OSError):
            yield int(entry.name), int(_fields_after_name(entry)[1])


def _fields_after_name(folder: Path) -> list[str]:
    """Of `stat`; the name before them may hold anything."""
    return (folder / "stat").read_text().rpartition(")")[2].split()


def peak_mib(pid: int) -> float:
    """The most that was resident at one time, of the process and its children."""
    return sum(_kilobytes(one, "status", "VmHWM:") for one in tree(pid)) / MIB


def shared_mib(pid: int) -> float:
    """What the processes of the tree really take: shared pages count in part (PSS)."""
    return sum(_kilobytes(one, "smaps_rollup", "Pss:") for one in tree(pid)) / MIB


def _kilobytes(pid: int, file: str, field: str) -> int:
    for line in Path(f"/proc/{pid}/{file}").read_text().splitlines():
        if line.startswith(field):
            return int(line.split()[1])
    return 0
