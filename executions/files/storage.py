"""Where the content of files is: a folder here, or a bucket, as the settings say."""

import os
from pathlib import Path
from typing import Any, Final

from django.core.files.storage import FileSystemStorage, Storage, storages

ALIAS: Final = "files"


def storage() -> Storage:
    return storages[ALIAS]


class LocalFiles(FileSystemStorage):
    """A folder. What is saved is on the disk, as the row that tells of it will be."""

    def _save(self, name: str, content: Any) -> str:
        kept: str = super()._save(name, content)  # type: ignore[misc]
        path = Path(self.path(kept))
        _sync(path)
        _sync(path.parent)
        return kept


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
