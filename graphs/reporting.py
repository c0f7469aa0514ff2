"""What is left to do before an agent and those it calls can run, as they stand now."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from graphs.domain.bundle import callees
from graphs.domain.document import from_document
from graphs.domain.findings import errors_of
from graphs.domain.model import Graph
from graphs.domain.transfer import BlockUse, ImportReport, report_of
from graphs.domain.wants import CredentialWanted
from graphs.exporting import called_by
from graphs.models import Graph as GraphRow


class AgentReport(NamedTuple):
    id: UUID
    name: str
    report: ImportReport
    unconnected: tuple[CredentialWanted, ...]
    """Those that at least one node still names no credential for."""
    errors: int

    @property
    def blocks_missing(self) -> tuple[BlockUse, ...]:
        return self.report.blocks_missing


@dataclass(frozen=True, kw_only=True, slots=True)
class Readiness:
    """`agents` are the agent itself and, after it, those it calls at all depths."""

    agents: tuple[AgentReport, ...]
    agents_missing: tuple[str, ...]

    @property
    def is_complete(self) -> bool:
        return not self.agents_missing and not any(map(_has_gap, self.agents))

    @property
    def hosts(self) -> tuple[str, ...]:
        named = (host for agent in self.agents for host in agent.report.hosts)
        return tuple(dict.fromkeys(named))


def _has_gap(agent: AgentReport) -> bool:
    return bool(agent.unconnected or agent.blocks_missing or agent.errors)


def readiness(row: GraphRow) -> Readiness:
    rows = [row, *called_by(row)]
    graphs = [from_document(one.draft) for one in rows]
    return Readiness(
        agents=tuple(_agent(*pair) for pair in zip(rows, graphs, strict=True)),
        agents_missing=tuple(_not_among(rows, graphs)),
    )


def _agent(row: GraphRow, graph: Graph) -> AgentReport:
    report = report_of(graph)
    wanted = tuple(one for one in report.credentials_wanted if _is_open(graph, one))
    return AgentReport(
        row.id, row.name, report, wanted, len(errors_of(report.findings))
    )


def _is_open(graph: Graph, wanted: CredentialWanted) -> bool:
    return any(not graph.nodes[id_].constants.get(pin) for id_, pin in wanted.pins)


def _not_among(rows: Iterable[GraphRow], graphs: Iterable[Graph]) -> Iterator[str]:
    here = {str(row.id) for row in rows}
    named = dict.fromkeys(id_ for graph in graphs for id_ in callees(graph))
    return (id_ for id_ in named if id_ not in here)
