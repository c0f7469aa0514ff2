"""All targets, the special ones first."""

from typing import Final

from tests.security.corpus import (
    block_targets,
    calls,
    crypto,
    deliveries,
    drafts,
    injection,
    leaks,
    messages,
    sign_in,
    sockets,
    starts,
    tokens,
    uploads,
    wire,
)
from tests.security.corpus.rows import Row
from tests.security.corpus.tools import Target, found

ALL: Final[list[Target]] = [
    *tokens.TARGETS,
    *sign_in.TARGETS,
    *deliveries.TARGETS,
    *uploads.TARGETS,
    *starts.TARGETS,
    *drafts.TARGETS,
    *sockets.TARGETS,
    *messages.TARGETS,
    *crypto.TARGETS,
    *injection.TARGETS,
    *leaks.TARGETS,
    *wire.TARGETS,
    *block_targets.TARGETS,
    *calls.TARGETS,
]


def target_of(row: Row) -> Target | None:
    return found(ALL, row)
