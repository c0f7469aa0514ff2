"""The guarded HTTP client in the shape that blocks ask for."""

from collections.abc import Mapping

from blocks.context import HttpResponse
from blocks.errors import BlockError
from core.egress import DEFAULT_MAX_BYTES, EgressClient, EgressError


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
        try:
            answer = await self._client.request(
                method,
                url,
                headers=headers,
                body=body,
                timeout_s=timeout_s,
                max_bytes=max_bytes,
            )
        except EgressError as error:
            raise BlockError(str(error), code=error.code) from None
        return HttpResponse(
            status=answer.status, headers=answer.headers, body=answer.body
        )
