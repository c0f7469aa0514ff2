"""Snippets over HTTP: which there are, and putting one into a draft."""

from typing import Any, ClassVar
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.http import user_of
from graphs import selectors, services
from graphs.domain.document import from_document, link_document, node_document
from graphs.http import IF_MATCH, expected_revision, faults_as_problems
from graphs.models import Graph
from graphs.snippets import Inserted, Snippet, snippets, with_snippet


class LinkPointOut(serializers.Serializer[Any]):
    node_id = serializers.CharField()
    pin = serializers.CharField()
    description = serializers.CharField()


class SnippetOut(serializers.Serializer[Any]):
    id = serializers.CharField()
    name = serializers.CharField()
    description = serializers.CharField()
    nodes = serializers.ListField(child=serializers.JSONField())
    links = serializers.ListField(child=serializers.JSONField())
    ways_in = LinkPointOut(many=True)
    ways_out = LinkPointOut(many=True)


class SnippetsOut(serializers.Serializer[Any]):
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)
    results = SnippetOut(many=True)


class PositionIn(serializers.Serializer[Any]):
    x = serializers.FloatField(min_value=-1e6, max_value=1e6)
    y = serializers.FloatField(min_value=-1e6, max_value=1e6)


class InsertIn(serializers.Serializer[Any]):
    snippet = serializers.CharField(max_length=100)
    position = PositionIn(required=False)

    def validate_snippet(self, id: str) -> Snippet:
        found = snippets().get(id)
        if found is None:
            known = ", ".join(snippets())
            raise serializers.ValidationError(
                f"There is no such snippet, but: {known}."
            )
        return found


class InsertedOut(serializers.Serializer[Any]):
    revision = serializers.IntegerField()
    node_ids = serializers.DictField(child=serializers.CharField())
    nodes = serializers.ListField(child=serializers.JSONField())
    links = serializers.ListField(child=serializers.JSONField())


class SnippetList(APIView):
    """Parts of graphs that can be put into an agent."""

    rights: ClassVar = {"GET": "block:read"}

    @extend_schema(operation_id="snippets_list", responses=SnippetsOut)
    def get(self, request: Request) -> Response:
        results = [_shown(snippet) for snippet in snippets().values()]
        return Response({"next": None, "previous": None, "results": results})


class InsertSnippet(APIView):
    rights: ClassVar = {"POST": "graph:update"}

    @extend_schema(
        operation_id="graphs_insert_snippet",
        parameters=[IF_MATCH],
        request=InsertIn,
        responses={201: InsertedOut},
    )
    def post(self, request: Request, id: UUID) -> Response:
        """Put a snippet into the draft. Its nodes get ids of their own; `node_ids` has
        them by those of the snippet."""
        user = user_of(request)
        row = selectors.graph_get(user, id, "graph:update", with_draft=True)
        given = InsertIn(data=request.data)
        given.is_valid(raise_exception=True)
        inserted = _inserted(row, given.validated_data)
        with faults_as_problems():
            revision = expected_revision(request)
            saved = services.graph_save_draft(
                user=user,
                graph=row,
                draft=inserted.graph,
                # The draft was made of this revision, so it replaces no other.
                expected_revision=row.revision if revision is None else revision,
            )
        return _answer(saved, inserted)


def _inserted(row: Graph, given: dict[str, Any]) -> Inserted:
    position = given.get("position")
    at = None if position is None else (position["x"], position["y"])
    return with_snippet(from_document(row.draft), given["snippet"], at)


def _answer(row: Graph, inserted: Inserted) -> Response:
    ids = set(inserted.node_ids.values())
    graph = inserted.graph
    body = {
        "revision": row.revision,
        "node_ids": inserted.node_ids,
        "nodes": [node_document(n) for n in graph.nodes.values() if n.id in ids],
        "links": [link_document(k) for k in graph.links if k.source_id in ids],
    }
    headers = {"ETag": f'"{row.revision}"'}
    return Response(body, status.HTTP_201_CREATED, headers=headers)


def _shown(snippet: Snippet) -> dict[str, Any]:
    return {
        "id": snippet.id,
        "name": snippet.name,
        "description": snippet.description,
        "nodes": [node_document(node) for node in snippet.graph.nodes.values()],
        "links": [link_document(link) for link in snippet.graph.links],
        "ways_in": snippet.ways_in,
        "ways_out": snippet.ways_out,
    }
