"""Writes of files. Row and content cannot change together, so the row goes first and
says that the content is not there yet; what dies between is cleared away later."""

import hashlib
import logging
from datetime import timedelta
from typing import IO, TYPE_CHECKING, Any, Final
from uuid import UUID

from django.core.files import File
from django.db import transaction
from django.db.models import Sum
from django.db.models.functions import Now
from django.utils import timezone

from accounts.models import Workspace
from blocks.file_sources import safe_name
from blocks.media_types import HEAD_BYTES, media_type_of
from core.limits import Limits
from executions.files.storage import storage
from executions.models import StoredFile

if TYPE_CHECKING:
    _File = File[bytes]
else:
    _File = File

logger = logging.getLogger(__name__)

WHOLE_WITHIN: Final = timedelta(hours=1)
CLEARED_AT_ONCE: Final = 50


class StorageFull(Exception):
    """The workspace has no room for it; the text says how much there is."""


def file_create(
    *,
    workspace_id: UUID | str,
    owner_id: UUID | str,
    name: str,
    content: IO[bytes],
    size: int,
    limits: Limits,
    execution_id: UUID | str | None = None,
    written_as: UUID | None = None,
) -> StoredFile:
    """Store `size` bytes of `content`. A repeated write under the same `written_as` is
    the same file.

    Raises:
        StorageFull: there is no room in the workspace.
    """
    head = content.read(HEAD_BYTES)
    content.seek(0)
    kind = media_type_of(head, name)
    row = StoredFile(
        workspace_id=workspace_id,
        owner_id=owner_id,
        name=safe_name(name, kind),
        media_type=kind,
        size=size,
        execution_id=execution_id,
        written_as=written_as,
        expires_at=timezone.now() + WHOLE_WITHIN,
    )
    row.key = f"{row.workspace_id}/{row.id}"
    there = _reserve(row, limits)
    return there if there.sha256 else _filled(there, content)


def _reserve(row: StoredFile, limits: Limits) -> StoredFile:
    """The row, once there is room for it; of a repeated write, the one there was."""
    with transaction.atomic():
        # So that two at once do not take the same room.
        Workspace.objects.select_for_update().only("id").get(id=row.workspace_id)
        if row.written_as is not None:
            earlier = StoredFile.objects.filter(written_as=row.written_as).first()
            if earlier is not None:
                return earlier
        used = bytes_used(row.workspace_id)
        if used + row.size > limits.workspace_file_bytes:
            raise StorageFull(
                f"The files of this workspace take {used:,} bytes of "
                f"{limits.workspace_file_bytes:,}; {row.size:,} more do not fit. "
                "Delete some first."
            )
        row.save(force_insert=True)
        return row


def bytes_used(workspace_id: UUID) -> int:
    of_workspace = StoredFile.objects.filter(workspace_id=workspace_id)
    return of_workspace.aggregate(total=Sum("size"))["total"] or 0


def _filled(row: StoredFile, content: IO[bytes]) -> StoredFile:
    counted = _Counted(content, row.size)
    try:
        storage().delete(row.key)  # what an earlier attempt may have left
        storage().save(row.key, counted)
    except BaseException:
        _remove(row)
        raise
    row.sha256, row.size = counted.digest.hexdigest(), counted.passed
    row.expires_at = None
    row.save(update_fields=["sha256", "size", "expires_at"])
    return row


class _Counted(_File):
    """Passes on a file, at most as much as was announced, and its digest beside."""

    def __init__(self, content: IO[bytes], size: int) -> None:
        super().__init__(content, "content")
        self.size = size
        self.digest = hashlib.sha256()
        self._content = content
        self._left = size

    def read(self, count: int = -1) -> bytes:
        wanted = self._left if count is None or count < 0 else min(count, self._left)
        data = self._content.read(wanted)
        self._left -= len(data)
        self.digest.update(data)
        return data

    @property
    def passed(self) -> int:
        return self.size - self._left

    def chunks(self, chunk_size: int | None = None) -> Any:
        while data := self.read(chunk_size or self.DEFAULT_CHUNK_SIZE):
            yield data

    def seek(self, offset: int, whence: int = 0) -> int:
        """Only back to the start: whoever sends it again counts again."""
        place = self._content.seek(offset, whence)
        if place == 0:
            self.digest, self._left = hashlib.sha256(), self.size
        return place


def file_delete(*, file: StoredFile) -> None:
    """It is nobody's to see at once. If the storage is away, its content goes later."""
    file.sha256, file.expires_at = "", timezone.now()
    file.save(update_fields=["sha256", "expires_at"])
    _remove(file)


def _remove(file: StoredFile) -> bool:
    try:
        storage().delete(file.key)
    except Exception:
        logger.warning("files: %s is to be removed later", file.id, exc_info=True)
        return False
    StoredFile.objects.filter(id=file.id).delete()
    return True


def expire() -> int:
    """Remove some of what has expired; how many."""
    due = StoredFile.objects.filter(expires_at__lt=Now()).order_by("expires_at")
    return sum(map(_remove, due[:CLEARED_AT_ONCE]))
