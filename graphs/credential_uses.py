"""Which nodes of which agents name a credential."""

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.credentials.selectors import credential_get
from accounts.http import user_of
from accounts.models import Credential
from blocks.values import JsonObject
from graphs.models import Graph


def uses_of(credential: Credential) -> list[JsonObject]:
    """A row for each node, by agent; drafts count, as they are what can be edited."""
    graphs = Graph.objects.filter(
        workspace_id=credential.workspace_id, deleted_at__isnull=True
    )
    rows: Any = graphs.order_by("name", "id").values_list("id", "name", "draft")
    return [
        {"graph_id": str(id_), "graph": name, **node}
        for id_, name, draft in rows.iterator(chunk_size=50)
        for node in _nodes_naming(draft, str(credential.id))
    ]


def _nodes_naming(draft: Mapping[str, Any], id: str) -> Iterator[JsonObject]:
    for node in draft["nodes"]:
        for pin, value in node.get("input_default", {}).items():
            if isinstance(value, dict) and value.get("id") == id:
                yield {"node_id": node["id"], "pin": pin}


class CredentialUseOut(serializers.Serializer[object]):
    graph_id = serializers.UUIDField()
    graph = serializers.CharField(help_text="its name")
    node_id = serializers.CharField()
    pin = serializers.CharField()


class CredentialUses(APIView):
    rights: ClassVar = {"GET": "credential:read"}

    @extend_schema(
        operation_id="credentials_uses", responses=CredentialUseOut(many=True)
    )
    def get(self, request: Request, id: UUID) -> Response:
        """The nodes that would fail without this credential."""
        return Response(uses_of(credential_get(user_of(request), id)))
