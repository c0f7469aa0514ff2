"""Celery's in-memory broker, woken by a message instead of polling for one."""

import threading
from queue import Empty
from typing import Any, Final, cast

from kombu.transport import TRANSPORT_ALIASES, memory

NAME: Final = "doorbell"

_arrived = threading.Condition()
_puts = 0


class Channel(memory.Channel):
    """Tells the consumers of this process when a message was put."""

    def _put(self, queue: str, message: Any, **kwargs: Any) -> None:
        super()._put(queue, message, **kwargs)
        global _puts
        with _arrived:
            _puts += 1
            _arrived.notify_all()


class Transport(memory.Transport):
    """`doorbell://`; messages are lost at exit, which doorbells may be."""

    Channel = Channel

    def drain_events(self, connection: Any, timeout: Any = None, **_: Any) -> None:
        """Deliver a message; to be called again and again.

        Raises:
            socket.timeout: none came in time.
        """
        seen = _puts
        try:
            cast(Any, self.cycle).get(self._deliver, timeout=timeout)
            return
        except Empty:
            pass
        with _arrived:
            if not _arrived.wait_for(lambda: _puts != seen, timeout=timeout):
                raise TimeoutError()


def install() -> None:
    """Make the transport known to kombu under its name."""
    TRANSPORT_ALIASES[NAME] = f"{__name__}:Transport"
