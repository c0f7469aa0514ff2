"""What blocks may reach outside themselves, each way behind a small protocol.

The engine provides real ones bound to whoever runs the node; tests and `rungraph` use
twins in memory. Every method fails with `BlockError`; what a block did not ask for
costs nothing.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from blocks.credentials import Credential, CredentialRef
from blocks.secret import Secret
from blocks.values import JsonObject, JsonValue

MIB = 1024 * 1024


@dataclass(frozen=True, kw_only=True, slots=True)
class HttpResponse:
    """Header names are lower-case; `body` is at most the client's size limit."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class HttpStream(Protocol):
    """An answer that is still coming; header names are lower-case."""

    @property
    def status(self) -> int: ...
    @property
    def headers(self) -> Mapping[str, str]: ...
    def chunks(self) -> AsyncIterator[bytes]:
        """The body as it arrives; raises like `request`."""
        ...


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
        max_bytes: int = 10 * MIB,
    ) -> HttpResponse:
        """Send one request.

        Raises:
            BlockError: code `egress_blocked`, `timeout`, `too_large` or `unreachable`.
        """
        ...

    def stream(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        timeout_s: float = 300.0,
        max_bytes: int = 10 * MIB,
    ) -> AbstractAsyncContextManager[HttpStream]:
        """The same, for an answer that is read while it comes; follows no redirect."""
        ...


class Credentials(Protocol):
    async def get(self, ref: CredentialRef | None, *providers: str) -> Credential:
        """The credential that `ref` names, fresh enough to be used; without one, what
        the environment gives by default for one of the providers.

        Raises:
            BlockError: code `credential_missing`, `credential_unreadable` (it must be
                entered anew) or `credential_refused` (it is of another provider).
        """
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredFile:
    """`ref` is what pins hold: `workspace://<id>`."""

    ref: str
    name: str
    media_type: str
    size: int


class Files(Protocol):
    """The files of the workspace."""

    async def read(
        self, source: str, *, max_bytes: int = 100 * MIB
    ) -> tuple[StoredFile, bytes]:
        """What `source` names: a stored file, a data URI, or a web address.

        Raises:
            BlockError: code `no_file`, `too_large`, or as for HTTP.
        """
        ...

    async def write(
        self, name: str, content: bytes, *, media_type: str | None = None
    ) -> StoredFile:
        """Store bytes; the type is looked up in them, not believed."""
        ...

    def scratch(self) -> AbstractAsyncContextManager[Path]:
        """A folder that is gone afterwards, also when the node is cancelled or the
        process dies."""
        ...


class MemoryScope(StrEnum):
    WITHIN_AGENT = "within_agent"
    ACROSS_AGENTS = "across_agents"


class Memory(Protocol):
    """Values that outlive a run; the last write wins."""

    async def load(self, scope: MemoryScope, key: str) -> JsonValue:
        """Null if there is none."""
        ...

    async def save(self, scope: MemoryScope, key: str, value: JsonValue) -> None: ...


@dataclass(frozen=True, kw_only=True, slots=True)
class MailServer:
    """`security` is `starttls`, `tls` or `none`."""

    host: str
    port: int
    username: Secret | None = None
    password: Secret | None = None
    security: str = "starttls"


@dataclass(frozen=True, kw_only=True, slots=True)
class Attachment:
    name: str
    media_type: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Message:
    """An e-mail. Addresses and headers were checked: no line breaks."""

    sender: str
    to: Sequence[str]
    subject: str
    text: str
    html: str | None = None
    cc: Sequence[str] = ()
    bcc: Sequence[str] = ()
    reply_to: str | None = None
    attachments: Sequence[Attachment] = ()
    message_id: str | None = None


class Mail(Protocol):
    async def send(
        self, message: Message, server: MailServer, *, timeout_s: float = 30.0
    ) -> str:
        """Hand the message to the server; its Message-ID.

        Raises:
            BlockError: code `egress_blocked`, `timeout`, `unreachable`, `refused`.
        """
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class DatabaseAddress:
    """`kind` is `postgresql`, `mysql` or `sqlite`; for SQLite `database` is the
    reference of a file of the workspace, or `:memory:`."""

    kind: str
    host: str = ""
    port: int = 0
    database: str = ""
    username: Secret | None = None
    password: Secret | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Statement:
    sql: str
    parameters: Sequence[JsonValue] | Mapping[str, JsonValue] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Rows:
    """`affected` is what the database says of a change; -1 where it says nothing."""

    columns: Sequence[str]
    rows: Sequence[Sequence[JsonValue]]
    affected: int = -1
    is_cut: bool = False


class Databases(Protocol):
    async def run(
        self,
        address: DatabaseAddress,
        statements: Sequence[Statement],
        *,
        read_only: bool = True,
        timeout_s: float = 30.0,
        max_rows: int = 1_000,
    ) -> list[Rows]:
        """All statements in one transaction, undone if one fails.

        Raises:
            BlockError: code `egress_blocked`, `timeout`, `unreachable`, `refused` (by
                the database, with its reason).
        """
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class CodeResult:
    """`error` is the traceback or message of code that failed."""

    result: JsonValue
    stdout: str
    stderr: str
    error: str | None = None


class Code(Protocol):
    async def run(
        self,
        language: str,
        source: str,
        *,
        inputs: JsonObject | None = None,
        timeout_s: float = 30.0,
        max_output_bytes: int = MIB,
    ) -> CodeResult:
        """Run `python` or `javascript` where nothing of the host can be reached.

        Raises:
            BlockError: code `timeout`, `too_large`, or `unavailable` (switched off).
        """
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class AgentResult:
    """How a sub-agent ended: `status` as of an execution, outputs by name."""

    status: str
    outputs: Mapping[str, list[JsonValue]]
    errors: Sequence[JsonObject]
    execution_id: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class AgentDescription:
    name: str
    description: str
    input_schema: JsonObject
    output_schema: JsonObject


class Agents(Protocol):
    """Other agents of the workspace, called from within a block."""

    async def describe(self, graph_id: str, version: int = 0) -> AgentDescription: ...

    async def run(
        self, graph_id: str, inputs: JsonObject, *, key: str, version: int = 0
    ) -> AgentResult:
        """Run a sub-agent to its end. The same `key` within one node execution is the
        same run, also after a crash. It counts, costs and is cancelled with the run."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class LibraryAgent:
    """`version` is the latest published one, 0 for an agent that has only a draft."""

    id: str
    name: str
    description: str
    version: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class LibraryPage:
    """Some of the agents that were found; `total` is how many there are."""

    agents: Sequence[LibraryAgent]
    total: int


class Library(Protocol):
    """The agents of the workspace, newest first."""

    async def find(self, words: str, *, start: int, limit: int) -> LibraryPage:
        """Those with these words in their name or description, from place `start` on,
        counted from 0; no words find all."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Tool:
    """A node that hangs on the `tools` pin. `schema` describes the arguments, whose
    names are those of the linked pins."""

    node_id: str
    name: str
    description: str
    schema: JsonObject


@dataclass(frozen=True, kw_only=True, slots=True)
class ToolResult:
    """`spent` is what the block says it has cost, in millionths; the run has not been
    told. What a sub-agent costs it knows."""

    outputs: Sequence[tuple[str, JsonValue]]
    error: str | None = None
    spent: int = 0


class Tools(Protocol):
    def all(self) -> Sequence[Tool]:
        """In the order of their links; no two of one name."""
        ...

    async def call(self, tool: Tool, arguments: JsonObject, *, key: str) -> ToolResult:
        """Run the node's block here and now; a failure is a result. The same `key` is
        the same call in every attempt."""
        ...


class Live(Protocol):
    """What watchers see at once and nobody stores."""

    def text(self, delta: str) -> None:
        """More of a text that is being written."""
        ...

    def progress(self, done: float, total: float, note: str = "") -> None: ...
