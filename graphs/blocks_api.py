"""The blocks over HTTP: what the palette of the builder shows.

Blocks change only when a file of a user does, so the answers are kept as bytes.
"""

import hashlib
from collections.abc import Mapping
from functools import cache
from typing import Any, ClassVar, NamedTuple

import orjson
from django.http import Http404, HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from blocks.registry import registry
from graphs.block_catalogue import block_json
from graphs.serializers import BlockOut, BlocksOut


class BlockList(APIView):
    """All blocks, on one page. With `If-None-Match` only if they changed."""

    rights: ClassVar = {"GET": "block:read"}

    @extend_schema(operation_id="blocks_list", responses=BlocksOut)
    def get(self, request: Request) -> HttpResponse:
        page = _page()
        headers = {"ETag": page.etag, "Cache-Control": "private, no-cache"}
        if request.headers.get("If-None-Match") == page.etag:
            return HttpResponse(status=304, headers=headers)
        return HttpResponse(page.body, "application/json", headers=headers)


class BlockDetail(APIView):
    rights: ClassVar = {"GET": "block:read"}

    @extend_schema(operation_id="blocks_read", responses=BlockOut)
    def get(self, request: Request, id: str) -> Response:
        found = _blocks().get(id)
        if found is None:
            raise Http404
        return Response(found)


class _Page(NamedTuple):
    body: bytes
    etag: str


@registry.clears
@cache
def _page() -> _Page:
    results = list(_blocks().values())
    body = orjson.dumps({"next": None, "previous": None, "results": results})
    return _Page(body, f'"{hashlib.sha256(body).hexdigest()[:32]}"')


@registry.clears
@cache
def _blocks() -> Mapping[str, dict[str, Any]]:
    """By id, in the order of their names."""
    specs = sorted(registry, key=lambda spec: spec.name)
    return {spec.id: block_json(spec) for spec in specs}
