"""The twin of the database store that lives in memory."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from threading import Lock
from uuid import UUID

from executions.engine.journal import RunHandle
from executions.engine.run import ReceivedSignal
from executions.engine.worker import Claim, Look


@dataclass
class MemoryStore:
    """Gives out what was put in, in order, and remembers what came back."""

    looks: list[tuple[int, int]] = field(default_factory=list)
    """Of each look how many it asked for, and how many runs were held."""
    shares: list[int | None] = field(default_factory=list)
    released: list[RunHandle] = field(default_factory=list)
    closed: list[UUID] = field(default_factory=list)
    is_away: bool = False
    _queued: list[Claim] = field(default_factory=list)
    _signals: list[ReceivedSignal] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)

    def put(self, *claims: Claim) -> None:
        with self._lock:
            self._queued += claims

    def signal(self, execution_id: UUID, kind: str = "cancel") -> int:
        with self._lock:
            signal = ReceivedSignal(len(self._signals) + 1, execution_id, kind)
            self._signals.append(signal)
        return signal.id

    def look(self, limit: int, held: Sequence[UUID], share: int | None = None) -> Look:
        with self._lock:
            self.looks.append((limit, len(held)))
            self.shares.append(share)
            if self.is_away:
                raise ConnectionError("the store is away")
            # All it gives out is of one workspace, which has its share.
            limit = max(0, limit) if share is None else 0
            taken, self._queued = self._queued[:limit], self._queued[limit:]
            asked = {*held, *(claim.handle.execution_id for claim in taken)}
            return Look(taken, [s for s in self._signals if s.execution_id in asked])

    def release(self, handles: Sequence[RunHandle]) -> None:
        self.released += handles

    def close(self, handle: RunHandle) -> None:
        with self._lock:
            self.closed.append(handle.execution_id)
