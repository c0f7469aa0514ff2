"""One process of the installation, its signals and its log."""

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from scripts.commands import ROOT


class Process:
    """`name` is for people; what it prints is in `log`."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        log: Path,
        environment: Mapping[str, str],
    ) -> None:
        self.name = name
        self.log = log
        with log.open("ab") as output:
            self._popen = subprocess.Popen(
                command,
                cwd=ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        return self._popen.pid

    @property
    def is_up(self) -> bool:
        return self._popen.poll() is None

    @property
    def is_frozen(self) -> bool:
        state = Path(f"/proc/{self.pid}/stat").read_text().rpartition(") ")[2]
        return state.startswith("T")

    def send(self, what: signal.Signals) -> None:
        """To the process and all that it started."""
        if self.is_up:
            os.killpg(self.pid, what)

    def kill(self) -> None:
        self.send(signal.SIGKILL)
        self._popen.wait()

    def terminate(self, within_s: float) -> float:
        """Ask it to end; how many seconds it took, infinity if it had to be killed."""
        began = time.monotonic()
        self.send(signal.SIGTERM)
        try:
            self._popen.wait(within_s)
        except subprocess.TimeoutExpired:
            self.kill()
            return float("inf")
        return time.monotonic() - began

    def wait(self, within_s: float) -> bool:
        """Whether it ended by itself within that time."""
        try:
            self._popen.wait(within_s)
        except subprocess.TimeoutExpired:
            return False
        return True

    def says(self, text: str) -> bool:
        return text in self.log.read_text(errors="replace")
