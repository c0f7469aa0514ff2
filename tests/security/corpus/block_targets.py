"""Rows whose target is a block: it runs in a world whose network goes nowhere."""

import asyncio
import re
import socket
import time
from base64 import b64encode
from collections.abc import Callable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Final
from urllib.parse import urlsplit

from accounts.credentials.providers import Client, OAuth
from accounts.credentials.tokens import TokenError, tokens_for_refresh
from blocks.context import Spend, Wait
from blocks.credentials import Credential, CredentialKind
from blocks.errors import BlockError
from blocks.invoke import check_step, failure_of, prepare
from blocks.registry import registry
from blocks.secret import Secret
from blocks.spec import BlockSpec
from blocks.testing.fakes import FakeCredentials
from core.egress import EgressClient
from core.limits import LIMITS_BY_NAME
from executions.engine.context import NodeContext, RunIdentity
from executions.world.local import local_world
from tests.blocks.calls import named
from tests.core.wire import (
    OK,
    PUBLIC,
    FakeNetwork,
    FakeResolver,
    RecordingStream,
    redirect,
)
from tests.security.corpus.facts import CANARY, Facts
from tests.security.corpus.generators import built
from tests.security.corpus.measures import measured
from tests.security.corpus.rows import Row
from tests.security.corpus.spies import Spy, watching
from tests.security.corpus.tools import Matches, Target, Tools, starting

REDIRECTS: Final = {
    "file": "file:///etc/passwd",
    "loopback": "http://127.0.0.1/",
    "metadata": "http://169.254.169.254/",
    "private": "http://10.0.0.1/",
    "gopher": "gopher://127.0.0.1:6379/",
    "other": "http://public.test/",
}
HOSTS: Final = (
    "public", "redirect", "drip", "gzip", "rebind", "multi", "mail", "other",
)  # fmt: skip
OUTSIDE: Final = ("api.telegram.org", "discord.com", "slack.com")
DRIP: Final = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"
DRIP_TIMEOUT_S: Final = 1
CODE_TIMEOUT_S: Final = 30


class DrippingStream(RecordingStream):
    """One byte, and then another one after ten seconds."""

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        data = await super().read(max_bytes, timeout)
        if not data:
            await asyncio.sleep(min(10, timeout or 10))
        return data or b"a"


class DrippingNetwork(FakeNetwork):
    async def connect_tcp(
        self, host: str, port: int, *args: Any, **kwargs: Any
    ) -> DrippingStream:
        self.connects.append((host, port))
        return DrippingStream(DRIP, self)


@dataclass
class Outcome:
    """What a block emitted, and where it wanted to."""

    outputs: list[tuple[str, Any]] = field(default_factory=list)
    error: BlockError | None = None
    connects: list[tuple[str, int]] = field(default_factory=list)
    sent: list[str] = field(default_factory=list)
    spy: Spy = field(default_factory=Spy)
    ms: float = 0.0
    grown_mb: float = 0.0

    @property
    def failure(self) -> str:
        return "" if self.error is None else f"{self.error} {self.error.code}"

    @property
    def text(self) -> str:
        return f"{self.outputs} {self.failure}"


@dataclass(frozen=True)
class Play:
    """A block with its inputs, and what the network and the accounts are like."""

    name: str
    inputs: Mapping[str, Any]
    answer: bytes = OK
    hosts: Mapping[str, list[list[str]]] = field(default_factory=dict)
    credentials: tuple[Credential, ...] = ()

    def run(self) -> Outcome:
        with watching(Spy()) as spy:
            outcome = asyncio.run(self._run())
        outcome.spy = spy
        outcome.connects += spy.connects
        return outcome

    async def _run(self) -> Outcome:
        network = DrippingNetwork() if self.answer is DRIP else FakeNetwork(self.answer)
        known = [f"{host}.test" for host in HOSTS] + [*OUTSIDE]
        hosts = {name: [[PUBLIC]] for name in known} | dict(self.hosts)
        client = EgressClient(network=network, resolver=FakeResolver(hosts))
        outcome = Outcome(connects=network.connects)
        try:
            await self._into(outcome, client)
        except Exception as error:
            outcome.error = failure_of(error)
        finally:
            await client.aclose()
        outcome.sent = network.requests() if network.writes else []
        return outcome

    async def _into(self, outcome: Outcome, client: EgressClient) -> None:
        spec = named(self.name)
        accounts = FakeCredentials(self.credentials)
        world = local_world(client, LIMITS_BY_NAME["default"])
        context = NodeContext(
            run=RunIdentity(),
            node_id="node",
            number=1,
            attempt=1,
            world=replace(world, credentials=lambda caller: accounts),
            clock=time.time,
        )
        async for step in spec.block.run(prepare(spec, self.inputs, {}), context):
            checked = check_step(spec, step)
            if not isinstance(checked, Wait | Spend):
                outcome.outputs.append((checked[0], checked[1].value))


def facts_of(row: Row, play: Play) -> Facts:
    done = measured(row, play.run)
    outcome, hosts = done.result, [host for host, _ in done.result.connects]
    said = outcome.text.replace(str(row.value), "").replace(repr(row.value), "")
    if outcome.error is not None:
        assert outcome.error.code != "crash", outcome.text
    return {
        **done.facts,
        "pin": _pins(row, play, outcome),
        "pin_match": outcome.text,
        "connects": len(hosts),
        "connects_blocked": sum(host != PUBLIC for host in hosts),
        "connects_to_loopback": sum(host.startswith("127.") for host in hosts),
        "hops_max": max(0, len(hosts) - 1),
        "leak": said,
        "text": said,
        "canary_in": [place for place in ("pin",) if CANARY in said],
        "env_secrets": CANARY in said,
        "executed": bool(outcome.spy.programs),
        "files_outside_workspace": len(outcome.spy.written),
        "host_effect": bool(outcome.spy.written or _own_programs(outcome)),
        "mails_sent": len(hosts),
        "max_stored_bytes": len(str(outcome.outputs).encode()),
    }


def _pins(row: Row, play: Play, outcome: Outcome) -> set[str]:
    if outcome.error is not None:
        return {"error"}
    pins = {"ok"}
    if [value for _, value in outcome.outputs] == [row.value]:
        pins.add("literal text")
    if play.name == "ExecuteCode":
        pins.add("value from an isolated process")
        if len(str(outcome.outputs)) < len(str(row.value)) * 1_000_000:
            pins.add("truncated")
    return pins


def _own_programs(outcome: Outcome) -> list[str]:
    """But for the way in which the sandbox itself is begun."""
    return [name for name in outcome.spy.programs if name != "subprocess.Popen"]


# --- HTTP -----------------------------------------------------------------------------


def http_request(row: Row, tools: Tools) -> Facts:
    given = dict(row.given) if row.has_parts else {"url": row.value}
    url = given.pop("url")
    play = Play(
        "SendWebRequest",
        {"url": url, "method": given.pop("method", "GET"), **_more(given)},
        answer=_answer(url, built(given.pop("body", b""))),
        hosts=_dns(url, given.pop("dns", [])),
    )
    given.pop(
        "uri", None
    )  # a key that is none of ours; what is checked is what is used
    if (secret := given.pop("credential", None)) is not None:
        play = _authenticated(play, url, str(secret))
    assert not given, f"nothing here says what {set(given)} are"
    return facts_of(row, play) | _told_elsewhere(play)


def _more(given: dict[str, Any]) -> dict[str, Any]:
    more = {"headers": given.pop("headers")} if "headers" in given else {}
    return more | {"timeout": DRIP_TIMEOUT_S}


def _authenticated(play: Play, url: str, secret: str) -> Play:
    account = Credential(
        id="canary",
        provider="http",
        kind=CredentialKind.HOST_SCOPED,
        secrets={"Authorization": Secret(f"Bearer {secret}")},
        hosts=(str(urlsplit(url).hostname),),
    )
    named_one = {"id": "canary", "provider": "http", "type": "host_scoped"}
    return replace(
        play,
        name="SendAuthenticatedWebRequest",
        inputs={**play.inputs, "credentials": named_one},
        credentials=(account,),
    )


def _told_elsewhere(play: Play) -> Facts:
    """Whether what is for one host went to another."""
    sent = play.run().sent[1:]
    return {"credential_forwarded": any("authorization" in text for text in sent)}


def _answer(url: Any, body: Any) -> bytes:
    """What the server of a row says, as its address tells."""
    path = urlsplit(url).path if isinstance(url, str) else ""
    if path == "/loop":
        return redirect("http://redirect.test/loop")
    if path.startswith("/302-to-"):
        goal = path.removeprefix("/302-to-").partition("-")[0]
        return redirect(REDIRECTS[goal])
    if isinstance(body, bytes) and body:
        head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n"
        return (head + "Content-Encoding: gzip\r\n\r\n").encode() + body
    return DRIP if path == "/1-byte-per-10s" else OK


def _dns(url: Any, given: list[Any]) -> dict[str, list[list[str]]]:
    if not given:
        return {}
    answers = [each if isinstance(each, list) else [each] for each in given]
    known = [[PUBLIC if a == "<public>" else a for a in each] for each in answers]
    return {str(urlsplit(url).hostname): known}


def feed(row: Row, tools: Tools) -> Facts:
    inputs: dict[str, Any] = {"polling_rate": 10, "run_continuously": False}
    if row.target.endswith("body"):
        body = row.value.encode()
        head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        inputs["rss_url"] = "http://public.test/"
        return facts_of(row, Play("ReadRSSFeed", inputs, answer=head + body))
    return facts_of(row, Play("ReadRSSFeed", {**inputs, "rss_url": row.value}))


# --- Others ---------------------------------------------------------------------------


def code(row: Row, tools: Tools) -> Facts:
    """A real listener stands where the code would connect to."""
    tools.monkeypatch.setenv("SECRET_CANARY", CANARY)
    with _listener() as (port, accepted):
        text = str(row.value).replace("6379", str(port))
        inputs = {"code": text, "timeout": CODE_TIMEOUT_S}
        facts = facts_of(row, Play("ExecuteCode", inputs))
        return facts | {"connects": accepted()}


@contextmanager
def _listener() -> Any:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)

        def accepted() -> int:
            try:
                server.accept()[0].close()
            except BlockingIOError:
                return 0
            return 1

        yield server.getsockname()[1], accepted


def mail(row: Row, tools: Tools) -> Facts:
    pin = row.target.removeprefix("block:Send e-mail ")
    config: dict[str, Any] = {"smtp_server": "mail.test", "smtp_port": 587}
    inputs: dict[str, Any] = {
        "to_email": "a@example.com", "subject": "Hi", "body": "Hi",
        "from_email": "me@example.com", "config": config,
    }  # fmt: skip
    if pin in ("smtp_host", "smtp_server"):
        config["smtp_server"] = row.value
    else:
        inputs[{"to": "to_email", "from": "from_email"}.get(pin, pin)] = row.value
    account = Credential(
        id="smtp",
        provider="smtp",
        kind=CredentialKind.USER_PASSWORD,
        secrets={"username": Secret("me"), "password": Secret("p")},
    )
    return facts_of(row, Play("SendEmail", inputs, credentials=(account,)))


def _inline(value: Any) -> str:
    raw = value if isinstance(value, bytes) else str(value).encode()
    return f"data:;base64,{b64encode(raw).decode()}"


def regex(row: Row, tools: Tools) -> Facts:
    given = row.given
    inputs = {"pattern": given["pattern"], "text": built(given["text"])}
    return facts_of(row, Play("ExtractTextInformation", inputs))


def plain(name: str, pin: str, **more: Any) -> Callable[[Row, Tools], Facts]:
    """A block of ours with the input at one pin."""

    def handle(row: Row, tools: Tools) -> Facts:
        inputs = {pin: row.given if row.has_parts else row.value, **more}
        return facts_of(row, Play(name, inputs))

    return handle


def of_file(name: str, pin: str, **more: Any) -> Callable[[Row, Tools], Facts]:
    """The same for a file."""

    def handle(row: Row, tools: Tools) -> Facts:
        return facts_of(row, Play(name, {pin: _inline(row.value), **more}))

    return handle


# --- By the words of a name -----------------------------------------------------------


def by_its_name(row: Row, tools: Tools) -> Facts:
    """A block that is not known here: ours of that name, as in its own example."""
    spec, pin = _meant(row)
    example = next(each for each in spec.examples if pin in each.inputs)
    inputs = {**example.inputs, pin: row.value}
    return facts_of(
        row,
        Play(spec.name.removesuffix("Block"), inputs, credentials=example.credentials),
    )


def _meant(row: Row) -> tuple[BlockSpec, str]:
    found = _found(row.target)
    assert found is not None
    return found


_WORD: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def _found(target: str) -> tuple[BlockSpec, str] | None:
    *words, last = re.findall(r"\w+", target.removeprefix("block:").lower())
    for spec in registry:
        name = _WORD.sub(" ", spec.name).lower()
        is_it = words and all(word in name.split() for word in words)
        used = {pin for each in spec.examples for pin in each.inputs}
        pins = [pin for pin in used if last in pin.lower()]
        if is_it and pins:
            return spec, sorted(pins, key=len)[0]
    return None


def _is_known_by_name(row: Row) -> bool:
    return row.target.startswith("block:") and _found(row.target) is not None


def oauth(row: Row, tools: Tools) -> Facts:
    """The address at which a provider trades tokens."""
    provider = OAuth(authorize_url="https://a.example/", token_url=row.value)
    with watching(Spy()) as spy:
        try:
            tokens_for_refresh(provider, Client(id="id"), "refresh")
            failure = ""
        except TokenError as error:
            failure = str(error)
    return {
        "pin": {"error"} if failure else {"ok"},
        "pin_match": failure,
        "connects": len(spy.connects),
    }


def at_example(name: str, pin: str) -> Callable[[Row, Tools], Facts]:
    """A block of ours as in its own example, with the input at one pin."""

    def handle(row: Row, tools: Tools) -> Facts:
        example = named(name).examples[0]
        play = Play(name, {**example.inputs, pin: row.value})
        return facts_of(row, replace(play, credentials=example.credentials))

    return handle


def of_words(*words: str) -> Matches:
    """Blocks whose name and pin hold one of these."""
    pattern = re.compile("|".join(words), re.I)
    return lambda row: (
        row.target.startswith("block:") and bool(pattern.search(row.target))
    )


def _media(row: Row, tools: Tools) -> Facts:
    """Of what is sent to a chat from an address, the file is fetched by us."""
    example = named("SendTelegramPhoto").examples[0]
    inputs = {**example.inputs, "photo": row.value}
    play = Play("SendTelegramPhoto", inputs, credentials=example.credentials)
    return facts_of(row, play)


TARGETS = [
    Target(starting("POST /api/credentials/oauth token_url"), oauth, "nothing"),
    Target(
        starting("block:HTTP request", "block:Web request", "block:API call"),
        http_request,
        "nothing",
    ),
    Target(starting("block:RSS feed"), feed, "nothing"),
    Target(starting("block:Send file to chat"), _media, "nothing"),
    Target(
        starting("POST /api/mcp-servers/ url"),
        plain("MCPTool", "server_url"),
        "nothing",
    ),
    Target(starting("block:Unzip"), of_file("ExtractArchive", "archive"), "nothing"),
    Target(
        starting("block:Resize image"),
        of_file("ResizeImage", "image", width=10),
        "nothing",
    ),
    Target(
        starting("block:Text template"),
        plain("FillTextTemplate", "format", values={"x": "value"}),
        "nothing",
    ),
    Target(
        starting("block:Code", "block:Python", "block:Execute code"), code, "nothing"
    ),
    Target(
        of_words(
            "(download|read|store|save|upload|fetch) (a )?file .*url", "image .*url"
        ),
        plain("FileStore", "file_in"),
        "nothing",
    ),
    Target(
        of_words("webhook.* url"), at_example("Notification", "webhook_url"), "nothing"
    ),
    Target(
        of_words("(base_url|endpoint|ollama_host)$"),
        at_example("AITextGenerator", "ollama_host"),
        "nothing",
    ),
    Target(starting("block:XML parse"), plain("XMLParser", "input_xml"), "nothing"),
    Target(starting("block:Regex"), regex, "nothing"),
    Target(starting("block:Send e-mail"), mail, "nothing"),
    Target(starting("block:JSON parse"), plain("JSONDecoder", "text"), "nothing"),
    Target(_is_known_by_name, by_its_name, "nothing"),
]
