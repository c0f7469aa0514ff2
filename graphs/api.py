"""Graphs over HTTP: parse, call one service, answer."""

from typing import Any, ClassVar
from uuid import UUID

from django.utils.http import content_disposition_header
from django.utils.text import slugify
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import generics, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.http import user_of
from core import jsonio
from graphs import selectors, services
from graphs.domain.bundle import check_document
from graphs.domain.document import from_document
from graphs.domain.findings import Finding
from graphs.domain.interface import input_schema, output_schema
from graphs.domain.validation import validate
from graphs.exporting import exported
from graphs.http import IF_MATCH, expected_revision, faults_as_problems, parsed_draft
from graphs.models import Graph, GraphVersion
from graphs.serializers import (
    FindingsOut,
    GraphIn,
    GraphListIn,
    GraphOut,
    GraphPatchIn,
    GraphRowOut,
    ImportedOut,
    PublishedOut,
    VersionOut,
)


class GraphList(generics.ListAPIView[Graph]):
    """The graphs of the caller, newest first, without their nodes and links."""

    rights: ClassVar = {"GET": "graph:read", "POST": "graph:create"}
    serializer_class = GraphRowOut
    body_limits = jsonio.GRAPH

    def get_queryset(self) -> Any:
        query = GraphListIn(data=self.request.query_params)
        query.is_valid(raise_exception=True)
        return selectors.graph_list(user_of(self.request), **query.validated_data)

    @extend_schema(operation_id="graphs_list", parameters=[GraphListIn])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)

    @extend_schema(
        operation_id="graphs_create", request=GraphIn, responses={201: GraphOut}
    )
    def post(self, request: Request) -> Response:
        """Create a graph, empty or with nodes and links."""
        with faults_as_problems():
            graph = parsed_draft(request.data)
            row = services.graph_create(user=user_of(request), graph=graph)
        return _answer(row, status.HTTP_201_CREATED)


class GraphDetail(APIView):
    rights: ClassVar = {
        "GET": "graph:read",
        "PUT": "graph:update",
        "PATCH": "graph:update",
        "DELETE": "graph:delete",
    }
    body_limits = jsonio.GRAPH

    @extend_schema(operation_id="graphs_read", responses=GraphOut)
    def get(self, request: Request, id: UUID) -> Response:
        return _answer(selectors.graph_get(user_of(request), id, with_draft=True))

    @extend_schema(
        operation_id="graphs_save",
        parameters=[IF_MATCH],
        request=GraphIn,
        responses=GraphOut,
    )
    def put(self, request: Request, id: UUID) -> Response:
        """Save the draft. With `If-Match` only if nobody edited it meanwhile."""
        user = user_of(request)
        row = selectors.graph_get(user, id, "graph:update", with_draft=True)
        with faults_as_problems():
            saved = services.graph_save_draft(
                user=user,
                graph=row,
                draft=parsed_draft(request.data, stored=row.draft),
                expected_revision=expected_revision(request),
            )
        return _answer(saved)

    @extend_schema(
        operation_id="graphs_change",
        parameters=[IF_MATCH],
        request=GraphPatchIn,
        responses=GraphOut,
    )
    def patch(self, request: Request, id: UUID) -> Response:
        """Change the name, the description, whether it is active, or how long and how
        many of its runs are kept."""
        user = user_of(request)
        row = selectors.graph_get(user, id, "graph:update")
        given = GraphPatchIn(data=request.data)
        given.is_valid(raise_exception=True)
        with faults_as_problems():
            changed = services.graph_patch(
                user=user,
                graph=row,
                expected_revision=expected_revision(request),
                **given.validated_data,
            )
        return _answer(changed)

    @extend_schema(operation_id="graphs_delete", responses={204: None})
    def delete(self, request: Request, id: UUID) -> Response:
        user = user_of(request)
        row = selectors.graph_get(user, id, "graph:delete")
        services.graph_delete(user=user, graph=row)
        return Response(status=status.HTTP_204_NO_CONTENT)


class PublishGraph(APIView):
    rights: ClassVar = {"POST": "graph:publish"}

    @extend_schema(
        operation_id="graphs_publish", request=None, responses={201: PublishedOut}
    )
    def post(self, request: Request, id: UUID) -> Response:
        """Make the draft an immutable version. One that is published stays as it is."""
        user = user_of(request)
        row = selectors.graph_get(user, id, "graph:publish")
        with faults_as_problems():
            version = services.graph_publish(user=user, graph=row)
        return Response({"version": version.number}, status.HTTP_201_CREATED)


class ImportGraph(APIView):
    rights: ClassVar = {"POST": "graph:create"}
    body_limits = jsonio.GRAPH

    @extend_schema(
        operation_id="graphs_import",
        request=OpenApiTypes.OBJECT,
        responses={201: ImportedOut},
    )
    def post(self, request: Request) -> Response:
        """Store an exported agent. Unknown blocks stay in it as placeholders."""
        with faults_as_problems():
            imported = services.graph_import(
                user=user_of(request), document=request.data
            )
        body = {"id": imported.graph.id, "report": imported.report.to_json()}
        return Response(body, status.HTTP_201_CREATED)


class ExportGraph(APIView):
    rights: ClassVar = {"GET": "graph:read"}

    @extend_schema(operation_id="graphs_export", responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, id: UUID) -> Response:
        """The draft as one JSON file, without secrets and credentials."""
        row = selectors.graph_get(user_of(request), id, with_draft=True)
        name = f"{slugify(row.name) or 'agent'}.json"
        disposition = content_disposition_header(True, name) or "attachment"
        return Response(exported(row), headers={"Content-Disposition": disposition})


class ValidateGraph(APIView):
    rights: ClassVar = {"POST": "graph:read"}
    body_limits = jsonio.GRAPH

    @extend_schema(
        operation_id="graphs_validate",
        request=OpenApiTypes.OBJECT,
        responses=FindingsOut,
    )
    def post(self, request: Request) -> Response:
        """The findings about a draft or an exported agent; nothing is stored."""
        return _findings(check_document(request.data))


class GraphFindings(APIView):
    rights: ClassVar = {"GET": "graph:read"}

    @extend_schema(operation_id="graphs_findings", responses=FindingsOut)
    def get(self, request: Request, id: UUID) -> Response:
        """The findings about the draft."""
        row = selectors.graph_get(user_of(request), id, with_draft=True)
        return _findings(validate(from_document(row.draft)))


@extend_schema_view(get=extend_schema(operation_id="graphs_versions"))
class GraphVersions(generics.ListAPIView[GraphVersion]):
    """The published versions, newest first."""

    rights: ClassVar = {"GET": "graph:read"}
    serializer_class = VersionOut

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return GraphVersion.objects.none()
        graph = selectors.graph_get(user_of(self.request), self.kwargs["id"])
        return selectors.version_list(graph)


def _answer(row: Graph, code: int = status.HTTP_200_OK) -> Response:
    graph = from_document(row.draft)
    body = {
        "id": row.id,
        "name": row.name,
        "description": row.description,
        "revision": row.revision,
        "version": row.version,
        "is_active": row.is_active,
        "keep_days": row.keep_days,
        "keep_runs": row.keep_runs,
        "nodes": row.draft["nodes"],
        "links": row.draft["links"],
        "settings": row.draft["settings"],
        "input_schema": input_schema(graph),
        "output_schema": output_schema(graph),
        "created_at": row.created_at,
        "updated_at": row.updated_at,
    }
    return Response(body, code, headers={"ETag": f'"{row.revision}"'})


def _findings(findings: list[Finding]) -> Response:
    return Response({"findings": [finding.to_json() for finding in findings]})
