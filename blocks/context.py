"""What a block may ask of the world; the engine provides it, tests fake it."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from blocks.world import (
    Agents,
    Code,
    Credentials,
    Databases,
    Files,
    HttpClient,
    Library,
    Live,
    Mail,
    Memory,
    Tools,
)


class Caller(Protocol):
    """Whose node execution it is. Identifiers are text.

    `idempotency_key` is the same for every attempt of the node execution.
    """

    @property
    def user_id(self) -> str: ...
    @property
    def workspace_id(self) -> str: ...
    @property
    def execution_id(self) -> str: ...
    @property
    def graph_id(self) -> str: ...
    @property
    def node_id(self) -> str: ...
    @property
    def number(self) -> int: ...
    @property
    def attempt(self) -> int: ...
    @property
    def idempotency_key(self) -> str: ...
    @property
    def timezone(self) -> str: ...


class Context(Caller, Protocol):
    """One node execution's view of the world."""

    @property
    def http(self) -> HttpClient: ...
    @property
    def credentials(self) -> Credentials: ...
    @property
    def files(self) -> Files: ...
    @property
    def memory(self) -> Memory: ...
    @property
    def mail(self) -> Mail: ...
    @property
    def databases(self) -> Databases: ...
    @property
    def code(self) -> Code: ...
    @property
    def agents(self) -> Agents: ...
    @property
    def library(self) -> Library: ...
    @property
    def tools(self) -> Tools: ...
    @property
    def live(self) -> Live: ...
    def now(self) -> datetime:
        """The time, aware, in UTC."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Wait:
    """A step of a block that says: go on no sooner than `seconds` from now.

    The engine keeps the time, durably: after a crash only what is left is waited for.
    """

    seconds: float


@dataclass(frozen=True, slots=True)
class Spend:
    """A step of a block that says: this attempt has just cost so many millionths."""

    amount: int


@dataclass(frozen=True, kw_only=True, slots=True)
class NodeIdentity:
    """Who is running, for contexts and logs."""

    user_id: str = ""
    workspace_id: str = ""
    execution_id: str = ""
    graph_id: str = ""
    node_id: str = ""
    number: int = 1
    attempt: int = 1
    timezone: str = field(default="UTC")

    @property
    def idempotency_key(self) -> str:
        return f"{self.execution_id}:{self.node_id}:{self.number}"
