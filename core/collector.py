"""How often this process looks for garbage in rings."""

import gc
from typing import Final

YOUNG: Final = 50_000
MIDDLE: Final = 20


def look_seldom() -> None:
    """Call it before all else is imported: imports make a million objects and hardly
    any garbage, and looking for some took a fifth of the time to start."""
    gc.set_threshold(YOUNG, MIDDLE, MIDDLE)


def settle_collector() -> None:
    """Call it once all is imported: what is there by now is never looked at again.

    A run makes thousands of objects that live for milliseconds and are hardly ever in a
    ring, while a thousand runs at once are a large heap to walk. Measured with 5,000
    runs of three nodes: a third of the engine's time went into collections.
    """
    gc.collect()
    gc.freeze()
    look_seldom()
