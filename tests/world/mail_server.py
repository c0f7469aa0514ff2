"""A mail server on loopback that keeps what it gets and can be told to misbehave."""

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default


@dataclass
class Inbox:
    port: int = 0
    sign_ins: list[str] = field(default_factory=list)
    envelopes: list[tuple[str, list[str]]] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)
    """What to say to a command instead of the usual."""

    @property
    def messages(self) -> list[EmailMessage]:
        return [message_from_bytes(raw, policy=default) for raw in self.raw]


@asynccontextmanager
async def mail_server(ssl=None, **answers: str):
    inbox = Inbox(answers=answers)
    talks: set[asyncio.Task] = set()

    async def talk(reader, writer):
        talks.add(asyncio.current_task())
        try:
            await _Talk(inbox, reader, writer).go()
        except (ConnectionError, asyncio.CancelledError):
            return
        finally:
            writer.close()

    async with await asyncio.start_server(talk, "127.0.0.1", 0, ssl=ssl) as server:
        inbox.port = server.sockets[0].getsockname()[1]
        yield inbox
        for task in talks:
            task.cancel()
        await asyncio.gather(*talks, return_exceptions=True)


class _Talk:
    def __init__(self, inbox, reader, writer):
        self.inbox, self.reader, self.writer = inbox, reader, writer
        self.sender, self.recipients = "", []

    async def say(self, text: str):
        self.writer.write(text.encode() + b"\r\n")
        await self.writer.drain()

    async def go(self):
        if "connect" in self.inbox.answers:
            await asyncio.sleep(60)
        await self.say("220 ready")
        while line := (await self.reader.readline()).decode().strip():
            verb, _, rest = line.partition(" ")
            verb = verb.lower()
            if verb == "quit":
                return await self.say("221 bye")
            if verb in self.inbox.answers:
                await self.say(self.inbox.answers[verb])
            else:
                await getattr(self, verb)(rest)

    async def ehlo(self, name):
        await self.say("250-here\r\n250 AUTH PLAIN")

    async def auth(self, rest):
        self.inbox.sign_ins.append(rest)
        await self.say("235 welcome")

    async def mail(self, rest):
        self.sender, self.recipients = rest.split("<")[1].split(">")[0], []
        await self.say("250 ok")

    async def rcpt(self, rest):
        self.recipients.append(rest.split("<")[1].split(">")[0])
        await self.say("250 ok")

    async def data(self, rest):
        await self.say("354 go on")
        raw = await self.reader.readuntil(b"\r\n.\r\n")
        self.inbox.raw.append(raw[:-5])
        self.inbox.envelopes.append((self.sender, self.recipients))
        await self.say("250 taken")
