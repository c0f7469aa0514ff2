"""Rings the workers: after the commit, off the request's thread, many rings as one."""

import logging
import threading
from typing import Final

from django.db import transaction
from kombu.exceptions import OperationalError

from core import failpoints

logger = logging.getLogger(__name__)

QUIET_S: Final = 0.015


class Doorbell:
    """A ring that is lost costs a second: workers also look by themselves."""

    def __init__(self) -> None:
        self._pressed = threading.Event()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def ring_after_commit(self) -> None:
        transaction.on_commit(self.ring)

    def ring(self) -> None:
        self._pressed.set()
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._publish, name="doorbell", daemon=True
                )
                self._thread.start()

    def _publish(self) -> None:
        from executions.tasks import bell

        while True:
            self._pressed.wait()
            self._pressed.clear()
            try:
                failpoints.hit("F3")
                bell.apply_async(retry=False)
            except (OperationalError, OSError) as error:
                logger.warning("doorbell: the broker is away (%s)", error)
            except Exception:
                # This thread must outlive whatever it meets.
                logger.exception("doorbell: could not ring")
            # What is rung within this time is heard with the next ring.
            threading.Event().wait(QUIET_S)


doorbell = Doorbell()
