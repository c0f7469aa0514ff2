"""What the scheduler knows of one execution: waiting values, firings, outputs."""

from collections import deque
from dataclasses import dataclass, field

from blocks.dynamic_pins import merge_inputs
from blocks.spec import Kind
from blocks.values import JsonObject, JsonValue
from core.limits import Limits
from executions.domain.events import Emitted, Waiting
from executions.domain.plan import Plan, PlanNode
from executions.domain.status import ExecutionStatus
from graphs.domain.model import NodeId


@dataclass(slots=True, eq=False)
class NodeExecution:
    """One numbered firing of a node. `inputs` came along links, without constants.

    `attempt` is 0 until an attempt began. `steps` are what it did so far, in order;
    `held` those of them that wait for earlier firings of the node to go out first.
    `failures` and `lost` count attempts that failed and that died with their worker.
    `wake_at` is when the next attempt may begin; while `review_id` or `child_id` is
    set, it waits for that instead.
    """

    node: PlanNode
    number: int
    inputs: JsonObject
    attempt: int = 0
    is_under_way: bool = False
    failures: int = 0
    lost: int = 0
    wake_at: int | None = None
    review_id: str = ""
    expires_at: int | None = None
    child_id: str = ""
    calls: dict[str, str] = field(default_factory=dict)
    """Sub-agents that the block itself called, by key; `open_calls` have not ended."""
    open_calls: list[str] = field(default_factory=list)
    memo_key: str = field(default="", compare=False)
    """Under which its result is kept; not part of the record."""
    steps: list[Emitted | Waiting] = field(default_factory=list)
    held: deque[tuple[str, JsonValue]] = field(default_factory=deque)
    ended: bool = False
    succeeded: bool = False
    _merged: JsonObject | None = field(default=None, compare=False, repr=False)

    def merged(self) -> JsonObject:
        """What stands on its pins, constants included; not to be changed.

        Raises:
            BlockInputError: two keys disagree on what kind of thing they are parts of.
        """
        if self._merged is None:
            self._merged = merge_inputs(self.node.constants, self.inputs)
        return self._merged

    def edit(self, inputs: JsonObject) -> None:
        """Put these values on its pins, instead of what came along links."""
        self.inputs, self._merged = {**self.inputs, **inputs}, None

    @property
    def waits_until(self) -> int | None:
        """When the wait that it has recorded ends, if that is what it does."""
        last = self.steps[-1] if self.steps else None
        if self.wake_at is not None or not isinstance(last, Waiting):
            return self.wake_at
        return last.until

    @property
    def waits_for_signal(self) -> bool:
        return bool(self.review_id or self.child_id)

    @property
    def has_emitted(self) -> bool:
        return any(isinstance(step, Emitted) for step in self.steps)


@dataclass(slots=True, eq=False)
class NodeState:
    """`queues` hold values not yet taken, oldest first; `sticky` the last value of each
    static pin. `empty` counts the linked pins with neither. `firings` are in start
    order until their outputs are out; a node that is not ordered needs none."""

    node: PlanNode
    queues: dict[str, deque[JsonValue]]
    empty: int
    sticky: dict[str, JsonValue] = field(default_factory=dict)
    fired: int = 0
    running: int = 0
    firings: deque[NodeExecution] = field(default_factory=deque)
    delayed: deque[NodeExecution] = field(default_factory=deque)

    @classmethod
    def of(cls, node: PlanNode) -> "NodeState":
        queues: dict[str, deque[JsonValue]] = {pin: deque() for pin in node.linked}
        return cls(node, queues, empty=len(queues))

    def accept(self, pin: str, value: JsonValue) -> None:
        queue = self.queues[pin]
        if not queue and pin not in self.sticky:
            self.empty -= 1
        queue.append(value)
        if pin in self.node.static:
            self.sticky[pin] = value

    def can_fire(self) -> bool:
        """Every linked pin has a value, and one that no firing has used yet.

        A pin that is not static always needs such a value; for a node fed by static
        pins alone one fresh value is enough.
        """
        return self.empty == 0 and any(self.queues.values())

    def take(self) -> JsonObject:
        """The oldest value of each linked pin; static pins keep their last."""
        taken: JsonObject = {}
        for pin, queue in self.queues.items():
            taken[pin] = queue.popleft() if queue else self.sticky[pin]
            if not queue and pin not in self.sticky:
                self.empty += 1
        return taken


@dataclass(slots=True, eq=False)
class RunState:
    """Owned and changed by `advance` alone."""

    plan: Plan
    limits: Limits
    max_parallel: int
    nodes: dict[NodeId, NodeState]
    ready: deque[NodeExecution] = field(default_factory=deque)
    running: dict[tuple[NodeId, int], NodeExecution] = field(default_factory=dict)
    status: ExecutionStatus = ExecutionStatus.RUNNING
    is_over: bool = False
    """The status is final; asked at every event."""
    outputs: dict[str, list[JsonValue]] = field(default_factory=dict)
    errors: list[JsonObject] = field(default_factory=list)
    fresh_outputs: list[tuple[str, JsonValue]] = field(default_factory=list)
    """Outputs, in order, that whoever started the execution has not been told yet."""
    started: int = 0
    emitted_bytes: int = 0
    spent: int = 0
    """Money, in millionths."""
    is_paused: bool = False
    parked_since: int | None = None
    waited_ms: int = 0
    """Time that counts for nothing: it was parked."""


def new_state(plan: Plan, limits: Limits) -> RunState:
    notes = Kind.NOTE
    return RunState(
        plan=plan,
        limits=limits,
        max_parallel=min(
            plan.max_parallel or limits.parallel_nodes, limits.parallel_nodes
        ),
        nodes={
            node.id: NodeState.of(node)
            for node in plan.nodes.values()
            if node.spec.kind is not notes
        },
    )
