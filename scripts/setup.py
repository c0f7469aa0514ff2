"""`make setup` and its parts: each brings one thing up to date, or finds that it is.

Needs nothing but the standard library, since it runs before anything is installed.
"""

import fcntl
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from scripts import frontend
from scripts.commands import ROOT, SetupError, say
from scripts.packages import compile_own, install


def _python() -> None:
    install("requirements.txt")
    compile_own()


PARTS: dict[str, Callable[[], None]] = {
    "python": _python,
    "dev": lambda: install("requirements-dev.txt"),
    "frontend": frontend.build,
    "frontend-check": frontend.check,
}


def main(parts: list[str]) -> int:
    """Do the named parts in order; answer the exit code."""
    unknown = [part for part in parts if part not in PARTS]
    if unknown or not parts:
        say(f"Name parts among: {', '.join(PARTS)}.")
        return 2
    try:
        with _alone():
            for part in parts:
                PARTS[part]()
    except SetupError as error:
        say(str(error))
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


@contextmanager
def _alone() -> Iterator[None]:
    """One at a time works on the tree: web, worker and beat may start together."""
    folder = os.open(ROOT, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
