"""Progress for the person who waits: on stderr, since stdout is for the figures."""

import sys
import time

_BEGAN = time.monotonic()


def note(text: str) -> None:
    elapsed = time.monotonic() - _BEGAN
    print(f"{elapsed:6.1f} s  {text}", file=sys.stderr, flush=True)
