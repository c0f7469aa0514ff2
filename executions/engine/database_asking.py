"""Questions to the database from the loop: each in a thread, and patient."""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import Executor
from typing import Final, TypeVar

from django.db import InterfaceError, OperationalError, connection

logger = logging.getLogger(__name__)

PATIENCE_S: Final = 300.0
AGAIN_AFTER_S: Final = 0.5
CONNECTION_LOST: Final = (OperationalError, InterfaceError)

T = TypeVar("T")


async def ask(executor: Executor, call: Callable[[], T]) -> T:
    """What `call` answers in a thread of `executor`, whose connections stay open.

    A database that is away is waited for: that is no fault of the node. So `call` may
    run more than once.
    """

    def guarded() -> T:
        try:
            return call()
        except CONNECTION_LOST:
            connection.close()
            raise

    loop = asyncio.get_running_loop()
    until = loop.time() + PATIENCE_S
    while True:
        try:
            return await loop.run_in_executor(executor, guarded)
        except CONNECTION_LOST as error:
            if loop.time() > until:
                raise
            logger.warning("look-up: the database is away (%s)", error)
            await asyncio.sleep(AGAIN_AFTER_S)
