"""What blocks show before it is recorded: text that is being written, and progress.

Glimpses have no number and are not stored. Those of a process go out together, every
now and then; one that is lost is no loss, for the outcome is an event.
"""

import asyncio
import logging
import threading
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from blocks.context import Caller
from core.redaction import redactor
from executions.live.hints import GROUP, channel_layer

logger = logging.getLogger(__name__)

SEND_EVERY_S: Final = 0.05
TEXT_AT_MOST: Final = 16 * 1024
NOTE_AT_MOST: Final = 200

Place: TypeAlias = tuple[str, str, int]
"""Execution, node, number."""


@dataclass(slots=True)
class Glimpse:
    """`text` is what came since the last one; `attempt` tells whether it is of the
    same text."""

    attempt: int
    text: str = ""
    done: float | None = None
    total: float = 0.0
    note: str = ""

    def add(self, later: "Glimpse") -> None:
        """Take in what came later; of a long text that nobody read, the end is kept."""
        if later.attempt != self.attempt:
            self.attempt, self.text = later.attempt, ""
        self.text = (self.text + later.text)[-TEXT_AT_MOST:]
        if later.done is not None:
            self.done, self.total, self.note = later.done, later.total, later.note

    def as_json(self, place: Place) -> dict[str, Any]:
        _, node_id, number = place
        body = {"node_id": node_id, "number": number, "attempt": self.attempt}
        if self.text:
            body |= {"text": self.text}
        if self.done is not None:
            progress = {"done": self.done, "total": self.total, "note": self.note}
            body |= {"progress": progress}
        return body


class Glimpses:
    """Those of one engine; lives on its loop, and is told from its threads, too."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._thread = threading.get_ident()
        self._waiting: dict[Place, Glimpse] = {}
        self._task: asyncio.Task[None] | None = None

    def of(self, caller: Caller) -> "LiveOfNode":
        return LiveOfNode(self, caller)

    def show(self, caller: Caller, glimpse: Glimpse) -> None:
        if threading.get_ident() == self._thread:
            self._take(caller, glimpse)
        else:
            self._loop.call_soon_threadsafe(self._take, caller, glimpse)

    def _take(self, caller: Caller, glimpse: Glimpse) -> None:
        place = (caller.execution_id, caller.node_id, caller.number)
        self._waiting.setdefault(place, Glimpse(caller.attempt)).add(glimpse)
        if self._task is None or self._task.done():
            self._task = self._loop.create_task(self._send())

    async def _send(self) -> None:
        while self._waiting:
            await asyncio.sleep(SEND_EVERY_S)
            waiting, self._waiting = self._waiting, {}
            shown = [
                [*place, g.attempt, g.text, g.done, g.total, g.note]
                for place, g in waiting.items()
            ]
            message = {"type": "glimpses", "glimpses": shown}
            try:
                await channel_layer().group_send(GROUP, message)
            except Exception as error:
                logger.warning("live: glimpses were not sent (%r)", error)


@dataclass(frozen=True, slots=True)
class LiveOfNode:
    """Implements `blocks.world.Live`."""

    glimpses: Glimpses
    caller: Caller

    def text(self, delta: str) -> None:
        patterns = redactor.of(self.caller.execution_id)
        delta = delta if patterns is None else patterns.text(delta)
        self.glimpses.show(self.caller, Glimpse(self.caller.attempt, text=delta))

    def progress(self, done: float, total: float, note: str = "") -> None:
        seen = Glimpse(
            self.caller.attempt, done=done, total=total, note=note[:NOTE_AT_MOST]
        )
        self.glimpses.show(self.caller, seen)
