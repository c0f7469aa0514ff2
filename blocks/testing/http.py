"""The web for blocks under test: told answers, and a record of what was sent."""

from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TypeAlias

from blocks.errors import BlockError
from blocks.world import HttpResponse

Call: TypeAlias = tuple[str, str, int, dict[str, str], bytes]


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """A request that a block sent."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes | None
    timeout_s: float
    max_bytes: int


class FakeHttp:
    """Answers the requests it was told of, each once; any other is a test failure."""

    def __init__(self, calls: Iterable[Call] = ()) -> None:
        self.unused = list(calls)
        self.sent: list[Request] = []
        self.unexpected: list[str] = []

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
        self.sent.append(
            Request(
                method=method,
                url=url,
                headers=headers or {},
                body=body,
                timeout_s=timeout_s,
                max_bytes=max_bytes,
            )
        )
        call = next((c for c in self.unused if c[:2] == (method, url)), None)
        if call is None:
            self.unexpected.append(f"{method} {url}")
            raise AssertionError(f"unexpected request: {method} {url}")
        self.unused.remove(call)
        return _answer(call, max_bytes)

    @asynccontextmanager
    async def stream(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        timeout_s: float = 300.0,
        max_bytes: int = 10 * 1024 * 1024,
    ) -> AsyncIterator["FakeStream"]:
        """The answer in parts, one for each line."""
        answer = await self.request(
            method,
            url,
            headers=headers,
            body=body,
            timeout_s=timeout_s,
            max_bytes=max_bytes,
        )
        yield FakeStream(answer)


class FakeStream:
    def __init__(self, answer: HttpResponse) -> None:
        self._answer = answer

    @property
    def status(self) -> int:
        return self._answer.status

    @property
    def headers(self) -> Mapping[str, str]:
        return self._answer.headers

    async def chunks(self) -> AsyncIterator[bytes]:
        for line in self._answer.body.splitlines(keepends=True):
            yield line


def _answer(call: Call, max_bytes: int) -> HttpResponse:
    _, _, status, headers, body = call
    if len(body) > max_bytes:
        raise BlockError(f"answer larger than {max_bytes:,} bytes", code="too_large")
    lowered = {name.lower(): value for name, value in headers.items()}
    return HttpResponse(status=status, headers=lowered, body=body)
