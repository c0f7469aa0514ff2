"""The facts about a block that never change: what the palette, the validator, the
engine and the docs read."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from blocks.credentials import Credential
from blocks.values import JsonObject, JsonValue
from blocks.world import AgentResult, CodeResult, Rows, Tool, ToolResult

if TYPE_CHECKING:
    from blocks.base import Block


class Effect(StrEnum):
    """What repeating a node execution would do to the world outside."""

    PURE = "pure"
    """Nothing, and the same inputs give the same outputs."""
    IDEMPOTENT = "idempotent"
    """Nothing more than doing it once."""
    ONCE = "once"
    """Harm: a lost attempt is never repeated blindly."""


class Kind(StrEnum):
    """The part a block plays in a graph."""

    STANDARD = "Standard"
    INPUT = "Input"
    OUTPUT = "Output"
    TRIGGER = "Webhook"
    """Begins with the input `payload` of a run: what a webhook sent."""
    NOTE = "Note"
    AGENT = "Agent"
    """Runs another agent; the engine does it, the block only declares it."""
    REVIEW = "Human in the loop"
    """Asks a person; the engine does it."""


class Category(StrEnum):
    AI = "AI"
    AGENT = "Agent"
    BASIC = "Basic"
    COMMUNICATION = "Communication"
    CRM = "CRM"
    DATA = "Data"
    DEVELOPER_TOOLS = "Developer tools"
    HARDWARE = "Hardware"
    INPUT = "Input"
    ISSUE_TRACKING = "Issue tracking"
    LOGIC = "Logic"
    MARKETING = "Marketing"
    MULTIMEDIA = "Multimedia"
    OUTPUT = "Output"
    PRODUCTIVITY = "Productivity"
    SAFETY = "Safety"
    SEARCH = "Search"
    SOCIAL = "Social"
    TEXT = "Text"


class CostHint(StrEnum):
    """How heavy one node execution is, for the palette and the optimiser."""

    FREE = "free"
    NETWORK = "network"
    COMPUTE = "compute"
    MONEY = "money"


Coercer = Callable[[JsonValue], JsonValue]


@dataclass(frozen=True, kw_only=True, slots=True)
class Pin:
    """One input or output of a block. `schema` is a JSON Schema without references."""

    name: str
    schema: JsonObject
    required: bool = False
    default: JsonValue = None
    advanced: bool = False
    secret: bool = False
    coerce: Coercer | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Example:
    """A call of the block and exactly what it emits, in order.

    `outputs` may hold a function in place of a value: it gets the value and answers
    whether it will do. `calls` are the requests the block may make, each
    `(method, url, status, headers, body)`. `error` is a part of the expected failure.
    `credentials` are those the block finds, `files` the stored ones by reference as
    `(name, media type, content)`, `memory` what the agent keeps by key. Call by call,
    `rows` are what a database answers, `code` what came of code, `agent_results` and
    `tool_results` what agents and the linked `tools` answer.
    """

    inputs: JsonObject
    outputs: list[tuple[str, object]] = field(default_factory=list)
    calls: tuple[tuple[str, str, int, dict[str, str], bytes], ...] = ()
    error: str | None = None
    credentials: tuple[Credential, ...] = ()
    files: Mapping[str, tuple[str, str, bytes]] = field(default_factory=dict)
    memory: Mapping[str, JsonValue] = field(default_factory=dict)
    rows: tuple[Sequence[Rows], ...] = ()
    agent_results: tuple[AgentResult, ...] = ()
    tools: tuple[Tool, ...] = ()
    tool_results: tuple[ToolResult, ...] = ()
    code: tuple[CodeResult, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class BlockSpec:
    id: str
    name: str
    description: str
    categories: tuple[Category, ...]
    kind: Kind
    effect: Effect
    cost: CostHint
    static_output: bool
    """Values from its pins stay on the pins they were sent to."""
    inline: bool
    """Never suspends: the engine runs it without a task of its own."""
    cpu: bool
    """Burns CPU: the engine runs it in a thread, off the loop."""
    incremental: bool
    """Emissions are routed at once; after the first one it is not tried again."""
    inputs: Mapping[str, Pin]
    outputs: Mapping[str, Pin]
    examples: tuple[Example, ...]
    block: "Block" = field(repr=False, compare=False)
    required: frozenset[str] = field(init=False)
    """Names of the inputs that must have a value; asked at every node execution."""

    def __post_init__(self) -> None:
        required = (pin.name for pin in self.inputs.values() if pin.required)
        object.__setattr__(self, "required", frozenset(required))
