"""A storage of its own for each test."""

from pathlib import Path

import pytest
from pytest_django import Settings


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: Settings) -> Path:
    """Where the content of files is."""
    place = tmp_path / "files"
    options = {**settings.STORAGES["files"]["OPTIONS"], "location": place}
    backend = {"BACKEND": "executions.files.storage.LocalFiles", "OPTIONS": options}
    settings.STORAGES = {**settings.STORAGES, "files": backend}
    return place


def contents(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]
