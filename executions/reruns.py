"""Running again what has ended: all of it, or from a node, or from the failure."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Final, NoReturn
from uuid import UUID

from django.db.models.functions import Now
from django.utils import timezone

from accounts.models import User
from blocks.dynamic_pins import PinNameError
from blocks.registry import registry
from blocks.spec import BlockSpec, Kind
from blocks.values import JsonObject, JsonValue
from core.http import FieldError, Problem
from executions import services
from executions.domain.reuse import Ended, edited_names, failed, reusable
from executions.domain.status import ExecutionStatus, NodeStatus
from executions.models import Execution, NodeExecution
from executions.results import inputs_whole
from graphs.domain.constants import problem_of
from graphs.domain.model import Graph, NodeId
from graphs.domain.pins import sink_path
from graphs.selectors import load_version

FAILURE: Final = "failure"


def rerun_prepare(
    *,
    user: User,
    source: Execution,
    start_at: str | None = None,
    inputs: Mapping[str, JsonValue] | None = None,
    node_inputs: Mapping[str, JsonValue] | None = None,
    version: services.Version = None,
) -> Execution:
    """A new execution of what `source` ran, checked and not yet stored.

    `start_at` is the node to start at, `FAILURE`, or None for the whole; what does not
    come after it is taken over from `source`. `inputs` replace those of `source`, and
    `node_inputs` are put on pins of the node. `version` is the one that `source` ran
    unless another is named.

    Raises:
        Problem: 409, it has not ended, or the agent is gone; 400, it cannot start so;
            422, the agent has errors.
    """
    _check_ended(source)
    version_id = _version(user, source, version)
    ran_on = inputs_whole(source)
    wanted = ran_on if inputs is None else dict(inputs)
    changed = edited_names(ran_on, wanted)
    services.check_takes(version_id, wanted)
    return Execution(
        workspace_id=source.workspace_id,
        user=user,
        graph_id=source.graph_id,
        version_id=version_id,
        trigger=Execution.Trigger.RERUN,
        rerun_of=source,
        options=_options(source, version_id, start_at, changed, node_inputs or {}),
        priority=source.priority,
        inputs=wanted,
        outputs={},
        errors=[],
        created_at=timezone.now(),
        due_at=Now(),
    )


def _check_ended(source: Execution) -> None:
    if source.graph.deleted_at is not None:
        detail = "The agent was deleted: it cannot run any more."
        raise Problem(409, "Agent deleted", detail, code="agent-deleted")
    if not ExecutionStatus(source.status).is_final:
        detail = f"The run is {source.status}. Wait for its end, or cancel it first."
        raise Problem(409, "Not ended yet", detail, code="not-ended")


def _version(user: User, source: Execution, version: services.Version) -> UUID:
    if version is not None:
        return services.version_to_run(user, source.graph, version)
    services.check_runnable(source.version_id)
    return source.version_id


def _options(
    source: Execution,
    version_id: UUID,
    start_at: str | None,
    edited: Collection[str],
    node_inputs: Mapping[str, JsonValue],
) -> JsonObject | None:
    graph = load_version(version_id)
    _check_node_inputs(graph, start_at, node_inputs)
    reused = [] if start_at is None else _reused(source, graph, start_at, edited)
    options: JsonObject = {}
    if reused:
        ids: list[JsonValue] = list(reused)
        options["reuse"] = {"execution_id": str(source.id), "node_ids": ids}
    if put := _put(source, graph, {*reused}, start_at, node_inputs):
        options["node_inputs"] = put
    return options or None


def _put(
    source: Execution,
    graph: Graph,
    reused: set[NodeId],
    start_at: str | None,
    node_inputs: Mapping[str, JsonValue],
) -> JsonObject:
    """The values put on pins, those of `source` included where the node runs again."""
    before: Mapping[str, JsonValue] = (source.options or {}).get("node_inputs", {})
    kept = {
        id_: pins
        for id_, pins in before.items()
        if id_ in graph.nodes and id_ not in reused
    }
    return kept | {start_at: dict(node_inputs)} if start_at and node_inputs else kept


# --- What is taken over ---------------------------------------------------------------


def _reused(
    source: Execution, graph: Graph, start_at: str, edited: Collection[str]
) -> Sequence[NodeId]:
    ended = _how_they_ended(source)
    found = reusable(
        graph,
        ended=ended,
        start_at=_start(source, graph, start_at, ended),
        edited=edited,
        ran=load_version(source.version_id),
        came_to_rest=_came_to_rest(source),
    )
    return sorted(found)


def _how_they_ended(source: Execution) -> Ended:
    rows = NodeExecution.objects.filter(execution=source).order_by()
    found: dict[NodeId, set[NodeStatus]] = defaultdict(set)
    for node_id, status in rows.values_list("node_id", "status").distinct():
        found[NodeId(node_id)].add(NodeStatus(status))
    return found


def _start(source: Execution, graph: Graph, start_at: str, ended: Ended) -> set[NodeId]:
    if start_at != FAILURE:
        if start_at not in graph.nodes:
            _refuse("from", f"The agent has no node {start_at!r}.", "unknown_node")
        return {NodeId(start_at)}
    found = failed(ended)
    if not found and source.status == ExecutionStatus.COMPLETED:
        _refuse("from", "Nothing failed in this run. Name a node.", "no_failure")
    return found


def _came_to_rest(source: Execution) -> bool:
    """Everything that could fire did: no limit and nobody cut it short."""
    if source.status == ExecutionStatus.COMPLETED:
        return True
    by_nodes = all(error.get("node_id") is not None for error in source.errors)
    return source.status == ExecutionStatus.FAILED and by_nodes


# --- What is put on pins --------------------------------------------------------------


def _check_node_inputs(
    graph: Graph, start_at: str | None, node_inputs: Mapping[str, JsonValue]
) -> None:
    if not node_inputs:
        return
    node = graph.nodes.get(NodeId(start_at or ""))
    if node is None:
        _refuse("node_inputs", "They need a node: name it in `from`.", "no_node")
    spec = registry.get(node.block_id)
    faults = [_fault_of(spec, pin, value) for pin, value in node_inputs.items()]
    errors: list[FieldError] = [
        {"field": f"node_inputs.{pin}", "message": fault, "code": "wrong_value"}
        for pin, fault in zip(node_inputs, faults, strict=True)
        if fault is not None
    ]
    if errors:
        _refuse_all(errors)


def _fault_of(spec: BlockSpec | None, name: str, value: JsonValue) -> str | None:
    if spec is None or spec.kind is Kind.AGENT:
        return None  # any pin: its agent says which there are
    try:
        path = sink_path(spec, name)
    except PinNameError as error:
        return str(error)
    pin = spec.inputs.get(path.base)
    if pin is None:
        return f"{spec.name} has no input pin {path.base!r}."
    return None if path.steps else problem_of(spec, pin, value)


def _refuse(field: str, message: str, code: str) -> NoReturn:
    _refuse_all([{"field": field, "message": message, "code": code}])


def _refuse_all(errors: list[FieldError]) -> NoReturn:
    raise Problem(
        400,
        "Invalid input",
        "It cannot run again so; `errors` says why.",
        errors,
        code="invalid-input",
    )
