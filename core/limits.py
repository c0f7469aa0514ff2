"""Every limit by name, in one place. None is silent: passing one says which and by how
much."""

import math
from dataclasses import dataclass, replace
from typing import Final

MIB: Final = 1024 * 1024
MEMORY_KEY_CHARS: Final = 500
"""Of a key under which agents remember a value."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """Bytes, counts and seconds, as the names say."""

    graph_body_bytes: int = 10 * MIB
    body_bytes: int = 2 * MIB
    constant_bytes: int = MIB
    graph_nodes: int = 20_000
    graph_links: int = 100_000
    node_executions: int = 50_000
    """Of one execution; stops a runaway loop."""
    parallel_nodes: int = 100
    """Node executions of one execution that run at the same time."""
    run_seconds: float = 24 * 3600
    """Wall time of one execution."""
    emitted_bytes: int = 256 * MIB
    """Of all outputs of all nodes of one execution."""
    cost: float = math.inf
    """Money one execution may spend, in millionths."""
    node_seconds: float = 1800.0
    """One attempt of a node execution, not counting what it waits for."""
    agent_depth: int = 10
    """Sub-agents of sub-agents."""
    review_seconds: float = 30 * 24 * 3600.0
    """A person may take so long to answer."""
    memo_seconds: float = 7 * 24 * 3600.0
    """Results of cacheable nodes are used again for so long."""
    running_per_workspace: int = 100
    """Executions of one workspace that are RUNNING at the same time; those that come
    back from waiting go on above it."""
    queued_per_workspace: int = 20_000
    """Executions of one workspace that are QUEUED; a start beyond is refused."""
    stuck_seconds: float = 3600.0
    """Without an event, and with nothing in it that explains so long a silence, an
    execution is taken from its worker and resumed."""
    wait_seconds: float = 60.0
    """The longest `?wait=` of a start request."""
    sockets_per_user: int = 20
    memory_values: int = 10_000
    """Values that the agents of one workspace remember."""
    memory_bytes: int = MIB
    """Of one of them."""
    upload_bytes: int = 50 * MIB
    """One file that is sent over HTTP."""
    file_bytes: int = 100 * MIB
    """One file that a run stores or reads."""
    workspace_file_bytes: int = 5 * 1024 * MIB
    """All files of one workspace."""
    uploads_at_once: int = 32
    """Of one web process: each takes room on its disk before we know who sends it."""


LIMITS_BY_NAME: Final = {
    "default": Limits(),
    "relaxed": replace(
        Limits(),
        node_executions=100_000,
        running_per_workspace=10_000,
        queued_per_workspace=1_000_000,
        sockets_per_user=200,
        memory_values=1_000_000,
        workspace_file_bytes=1024 * 1024 * MIB,
    ),
}
