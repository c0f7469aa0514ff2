"""What happened in an execution: facts that are numbered, stored, shown and folded.

How they read as JSON is in `wire`. Times are in milliseconds since the epoch.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple, TypeAlias, get_args

from blocks.values import JsonValue
from executions.domain.status import ExecutionStatus
from graphs.domain.model import NodeId


class Begun(NamedTuple):
    """A worker began the execution for the first time."""


class Started(NamedTuple):
    """An attempt of a node execution began."""

    node_id: NodeId
    number: int
    attempt: int


class Reused(NamedTuple):
    """What an earlier execution stored stands in for an attempt; it follows."""

    node_id: NodeId
    number: int
    execution_id: str


class Emitted(NamedTuple):
    """Step `index` (from 0) of a node execution sent a value out of a pin.

    `raw` is the value's JSON.
    """

    node_id: NodeId
    number: int
    index: int  # type: ignore[assignment]  # shadows a method that nobody needs
    pin: str
    value: JsonValue
    raw: bytes


class Waiting(NamedTuple):
    """Step `index` of a node execution waits until a time."""

    node_id: NodeId
    number: int
    index: int  # type: ignore[assignment]  # shadows a method that nobody needs
    until: int


class ReviewRequest(NamedTuple):
    """What is asked of a person."""

    title: str
    data: JsonValue
    editable: bool


class Asked(NamedTuple):
    """A node execution waits for the answer to a review, until a time if it has one.

    `purpose` is `review`, or `outcome` where an attempt was lost that must not be
    repeated blindly. `request` is not part of the record: it becomes the review.
    """

    node_id: NodeId
    number: int
    review_id: str
    purpose: str
    until: int | None = None
    request: ReviewRequest | None = None


class Answered(NamedTuple):
    """Somebody answered; what the node execution makes of it follows."""

    node_id: NodeId
    number: int
    review_id: str
    approved: bool


class AgentCall(NamedTuple):
    """The execution to start as a sub-agent."""

    graph_id: str
    version_id: str
    inputs: Mapping[str, JsonValue]


class Called(NamedTuple):
    """A node execution started another execution and waits for its news.

    `call` is not part of the record: it becomes that execution.
    """

    node_id: NodeId
    number: int
    child_id: str
    call: AgentCall | None = None


class CalledWithin(NamedTuple):
    """A block called a sub-agent while it runs; it may call several, each by a key of
    its own. `call` is not part of the record: it becomes that execution."""

    node_id: NodeId
    number: int
    key: str
    child_id: str
    call: AgentCall | None = None


class ChildEnded(NamedTuple):
    """A sub-agent of a node execution has ended; `cost` is in millionths."""

    node_id: NodeId
    number: int
    child_id: str
    status: str
    node_executions: int
    cost: int


class Spent(NamedTuple):
    """An attempt cost money, in millionths."""

    node_id: NodeId
    number: int
    amount: int


class Retrying(NamedTuple):
    """An attempt failed; another one begins no sooner than `until`."""

    node_id: NodeId
    number: int
    attempt: int
    code: str
    message: str
    until: int


class Completed(NamedTuple):
    node_id: NodeId
    number: int


class Failed(NamedTuple):
    """The last attempt failed; `handled` says that a link leaves the `error` pin."""

    node_id: NodeId
    number: int
    code: str
    message: str
    handled: bool


class Paused(NamedTuple):
    """Somebody who may asked for a pause: nothing begins, what runs goes on."""


class Resumed(NamedTuple):
    """Somebody who may asked to go on."""


class Parked(NamedTuple):
    """Nothing can go on before `until`, or before a signal comes."""

    reason: str
    since: int
    until: int | None = None


class Woken(NamedTuple):
    """A worker goes on after `waited` milliseconds."""

    waited: int


class Stalled(NamedTuple):
    """The verdict of the watchdog: nothing had happened since event `since` for so many
    seconds, so the run was taken from its worker, and goes on with another one."""

    since: int
    seconds: int


class CancelRequested(NamedTuple):
    """Somebody who may asked for the end."""


class TimeExceeded(NamedTuple):
    """The execution used up its wall time."""

    seconds: float


class Finished(NamedTuple):
    """The end. `code` and `message` are set when a limit, not a node, decided it."""

    status: ExecutionStatus
    code: str = ""
    message: str = ""


NodeEvent: TypeAlias = (
    Started
    | Reused
    | Emitted
    | Waiting
    | Asked
    | Answered
    | Called
    | CalledWithin
    | ChildEnded
    | Spent
    | Retrying
    | Completed
    | Failed
)

NODE_EVENTS: Final = frozenset(get_args(NodeEvent))
"""Asked of each event, where a check against the union would cost ten times as much."""

Event: TypeAlias = (
    NodeEvent
    | Begun
    | Paused
    | Resumed
    | Parked
    | Woken
    | Stalled
    | CancelRequested
    | TimeExceeded
    | Finished
)
