"""Agents of thousands of nodes, each of which runs once and is stored."""

import statistics
import time

from benchmarks import agents
from benchmarks.api import Api
from benchmarks.figures import Figures
from benchmarks.installation import Machine
from benchmarks.loads import ROUNDS

WIDTH = 100


def thousands(machine: Machine) -> Figures:
    """Over HTTP, from the request to the answer, the plan of the agent being warm; the
    first run of a new agent, which checks and freezes it, stands beside."""
    with machine.installation() as site, site.api() as api:
        _, small = _seconds(api, 10)
        first, large = _seconds(api, 100)
    return {
        "graph_1k_s": small,
        "graph_10k_s": large,
        "graph_10k_first_s": first,
        "graph_10k_to_1k": large / small / 10,
    }


def _seconds(api: Api, depth: int) -> tuple[float, float]:
    """The first run and the median of those after it."""
    graph = api.add(agents.grid(WIDTH, depth))
    first, *others = [_timed(api, graph) for _ in range(1 + ROUNDS)]
    return first, statistics.median(others)


def _timed(api: Api, graph: str) -> float:
    began = time.perf_counter()
    api.run(graph)
    return time.perf_counter() - began
