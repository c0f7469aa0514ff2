"""Takes changed files of the folder of user blocks while the server runs."""

import logging
import threading
from typing import Final

from blocks.user_blocks import UserBlocks

logger = logging.getLogger(__name__)

LOOK_EVERY_S: Final = 1.0
"""A look is one listing of the folder; no watcher of the system is the same on all."""


class BlockWatch:
    def __init__(self, blocks: UserBlocks, *, every_s: float = LOOK_EVERY_S) -> None:
        self._blocks = blocks
        self._every_s = every_s
        self._stopping = threading.Event()
        self._thread = threading.Thread(
            target=self._watch, name="block watch", daemon=True
        )

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._stopping.wait(self._every_s):
            try:
                for path in self._blocks.refresh():
                    logger.info("user blocks: looked at %s", path)
            except OSError as error:
                # The folder may be moved or be out of reach for a while.
                logger.warning("user blocks: the folder cannot be read (%s)", error)
