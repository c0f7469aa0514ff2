"""The audit log over HTTP: all of it for admins, their workspaces for owners."""

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Final

import orjson
from django.db.models import Q, QuerySet
from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.exceptions import NotFound
from rest_framework.pagination import Cursor
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.audit.chain import chain_drafts
from accounts.http import user_of
from accounts.models import AuditEvent, User
from accounts.rights.standing import is_site_admin, workspaces_where
from core.http import StrictSerializer
from core.pagination import NewestFirst

_READ_AT_ONCE: Final = 1_000


class AuditIn(StrictSerializer):
    """Filters; all that are given must hold."""

    action = serializers.CharField(max_length=64, required=False)
    workspace = serializers.UUIDField(required=False)
    user = serializers.UUIDField(required=False)
    subject = serializers.CharField(max_length=200, required=False)
    since = serializers.DateTimeField(required=False)
    until = serializers.DateTimeField(required=False)
    cursor = serializers.CharField(required=False)
    limit = serializers.CharField(required=False)


class AuditOut(serializers.ModelSerializer[AuditEvent]):
    user_id = serializers.UUIDField(source="actor_id", allow_null=True)
    detail = serializers.SerializerMethodField()
    digest = serializers.SerializerMethodField()

    class Meta:
        model = AuditEvent
        fields = (
            "seq", "at", "action", "workspace_id", "user_id", "subject", "ip",
            "user_agent", "detail", "digest",
        )  # fmt: skip

    def get_detail(self, event: AuditEvent) -> dict[str, Any]:
        found: dict[str, Any] = orjson.loads(event.detail)
        return found

    def get_digest(self, event: AuditEvent) -> str:
        return bytes(event.digest).hex()


class NewestSeqFirst(NewestFirst):
    ordering = "-seq"

    def decode_cursor(self, request: Request) -> Cursor | None:
        cursor = super(NewestFirst, self).decode_cursor(request)
        if cursor is not None and not str(cursor.position or "0").isdecimal():
            raise NotFound("This page does not exist. Start again from the first page.")
        return cursor


def events_for(user: User, wanted: Mapping[str, Any]) -> QuerySet[AuditEvent]:
    """What this user may see of the log, newest first."""
    filters = {
        "action": "action",
        "workspace": "workspace_id",
        "user": "actor_id",
        "subject": "subject",
        "since": "at__gte",
        "until": "at__lt",
    }
    given = {filters[name]: v for name, v in wanted.items() if name in filters}
    return AuditEvent.objects.filter(_visible_to(user), **given).order_by("-seq")


def _visible_to(user: User) -> Q:
    if is_site_admin(user):
        return Q()
    return Q(workspace_id__in=workspaces_where(user, "audit:read")) | Q(
        actor_id=user.pk
    )


def _wanted(request: Request) -> dict[str, Any]:
    query = AuditIn(data=request.query_params)
    query.is_valid(raise_exception=True)
    return dict(query.validated_data)


class AuditList(generics.ListAPIView[AuditEvent]):
    rights: ClassVar = {"GET": "audit:read"}
    serializer_class = AuditOut
    pagination_class = NewestSeqFirst

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return AuditEvent.objects.none()
        chain_drafts()
        return events_for(user_of(self.request), _wanted(self.request))

    @extend_schema(operation_id="audit_list", parameters=[AuditIn])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """What was done, newest first: all of it for admins, else what was done in the
        workspaces that the caller owns, and by the caller."""
        return super().get(request, *args, **kwargs)


class AuditExport(APIView):
    rights: ClassVar = {"GET": "audit:read"}

    @extend_schema(
        operation_id="audit_export",
        parameters=[AuditIn],
        responses={(200, "application/x-ndjson"): OpenApiTypes.STR},
    )
    def get(self, request: Request) -> StreamingHttpResponse:
        """The same, whole, one JSON object a line."""
        chain_drafts()
        events = events_for(user_of(request), _wanted(request))
        return StreamingHttpResponse(
            _lines(events),
            content_type="application/x-ndjson",
            headers={"Content-Disposition": 'attachment; filename="audit.ndjson"'},
        )


def _lines(events: QuerySet[AuditEvent]) -> Iterator[bytes]:
    for event in events.iterator(chunk_size=_READ_AT_ONCE):
        yield orjson.dumps(AuditOut(event).data) + b"\n"
