"""The guarded HTTP client in the shape that blocks ask for."""

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager

from blocks.errors import BlockError
from blocks.world import HttpResponse
from core.egress import (
    DEFAULT_MAX_BYTES,
    EgressClient,
    EgressError,
    StreamedResponse,
)


class EgressHttp:
    """Implements `blocks.context.HttpClient`."""

    def __init__(self, client: EgressClient) -> None:
        self._client = client

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        timeout_s: float = 30.0,
        max_bytes: int = DEFAULT_MAX_BYTES,
    ) -> HttpResponse:
        with _as_failure_of_the_block():
            answer = await self._client.request(
                method,
                url,
                headers=headers,
                body=body,
                timeout_s=timeout_s,
                max_bytes=max_bytes,
            )
        return HttpResponse(
            status=answer.status, headers=answer.headers, body=answer.body
        )

    @asynccontextmanager
    async def stream(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        timeout_s: float = 300.0,
        max_bytes: int = DEFAULT_MAX_BYTES,
    ) -> AsyncIterator[StreamedResponse]:
        with _as_failure_of_the_block():
            async with self._client.stream(
                method,
                url,
                headers=headers,
                body=body,
                timeout_s=timeout_s,
                max_bytes=max_bytes,
            ) as answer:
                yield answer


@contextmanager
def _as_failure_of_the_block() -> Iterator[None]:
    try:
        yield
    except EgressError as error:
        raise BlockError(str(error), code=error.code) from None
