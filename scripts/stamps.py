"""Remembers by content what a step was last done for, so that it is not done again."""

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path


def digest(files: Iterable[Path], *facts: str) -> str:
    """Changes with the content and the path of any file, and with any of the facts."""
    whole = hashlib.sha256()
    for part in (*facts, *_described(files)):
        whole.update(f"{len(part)}:{part}".encode())
    return whole.hexdigest()


def _described(files: Iterable[Path]) -> Iterator[str]:
    for path in sorted(files):
        content = path.read_bytes() if path.exists() else b""
        yield f"{path}\n{path.exists()}\n{hashlib.sha256(content).hexdigest()}"


def is_done(stamp: Path, wanted: str) -> bool:
    """Whether the step was last completed for just this digest."""
    return stamp.exists() and stamp.read_text() == wanted


@contextmanager
def stamped(stamp: Path, wanted: str) -> Iterator[None]:
    """Do a step and remember it; if it fails half-way, nothing is remembered."""
    stamp.unlink(missing_ok=True)
    yield
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.write_text(wanted)
