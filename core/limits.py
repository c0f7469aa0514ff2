"""Every limit by name, in one place. None is silent: passing one says which and by how
much."""

from dataclasses import dataclass, replace
from typing import Final

MIB: Final = 1024 * 1024


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
    wait_seconds: float = 60.0
    """The longest `?wait=` of a start request."""
    sockets_per_user: int = 20


LIMITS_BY_NAME: Final = {
    "default": Limits(),
    "relaxed": replace(Limits(), node_executions=100_000, sockets_per_user=200),
}
