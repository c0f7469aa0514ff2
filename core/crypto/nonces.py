"""Random nonces, drawn many at once.

Asking the system for random bytes lets go of the interpreter's lock. Beside a busy
thread it takes 260 µs and more until the asker has it back, a hundred times as long as
the sealing itself.
"""

import os
from collections import deque
from typing import Final

NONCE_BYTES: Final = 12
_DRAWN_AT_ONCE: Final = 1_024

_drawn: Final[deque[bytes]] = deque()
# A nonce must never be used twice, so a forked process does not go on with those that
# its parent goes on with as well.
os.register_at_fork(after_in_child=_drawn.clear)


def new_nonce() -> bytes:
    """One that nobody else has been given; from any thread."""
    try:
        return _drawn.popleft()
    except IndexError:
        return _draw()


def _draw() -> bytes:
    random = os.urandom(NONCE_BYTES * _DRAWN_AT_ONCE)
    first, *rest = (
        random[at : at + NONCE_BYTES] for at in range(0, len(random), NONCE_BYTES)
    )
    _drawn.extend(rest)
    return first
