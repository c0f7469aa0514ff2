"""From headers and bodies to drafts, and from the faults of graphs to problems."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final, cast

from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request

from blocks.registry import registry
from core.http import FieldError, Problem
from graphs.domain.faults import FormatFault, GraphFormatError
from graphs.domain.findings import Finding
from graphs.domain.model import Graph
from graphs.domain.parse import parse_graph
from graphs.services import ErrorFindings, RevisionConflict

MAX_ERRORS: Final = 1_000
"""Faults that one answer lists; beyond it the last one says how many more there are."""

_DRAFT_KEYS: Final = frozenset(("name", "description", "nodes", "links", "settings"))
_ETAG: Final = re.compile(r'(?:W/)?"(\d{1,10})"')

IF_MATCH: Final = OpenApiParameter(
    "If-Match", str, "header", description='the ETag that was read: "<revision>"'
)


def parsed_draft(body: Any, stored: Mapping[str, Any] | None = None) -> Graph:
    """The draft that a request sends.

    Of the `stored` draft that it replaces, settings stay unless new ones are sent, and
    blocks that were unknown may stay.

    Raises:
        GraphFormatError: with every fault.
    """
    unknown = [
        FormatFault(
            field=key,
            message=f"Unknown field. Known here: {', '.join(sorted(_DRAFT_KEYS))}.",
            code="unknown_field",
        )
        for key in body
        if key not in _DRAFT_KEYS
    ]
    if unknown:
        raise GraphFormatError(unknown)
    if stored is None:
        return parse_graph(body, strict_blocks=True)
    return parse_graph(
        {"settings": stored["settings"], **body},
        strict_blocks=True,
        placeholders=_unknown_blocks(stored),
    )


def _unknown_blocks(document: Mapping[str, Any]) -> set[str]:
    used = {node["block_id"] for node in document["nodes"]}
    return {block_id for block_id in used if registry.get(block_id) is None}


def expected_revision(request: Request) -> int | None:
    """The revision that `If-Match` names; None: any will do.

    Raises:
        Problem: 400, the header is no ETag of ours.
    """
    header = request.headers.get("If-Match", "*").strip()
    if header == "*":
        return None
    match = _ETAG.fullmatch(header)
    if match is None:
        message = 'If-Match must be the ETag of the graph, such as "3".'
        raise Problem(400, "Invalid If-Match", message, code="invalid-if-match")
    return int(match[1])


@contextmanager
def faults_as_problems() -> Iterator[None]:
    """What services and parsing raise, as answers."""
    try:
        yield
    except GraphFormatError as error:
        errors = [_of_fault(fault) for fault in error.errors]
        detail = "This is no graph; `errors` lists what is wrong and where."
        raise Problem(
            400, "Invalid graph", detail, _cut(errors), code="invalid-graph"
        ) from None
    except ErrorFindings as error:
        errors = [_of_finding(finding) for finding in error.findings]
        detail = "The agent has errors; `errors` lists them all."
        raise Problem(
            422, "The agent has errors", detail, _cut(errors), code="agent-has-errors"
        ) from None
    except RevisionConflict as conflict:
        detail = f"Someone edited the agent meanwhile: {conflict}."
        raise Problem(
            412, "Edited meanwhile", detail, code="edited-meanwhile"
        ) from None


def _of_fault(fault: FormatFault) -> FieldError:
    return {"field": fault.field, "message": fault.message, "code": fault.code}


def _of_finding(finding: Finding) -> FieldError:
    error: Any = {**finding.to_json(), "field": _place(finding), "code": finding.rule}
    return cast(FieldError, error)


def _place(finding: Finding) -> str:
    if finding.node_id is None:
        return ""
    node = f"nodes.{finding.node_id}"
    return f"{node}.{finding.pin}" if finding.pin else node


def _cut(errors: list[FieldError]) -> list[FieldError]:
    if len(errors) <= MAX_ERRORS:
        return errors
    more = f"{len(errors) - MAX_ERRORS:,} more faults are not listed."
    return [*errors[:MAX_ERRORS], {"field": "", "message": more, "code": "more"}]
