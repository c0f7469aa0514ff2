"""Hints: which executions went on, and how far. What they did is in the database."""

import logging
from typing import Final, NamedTuple

from channels.layers import BaseChannelLayer, get_channel_layer

logger = logging.getLogger(__name__)

GROUP: Final = "executions"
AT_MOST: Final = 500


class Hint(NamedTuple):
    execution_id: str
    last_seq: int
    is_final: bool


def channel_layer() -> BaseChannelLayer:
    """The one that settings name; there is always one."""
    layer = get_channel_layer()
    if layer is None:
        raise LookupError("CHANNEL_LAYERS names no default layer")
    return layer


async def send_hints(hints: list[Hint]) -> None:
    """Tell every process that serves watchers. A hint that is lost delays, no more."""
    layer = channel_layer()
    for start in range(0, len(hints), AT_MOST):
        runs = [list(hint) for hint in hints[start : start + AT_MOST]]
        try:
            await layer.group_send(GROUP, {"type": "hints", "runs": runs})
        except Exception as error:
            # Without a traceback: it may happen at each flush while Redis is away.
            logger.warning("live: hints were not sent (%r)", error)
