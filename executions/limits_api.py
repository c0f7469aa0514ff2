"""Concurrency limits over HTTP: how many runs that use one thing may run at once."""

from collections.abc import Iterable
from typing import Any, ClassVar, Final
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.status import HTTP_200_OK, HTTP_201_CREATED, HTTP_204_NO_CONTENT
from rest_framework.views import APIView

from accounts.http import user_of
from accounts.models import User
from accounts.rights.standing import get_for, in_workspaces
from core.http import StrictSerializer
from executions import limits_services as services
from executions.engine import slots
from executions.models import ConcurrencyLimit

MOST: Final = 1_000_000


class LimitIn(StrictSerializer):
    """`limit` 0 lets none begin."""

    scope = serializers.ChoiceField(choices=ConcurrencyLimit.Scope.values)
    target = serializers.UUIDField(help_text="id of the agent, block or credential")
    limit = serializers.IntegerField(min_value=0, max_value=MOST)


class LimitPatchIn(StrictSerializer):
    limit = serializers.IntegerField(min_value=0, max_value=MOST)


class LimitOut(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    scope = serializers.ChoiceField(choices=ConcurrencyLimit.Scope.values)
    target = serializers.UUIDField()
    limit = serializers.IntegerField()
    taken = serializers.IntegerField(help_text="how many run under it now")
    created_at = serializers.DateTimeField()


class LimitList(generics.ListAPIView[ConcurrencyLimit]):
    """The limits of the caller's workspaces, newest first."""

    rights: ClassVar = {"GET": "limit:read", "POST": "limit:create"}
    serializer_class = LimitOut

    def get_queryset(self) -> Any:
        return limits_of(user_of(self.request))

    def paginate_queryset(self, queryset: Any) -> Any:
        return _with_counts(super().paginate_queryset(queryset) or [])

    @extend_schema(operation_id="concurrency_limits_list")
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)

    @extend_schema(
        operation_id="concurrency_limits_create",
        request=LimitIn,
        responses={201: LimitOut},
    )
    def post(self, request: Request) -> Response:
        given = LimitIn(data=request.data)
        given.is_valid(raise_exception=True)
        made = services.limit_create(user=user_of(request), **given.validated_data)
        return _answer(made, HTTP_201_CREATED)


class LimitDetail(APIView):
    rights: ClassVar = {
        "GET": "limit:read",
        "PATCH": "limit:update",
        "DELETE": "limit:delete",
    }

    @extend_schema(operation_id="concurrency_limits_read", responses=LimitOut)
    def get(self, request: Request, id: UUID) -> Response:
        return _answer(limit_get(user_of(request), id))

    @extend_schema(
        operation_id="concurrency_limits_change",
        request=LimitPatchIn,
        responses=LimitOut,
    )
    def patch(self, request: Request, id: UUID) -> Response:
        limit = limit_get(user_of(request), id, "limit:update")
        given = LimitPatchIn(data=request.data)
        given.is_valid(raise_exception=True)
        services.limit_change(limit=limit, to=given.validated_data["limit"])
        return _answer(limit)

    @extend_schema(operation_id="concurrency_limits_delete", responses={204: None})
    def delete(self, request: Request, id: UUID) -> Response:
        services.limit_delete(limit=limit_get(user_of(request), id, "limit:delete"))
        return Response(status=HTTP_204_NO_CONTENT)


def limits_of(user: User) -> QuerySet[ConcurrencyLimit]:
    return in_workspaces(user, "limit:read", ConcurrencyLimit.objects.all())


def limit_get(user: User, id: UUID, right: str = "limit:read") -> ConcurrencyLimit:
    """
    Raises:
        Http404: there is none, or the user cannot read it.
        PermissionDenied: the user can read it and may not do this.
    """
    return get_for(user, right, ConcurrencyLimit.objects.all(), id)


def _answer(limit: ConcurrencyLimit, status: int = HTTP_200_OK) -> Response:
    (row,) = _with_counts([limit])
    return Response(LimitOut(row).data, status)


def _with_counts(limits: Iterable[ConcurrencyLimit]) -> list[dict[str, Any]]:
    limits = list(limits)
    counts = slots.taken(limit.key for limit in limits)
    return [
        {
            "id": limit.id,
            "scope": limit.scope,
            "target": limit.target,
            "limit": limit.limit,
            "taken": counts.get(limit.key, 0),
            "created_at": limit.created_at,
        }
        for limit in limits
    ]
