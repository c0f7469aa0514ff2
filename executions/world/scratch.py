"""Private folders for work with files. What a process leaves behind when it is killed
is removed by the next one: a lock that the system takes back tells who is gone."""

import fcntl
import os
import secrets
import shutil
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from django.conf import settings

_LOCK: Final = ".lock"
_YOUNG_S: Final = 60.0
"""Between making a folder and locking it passes no time to speak of."""


class ScratchFolders:
    """The folders of this process, in one of its own that it keeps locked."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._guard = threading.Lock()

    @asynccontextmanager
    async def make(self) -> AsyncIterator[Path]:
        """A folder that is gone afterwards, whatever happens within."""
        with TemporaryDirectory(dir=self._own, ignore_cleanup_errors=True) as folder:
            yield Path(folder)

    @property
    def _own(self) -> Path:
        with self._guard:
            return self._locked[0]

    @cached_property
    def _locked(self) -> tuple[Path, int]:
        """The folder, and the lock that is held as long as the process lives."""
        own = self._root / f"{os.getpid()}-{secrets.token_hex(4)}"
        own.mkdir(parents=True, mode=0o700)
        descriptor = os.open(own / _LOCK, os.O_CREAT | os.O_RDWR, 0o600)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        return own, descriptor

    def sweep(self) -> int:
        """Remove what processes that are gone have left; how many folders."""
        if not self._root.is_dir():
            return 0
        return sum(_remove_if_left(folder) for folder in self._root.iterdir())


def _remove_if_left(folder: Path) -> bool:
    with suppress(FileNotFoundError):
        if time.time() - folder.stat().st_mtime < _YOUNG_S or _is_locked(folder):
            return False
        shutil.rmtree(folder, ignore_errors=True)
        return True
    return False


def _is_locked(folder: Path) -> bool:
    try:
        descriptor = os.open(folder / _LOCK, os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


scratch_folders: Final = ScratchFolders(settings.SCRATCH_DIR)
