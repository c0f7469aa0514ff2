"""What a block may ask of the world; the engine provides it, tests fake it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, kw_only=True, slots=True)
class HttpResponse:
    """Header names are lower-case; `body` is at most the client's size limit."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class HttpClient(Protocol):
    """The one way out. Private addresses are closed, redirects are checked."""

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        timeout_s: float = 30.0,
        max_bytes: int = 10 * 1024 * 1024,
    ) -> HttpResponse:
        """Send one request.

        Raises:
            BlockError: code `egress_blocked`, `timeout`, `too_large` or `unreachable`.
        """
        ...


class Context(Protocol):
    """One node execution's view of the world. Identifiers are text.

    `idempotency_key` is the same for every attempt of the node execution.
    """

    @property
    def user_id(self) -> str: ...
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
    @property
    def http(self) -> HttpClient: ...
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
    execution_id: str = ""
    graph_id: str = ""
    node_id: str = ""
    number: int = 1
    attempt: int = 1
    timezone: str = field(default="UTC")

    @property
    def idempotency_key(self) -> str:
        return f"{self.execution_id}:{self.node_id}:{self.number}"
