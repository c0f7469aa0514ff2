"""One embedded process for each data folder."""

import fcntl
import os
from pathlib import Path


class AlreadyRunning(Exception):
    """Another process has the folder; the text names it."""


class ProcessLock:
    """Held until the process ends, however it ends."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = path.open("a+")

    def take(self) -> None:
        """
        Raises:
            AlreadyRunning: naming the process and the file.
        """
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._file.seek(0)
            holder = self._file.read().strip() or "unknown"
            raise AlreadyRunning(
                f"Process {holder} is running already with this data ({self._path}). "
                "Stop it first, or set DATA_DIR to another folder."
            ) from None
        self._file.truncate(0)
        self._file.write(str(os.getpid()))
        self._file.flush()
