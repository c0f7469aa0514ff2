"""The blocks over HTTP: what the palette of the builder shows."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from blocks.registry import registry
from blocks.spec import BlockSpec, Pin
from graphs.domain.pins import outputs_of
from graphs.serializers import BlockOut, BlocksOut

_ERROR_DESCRIPTION = "What went wrong, when the block fails."


class BlockList(APIView):
    """All blocks, on one page."""

    @extend_schema(operation_id="blocks_list", responses=BlocksOut)
    def get(self, request: Request) -> Response:
        return Response(
            {"next": None, "previous": None, "results": list(_blocks().values())}
        )


class BlockDetail(APIView):
    @extend_schema(operation_id="blocks_read", responses=BlockOut)
    def get(self, request: Request, id: str) -> Response:
        found = _blocks().get(id)
        if found is None:
            raise Http404
        return Response(found)


@cache
def _blocks() -> Mapping[str, dict[str, Any]]:
    """By id, in the order of their names. Blocks never change while we run."""
    specs = sorted(registry, key=lambda spec: spec.name)
    return {spec.id: _block(spec) for spec in specs}


def _block(spec: BlockSpec) -> dict[str, Any]:
    return {
        "id": spec.id,
        "name": spec.name,
        "description": spec.description,
        "categories": [category.value for category in spec.categories],
        "kind": spec.kind.value,
        "effect": spec.effect.value,
        "cost": spec.cost.value,
        "static_output": spec.static_output,
        "inputs": [_input(pin) for pin in spec.inputs.values()],
        "outputs": [_output(spec, name) for name in outputs_of(spec)],
    }


def _input(pin: Pin) -> dict[str, Any]:
    found = _pin(pin) | {
        "required": pin.required,
        "default": pin.default,
        "advanced": pin.advanced,
        "secret": pin.secret,
    }
    if "placeholder" in pin.schema:
        found["placeholder"] = pin.schema["placeholder"]
    return found


def _output(spec: BlockSpec, name: str) -> dict[str, Any]:
    declared = spec.outputs.get(name)
    if declared is not None:
        return _pin(declared)
    return {
        "name": name,
        "title": "Error",
        "description": _ERROR_DESCRIPTION,
        "schema": {"type": "string"},
    }


def _pin(pin: Pin) -> dict[str, Any]:
    return {
        "name": pin.name,
        "title": pin.schema.get("title") or pin.name.replace("_", " ").title(),
        "description": pin.schema.get("description") or "",
        "schema": pin.schema,
    }
