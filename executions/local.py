"""Runs a graph right here: the same engine with a journal in memory."""

import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

from blocks.values import JsonObject, JsonValue
from core.egress import EgressClient
from core.ids import new_id
from core.limits import Limits
from executions.domain.plan import make_plan
from executions.domain.status import ExecutionStatus
from executions.engine.context import RunIdentity, contexts
from executions.engine.egress_http import EgressHttp
from executions.engine.journal import InMemoryJournal, RunHandle
from executions.engine.runner import Run, Runner
from graphs.domain.findings import Severity
from graphs.domain.interface import check_inputs
from graphs.domain.model import Graph
from graphs.domain.validation import validate


async def run_locally(
    graph: Graph,
    inputs: Mapping[str, JsonValue],
    *,
    limits: Limits,
    client: EgressClient,
) -> JsonObject:
    """`{status, outputs, errors, node_executions}` of one run.

    A graph with errors does not run: it ends FAILED with its findings in `errors`.
    """
    errors = _reasons_not_to_run(graph, inputs)
    if errors:
        return _result(ExecutionStatus.FAILED, {}, errors, 0)
    with ThreadPoolExecutor(2) as cpu_pool:
        runner = Runner(
            Run(
                handle=RunHandle(new_id(), lease_token=1),
                plan=make_plan(graph),
                inputs=inputs,
                limits=limits,
            ),
            journal=InMemoryJournal(),
            context_for=contexts(
                RunIdentity(execution_id=str(new_id())), EgressHttp(client), time.time
            ),
            clock=time.time,
            cpu_pool=cpu_pool,
        )
        state = await runner.run()
    return _result(state.status, state.outputs, state.errors, state.started)


def _reasons_not_to_run(
    graph: Graph, inputs: Mapping[str, JsonValue]
) -> list[JsonObject]:
    findings: list[JsonObject] = [
        {
            "code": finding.rule,
            "message": finding.message,
            "node_id": finding.node_id,
            "pin": finding.pin,
            "hint": finding.hint,
        }
        for finding in validate(graph)
        if finding.severity is Severity.ERROR
    ]
    return findings or [
        {"code": fault.code, "message": fault.message, "field": fault.field}
        for fault in check_inputs(graph, inputs)
    ]


def _result(
    status: ExecutionStatus,
    outputs: Mapping[str, list[JsonValue]],
    errors: list[JsonObject],
    node_executions: int,
) -> JsonObject:
    return {
        "status": status.value,
        "outputs": dict(outputs),
        "errors": list(errors),
        "node_executions": node_executions,
    }
