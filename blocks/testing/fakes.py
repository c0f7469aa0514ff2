"""A world in memory for blocks under test: told answers, and a record of what was done.

What was not told is refused as a failure of the test, not as one of the block.
"""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from blocks.credentials import Credential, CredentialRef
from blocks.errors import BlockError
from blocks.file_sources import Inline, parse_source
from blocks.media_types import media_type_of
from blocks.values import JsonObject, JsonValue
from blocks.world import (
    MIB,
    AgentDescription,
    AgentResult,
    CodeResult,
    DatabaseAddress,
    LibraryAgent,
    LibraryPage,
    MailServer,
    MemoryScope,
    Message,
    Rows,
    Statement,
    StoredFile,
    Tool,
    ToolResult,
)


class FakeCredentials:
    """Has those it was given; without a reference, the first of the provider."""

    def __init__(self, given: Iterable[Credential] = ()) -> None:
        self.given = list(given)
        self.used: list[Credential] = []

    def unused(self) -> list[str]:
        left = (c for c in self.given if c not in self.used)
        return [f"credential {c.id} of {c.provider}" for c in left]

    async def get(self, ref: CredentialRef | None, *providers: str) -> Credential:
        for credential in self.given:
            is_named = ref is not None and credential.id == ref.id
            is_default = ref is None and credential.provider in providers
            if is_named or is_default:
                self.used.append(credential)
                return credential
        names = " or ".join(providers) or "this"
        raise BlockError(f"no credential for {names}", code="credential_missing")


class FakeFiles:
    """Stored files by reference; `written` are those that blocks made."""

    def __init__(self, given: Mapping[str, tuple[str, str, bytes]] | None = None):
        """`given` has `(name, media type, content)` by reference."""
        self.files = dict(given or {})
        self._unread = set(self.files)
        self.written: list[StoredFile] = []

    def unused(self) -> list[str]:
        return [f"file {source}" for source in sorted(self._unread)]

    async def read(
        self, source: str, *, max_bytes: int = 100 * MIB
    ) -> tuple[StoredFile, bytes]:
        self._unread.discard(source)
        found = self.files.get(source) or _in_data_uri(source, max_bytes)
        if found is None:
            raise BlockError(f"there is no file {source!r}", code="no_file")
        name, media_type, content = found
        if len(content) > max_bytes:
            raise BlockError(f"larger than {max_bytes:,} bytes", code="too_large")
        size = len(content)
        stored = StoredFile(ref=source, name=name, media_type=media_type, size=size)
        return stored, content

    async def write(
        self, name: str, content: bytes, *, media_type: str | None = None
    ) -> StoredFile:
        ref = f"workspace://{len(self.written) + 1}"
        kind = media_type_of(content, name)
        self.files[ref] = (name, kind, content)
        stored = StoredFile(ref=ref, name=name, media_type=kind, size=len(content))
        self.written.append(stored)
        return stored

    def scratch(self) -> AbstractAsyncContextManager[Path]:
        return _scratch()


def _in_data_uri(source: str, max_bytes: int) -> tuple[str, str, bytes] | None:
    if not source.startswith("data:"):
        return None
    parsed = parse_source(source, max_bytes=max_bytes)
    if not isinstance(parsed, Inline):
        return None
    kind = media_type_of(parsed.content, parsed.name)
    return parsed.name, kind, parsed.content


@asynccontextmanager
async def _scratch() -> AsyncIterator[Path]:
    with TemporaryDirectory() as folder:
        yield Path(folder)


class FakeMemory:
    """Keeps `values` within the agent."""

    def __init__(self, values: Mapping[str, JsonValue] | None = None) -> None:
        self.values: dict[tuple[MemoryScope, str], JsonValue] = {
            (MemoryScope.WITHIN_AGENT, key): value
            for key, value in (values or {}).items()
        }

    async def load(self, scope: MemoryScope, key: str) -> JsonValue:
        return self.values.get((scope, key))

    async def save(self, scope: MemoryScope, key: str, value: JsonValue) -> None:
        self.values[(scope, key)] = value


class FakeMail:
    def __init__(self) -> None:
        self.sent: list[tuple[Message, MailServer]] = []

    async def send(
        self, message: Message, server: MailServer, *, timeout_s: float = 30.0
    ) -> str:
        self.sent.append((message, server))
        return message.message_id or f"<{len(self.sent)}@example>"


class FakeDatabases:
    """Answers each call with the next of `answers`."""

    def __init__(self, answers: Iterable[Sequence[Rows] | BlockError] = ()) -> None:
        self.answers = list(answers)
        self.ran: list[tuple[DatabaseAddress, Sequence[Statement], bool]] = []

    def unused(self) -> list[str]:
        return [f"answer of a database: {answer}" for answer in self.answers]

    async def run(
        self,
        address: DatabaseAddress,
        statements: Sequence[Statement],
        *,
        read_only: bool = True,
        timeout_s: float = 30.0,
        max_rows: int = 1_000,
    ) -> list[Rows]:
        self.ran.append((address, statements, read_only))
        if not self.answers:
            raise AssertionError(f"unexpected statements: {statements!r}")
        answer = self.answers.pop(0)
        if isinstance(answer, BlockError):
            raise answer
        return list(answer)


class FakeCode:
    def __init__(self, answers: Iterable[CodeResult | BlockError] = ()) -> None:
        self.answers = list(answers)
        self.ran: list[tuple[str, str]] = []

    def unused(self) -> list[str]:
        return [f"result of code: {answer}" for answer in self.answers]

    async def run(
        self,
        language: str,
        source: str,
        *,
        inputs: JsonObject | None = None,
        timeout_s: float = 30.0,
        max_output_bytes: int = MIB,
    ) -> CodeResult:
        self.ran.append((language, source))
        if not self.answers:
            raise AssertionError(f"unexpected {language} code")
        answer = self.answers.pop(0)
        if isinstance(answer, BlockError):
            raise answer
        return answer


class FakeAgents:
    """Answers each run with the next of `answers`."""

    def __init__(self, answers: Iterable[AgentResult] = ()) -> None:
        self.answers = list(answers)
        self.ran: list[tuple[str, JsonObject, str]] = []

    def unused(self) -> list[str]:
        return [f"result of an agent: {answer}" for answer in self.answers]

    async def describe(self, graph_id: str, version: int = 0) -> AgentDescription:
        return AgentDescription(
            name=graph_id, description="", input_schema={}, output_schema={}
        )

    async def run(
        self, graph_id: str, inputs: JsonObject, *, key: str, version: int = 0
    ) -> AgentResult:
        self.ran.append((graph_id, inputs, key))
        if not self.answers:
            raise AssertionError(f"unexpected run of agent {graph_id!r}")
        return self.answers.pop(0)


class FakeLibrary:
    def __init__(self, agents: Sequence[LibraryAgent] = ()) -> None:
        self.agents = agents

    async def find(self, words: str, *, start: int, limit: int) -> LibraryPage:
        found = [
            agent
            for agent in self.agents
            if words.lower() in f"{agent.name} {agent.description}".lower()
        ]
        return LibraryPage(agents=found[start : start + limit], total=len(found))


class FakeTools:
    def __init__(
        self, tools: Sequence[Tool] = (), answers: Iterable[ToolResult] = ()
    ) -> None:
        self.tools = tools
        self.answers = list(answers)
        self.called: list[tuple[str, JsonObject, str]] = []

    def unused(self) -> list[str]:
        return [f"result of a tool: {answer}" for answer in self.answers]

    def all(self) -> Sequence[Tool]:
        return self.tools

    async def call(self, tool: Tool, arguments: JsonObject, *, key: str) -> ToolResult:
        self.called.append((tool.name, arguments, key))
        if not self.answers:
            raise AssertionError(f"unexpected call of tool {tool.name!r}")
        return self.answers.pop(0)


@dataclass
class FakeLive:
    texts: list[str] = field(default_factory=list)
    steps: list[tuple[float, float, str]] = field(default_factory=list)

    def text(self, delta: str) -> None:
        self.texts.append(delta)

    def progress(self, done: float, total: float, note: str = "") -> None:
        self.steps.append((done, total, note))
