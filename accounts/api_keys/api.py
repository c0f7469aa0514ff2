"""API keys over HTTP: parse, call one service, answer."""

from typing import Any, ClassVar
from uuid import UUID

from django.utils.decorators import method_decorator
from django.views.decorators.debug import sensitive_variables
from drf_spectacular.utils import extend_schema
from rest_framework import generics, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api_keys import selectors, services
from accounts.api_keys.serializers import (
    ApiKeyMadeOut,
    ApiKeyOut,
    TermsIn,
    TermsPatchIn,
)
from accounts.http import user_of
from accounts.models import ApiKey
from accounts.selectors import workspace_for


class ApiKeyList(generics.ListAPIView[ApiKey]):
    """The caller's keys, and all in workspaces that the caller owns, newest first."""

    rights: ClassVar = {"GET": "key:read", "POST": "key:create"}
    serializer_class = ApiKeyOut

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return ApiKey.objects.none()
        return selectors.keys_of(user_of(self.request))

    @extend_schema(operation_id="api_keys_list")
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)

    @extend_schema(
        operation_id="api_keys_create", request=TermsIn, responses={201: ApiKeyMadeOut}
    )
    @method_decorator(sensitive_variables())
    def post(self, request: Request) -> Response:
        """Make a key. It is in this answer and never again."""
        given = TermsIn(data=request.data)
        given.is_valid(raise_exception=True)
        user = user_of(request)
        workspace = workspace_for(user, "key:create")
        made = services.key_create(
            user=user, workspace=workspace, **given.validated_data
        )
        return _shown(made, status.HTTP_201_CREATED)


class ApiKeyDetail(APIView):
    rights: ClassVar = {
        "GET": "key:read",
        "PATCH": "key:update",
        "DELETE": "key:delete",
    }

    @extend_schema(operation_id="api_keys_read", responses=ApiKeyOut)
    def get(self, request: Request, id: UUID) -> Response:
        return Response(ApiKeyOut(selectors.key_get(user_of(request), id)).data)

    @extend_schema(
        operation_id="api_keys_change", request=TermsPatchIn, responses=ApiKeyOut
    )
    def patch(self, request: Request, id: UUID) -> Response:
        """Change its terms, or suspend or resume it."""
        user = user_of(request)
        key = selectors.key_get(user, id, "key:update")
        given = TermsPatchIn(data=request.data, partial=True)
        given.is_valid(raise_exception=True)
        changed = services.key_update(user=user, key=key, **given.validated_data)
        return Response(ApiKeyOut(changed).data)

    @extend_schema(operation_id="api_keys_revoke", responses={204: None})
    def delete(self, request: Request, id: UUID) -> Response:
        """Revoke it. It stays in the list, with what it was used for."""
        user = user_of(request)
        services.key_revoke(user=user, key=selectors.key_get(user, id, "key:delete"))
        return Response(status=status.HTTP_204_NO_CONTENT)


class RotateApiKey(APIView):
    rights: ClassVar = {"POST": "key:update"}

    @extend_schema(
        operation_id="api_keys_rotate", request=None, responses=ApiKeyMadeOut
    )
    @method_decorator(sensitive_variables())
    def post(self, request: Request, id: UUID) -> Response:
        """Give it another secret. The old one opens nothing from now on."""
        user = user_of(request)
        key = selectors.key_get(user, id, "key:update")
        return _shown(services.key_rotate(user=user, key=key))


def _shown(made: services.Made, code: int = status.HTTP_200_OK) -> Response:
    body = ApiKeyMadeOut(made.row, context={"key": made.key}).data
    return Response(body, code)
