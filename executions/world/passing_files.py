"""Files where nothing is stored: in memory, gone with the process."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from blocks.context import Caller
from blocks.errors import BlockError
from blocks.file_sources import SCHEME, no_file, too_large
from blocks.world import MIB, Files, HttpClient, StoredFile
from core.ids import new_id
from core.limits import Limits
from executions.world.file_sources import Found, described, read_or_refer


class PassingFiles:
    """Implements `blocks.world.Files`. No file of this machine can be reached."""

    def __init__(self, http: HttpClient, limits: Limits, kept: dict[str, Found]):
        self._http = http
        self._limits = limits
        self._kept = kept

    async def read(self, source: str, *, max_bytes: int = 100 * MIB) -> Found:
        most = min(max_bytes, self._limits.file_bytes)
        found = await read_or_refer(self._http, source, most)
        if isinstance(found, tuple):
            return found
        stored = self._kept.get(found.id)
        if stored is None:
            raise no_file(source)
        if stored[0].size > most:
            raise too_large(stored[0].name, most)
        return stored

    async def write(
        self, name: str, content: bytes, *, media_type: str | None = None
    ) -> StoredFile:
        if len(content) > self._limits.file_bytes:
            raise too_large(name, self._limits.file_bytes)
        used = sum(file.size for file, _ in self._kept.values())
        if used + len(content) > self._limits.workspace_file_bytes:
            raise BlockError("there is no room for more files", code="storage_full")
        id_ = str(new_id())
        file = replace(described("", name, content), ref=f"{SCHEME}{id_}")
        self._kept[id_] = file, content
        return file

    def scratch(self) -> AbstractAsyncContextManager[Path]:
        return _scratch()


@asynccontextmanager
async def _scratch() -> AsyncIterator[Path]:
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def passing_files(http: HttpClient, limits: Limits) -> Callable[[Caller], Files]:
    """Makes the files of each caller of one run, which are gone with it."""
    kept: dict[str, Found] = {}
    return lambda caller: PassingFiles(http, limits, kept)
