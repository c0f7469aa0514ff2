"""A small volume of our own, which can be filled and freed."""

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

MIB: Final = 1024 * 1024
_BALLAST: Final = "ballast"


class NoVolumeError(Exception):
    """This user may not mount one."""


class Volume:
    def __init__(self, path: Path) -> None:
        self.path = path
        self._ballast = path / _BALLAST

    def fill(self) -> None:
        """Until not a byte is left."""
        with suppress(OSError), self._ballast.open("ab", buffering=0) as ballast:
            while True:
                if not ballast.write(bytes(MIB)):
                    return

    def free(self) -> None:
        self._ballast.unlink(missing_ok=True)


@contextmanager
def small_volume(mib: int) -> Iterator[Volume]:
    """In memory, so that nothing else on this machine runs out of room.

    Raises:
        NoVolumeError: mounting takes rights that this user does not have.
    """
    with tempfile.TemporaryDirectory(prefix="volume-") as place:
        options = ["-t", "tmpfs", "-o", f"size={mib}m,mode=0755"]
        _run(["mount", *options, "chaos", place])
        try:
            yield Volume(Path(place))
        finally:
            _run(["umount", "--lazy", place])


def _run(command: list[str]) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True)
    except FileNotFoundError as error:
        raise NoVolumeError(str(error)) from None
    if done.returncode:
        raise NoVolumeError(done.stderr.strip())
