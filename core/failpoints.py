"""Named places where a test may make this process fail.

Nothing in here reads the environment: unless somebody calls `install`, and only the
settings of the chaos tests do, passing such a place does nothing.
"""

from collections.abc import Callable
from itertools import count

Action = Callable[[], None]

_installed: dict[str, Action] = {}


def hit(name: str) -> None:
    """Pass the place of that name."""
    if _installed and name in _installed:
        _installed[name]()


def install(name: str, *, nth: int, action: Action) -> None:
    """From now on the `nth` pass of that place does `action`; all others do nothing."""
    passes = count(1)  # its steps are atomic, so threads need no lock

    def act() -> None:
        if next(passes) == nth:
            action()

    _installed[name] = act


def clear() -> None:
    """Make every place harmless again."""
    _installed.clear()
