"""Files for blocks, kept where the caller's workspace keeps them."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Final, TypeVar
from uuid import UUID, uuid5

from blocks.context import Caller
from blocks.errors import BlockError
from blocks.file_sources import no_file, too_large
from blocks.world import MIB, HttpClient, StoredFile
from core.http import parsed_uuid
from core.limits import Limits
from executions.engine.database_asking import ask
from executions.files import selectors, services
from executions.files.storage import storage
from executions.models import StoredFile as Row
from executions.world.file_sources import Found, read_or_refer
from executions.world.scratch import scratch_folders

_WRITES: Final = UUID("3f0a4bd8-6c5e-4a55-9d8e-6d1d2d1f77a4")

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True, slots=True)
class WorkspaceFiles:
    """Implements `blocks.world.Files` for one caller; asks in a thread."""

    caller: Caller
    http: HttpClient
    limits: Limits
    executor: Executor

    async def read(self, source: str, *, max_bytes: int = 100 * MIB) -> Found:
        most = min(max_bytes, self.limits.file_bytes)
        found = await read_or_refer(self.http, source, most)
        if isinstance(found, tuple):
            return found
        id_, workspace_id = parsed_uuid(found.id), self.caller.workspace_id
        if id_ is None:
            raise no_file(source)
        row = await self._ask(lambda: _row(workspace_id, id_))
        if row is None:
            raise no_file(source)
        if row.size > most:
            raise too_large(row.name, most)
        # Not in a thread for look-ups: those are few, and this may take its time.
        return _described(row), await asyncio.to_thread(_content, row, source)

    async def write(
        self, name: str, content: bytes, *, media_type: str | None = None
    ) -> StoredFile:
        if len(content) > self.limits.file_bytes:
            raise too_large(name, self.limits.file_bytes)
        return await self._ask(lambda: _write(self.caller, name, content, self.limits))

    def scratch(self) -> AbstractAsyncContextManager[Path]:
        return scratch_folders.make()

    async def _ask(self, call: Callable[[], T]) -> T:
        try:
            return await ask(self.executor, call)
        except OSError as error:
            raise _storage_failed(error) from None


def _row(workspace_id: str, id_: UUID) -> Row | None:
    found = selectors.whole_files().filter(workspace_id=workspace_id, id=id_)
    return found.first()


def _content(row: Row, source: str) -> bytes:
    try:
        with storage().open(row.key) as content:
            read: bytes = content.read()
    except FileNotFoundError:
        raise no_file(source) from None
    except OSError as error:
        raise _storage_failed(error) from None
    return read


def _storage_failed(error: OSError) -> BlockError:
    text = f"the file storage failed: {error.strerror or type(error).__name__}"
    return BlockError(text, code="storage")


def _write(caller: Caller, name: str, content: bytes, limits: Limits) -> StoredFile:
    """The same content under the same name by one node execution is one file, so a
    repeated attempt leaves none behind."""
    digest = sha256(content).hexdigest()
    try:
        row = services.file_create(
            workspace_id=caller.workspace_id,
            owner_id=caller.user_id,
            name=name,
            content=BytesIO(content),
            size=len(content),
            limits=limits,
            execution_id=caller.execution_id or None,
            written_as=uuid5(_WRITES, f"{caller.idempotency_key}:{digest}:{name}"),
        )
    except services.StorageFull as error:
        raise BlockError(str(error), code="storage_full") from None
    return _described(row)


def _described(row: Row) -> StoredFile:
    return StoredFile(
        ref=row.ref, name=row.name, media_type=row.media_type, size=row.size
    )
