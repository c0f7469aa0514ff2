"""What could be better about an agent over HTTP, and making one of the safe changes."""

from typing import Any, ClassVar
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.http import user_of
from core.http import StrictSerializer
from graphs import selectors, services
from graphs.domain.document import from_document
from graphs.domain.fixes import FixError, applied, fix_from
from graphs.domain.suggestions import suggest
from graphs.http import IF_MATCH, expected_revision, faults_as_problems


class SuggestionOut(serializers.Serializer[Any]):
    rule = serializers.CharField()
    message = serializers.CharField()
    hint = serializers.CharField()
    node_ids = serializers.ListField(child=serializers.CharField())
    fix = serializers.DictField(allow_null=True)


class SuggestionsOut(serializers.Serializer[Any]):
    suggestions = SuggestionOut(many=True)


class FixIn(StrictSerializer):
    fix = serializers.DictField(help_text="as a finding or a suggestion has it")


class FixedOut(serializers.Serializer[Any]):
    revision = serializers.IntegerField()


class GraphSuggestions(APIView):
    rights: ClassVar = {"GET": "graph:read"}

    @extend_schema(operation_id="graphs_suggestions", responses=SuggestionsOut)
    def get(self, request: Request, id: UUID) -> Response:
        """What could be better about the draft, which is not wrong."""
        row = selectors.graph_get(user_of(request), id, with_draft=True)
        found = suggest(from_document(row.draft))
        return Response({"suggestions": [one.to_json() for one in found]})


class GraphFixes(APIView):
    rights: ClassVar = {"POST": "graph:update"}

    @extend_schema(
        operation_id="graphs_fix",
        parameters=[IF_MATCH],
        request=FixIn,
        responses=FixedOut,
    )
    def post(self, request: Request, id: UUID) -> Response:
        """Make one of the changes that findings and suggestions offer."""
        user = user_of(request)
        row = selectors.graph_get(user, id, "graph:update", with_draft=True)
        given = FixIn(data=request.data)
        given.is_valid(raise_exception=True)
        try:
            fixed = applied(
                from_document(row.draft), fix_from(given.validated_data["fix"])
            )
        except FixError as error:
            raise serializers.ValidationError({"fix": [str(error)]}) from None
        with faults_as_problems():
            saved = services.graph_save_draft(
                user=user,
                graph=row,
                draft=fixed,
                expected_revision=expected_revision(request) or row.revision,
            )
        return Response({"revision": saved.revision})
