"""A doorbell that is heard twice, or only every second time: CHAOS_BELL=double|drop."""

from collections.abc import Callable, Mapping
from itertools import count
from typing import Any

Send = Callable[..., Any]


def install(environment: Mapping[str, str]) -> None:
    """Replace how this process sends the doorbell's messages."""
    how = environment.get("CHAOS_BELL", "")
    if how:
        from executions.tasks import bell

        bell.apply_async = broken(bell.apply_async, how)  # type: ignore[method-assign]


def broken(send: Send, how: str) -> Send:
    """`send`, but each message goes out `double`, or every second is `drop`ped.

    Raises:
        ValueError: `how` is neither.
    """
    if how not in ("double", "drop"):
        raise ValueError(f"CHAOS_BELL={how!r} is neither double nor drop")
    sent = count(1)

    def send_badly(*args: Any, **kwargs: Any) -> None:
        copies = 2 if how == "double" else next(sent) % 2
        for _ in range(copies):
            send(*args, **kwargs)

    return send_badly
