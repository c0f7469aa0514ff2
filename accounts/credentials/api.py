"""Credentials over HTTP: parse, call one service, answer."""

from typing import Any, ClassVar, Final
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import resolve_url
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.views.decorators.debug import sensitive_variables
from drf_spectacular.utils import extend_schema
from rest_framework import generics, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.credentials import oauth, selectors, services
from accounts.credentials.providers import providers
from accounts.credentials.serializers import (
    CredentialIn,
    CredentialListIn,
    CredentialOut,
    CredentialPatchIn,
    OAuthIn,
    OAuthOut,
    ProviderOut,
    TestedOut,
)
from accounts.credentials.testing import credential_test
from accounts.http import user_of
from accounts.models import Credential
from accounts.selectors import workspace_for
from core.http import Problem, StrictSerializer

CALLBACK: Final = "api-oauth-callback"
AFTERWARDS: Final = "account-credentials"


def _checked(shape: type[StrictSerializer], data: Any) -> dict[str, Any]:
    serializer = shape(data=data)
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)


class CredentialList(generics.ListAPIView[Credential]):
    """The credentials of the caller's workspaces, newest first, without secrets."""

    rights: ClassVar = {"GET": "credential:read", "POST": "credential:create"}
    serializer_class = CredentialOut

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return Credential.objects.none()
        query = _checked(CredentialListIn, self.request.query_params)
        return selectors.credentials_of(user_of(self.request), query.get("provider"))

    @extend_schema(operation_id="credentials_list", parameters=[CredentialListIn])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)

    @extend_schema(
        operation_id="credentials_create",
        request=CredentialIn,
        responses={201: CredentialOut},
    )
    @method_decorator(sensitive_variables())
    def post(self, request: Request) -> Response:
        """Store a credential. Its secrets are sealed and never given out again."""
        user = user_of(request)
        made = services.credential_create(
            owner=user,
            workspace=workspace_for(user, "credential:create"),
            **_checked(CredentialIn, request.data),
        )
        return Response(CredentialOut(made).data, status.HTTP_201_CREATED)


class CredentialDetail(APIView):
    rights: ClassVar = {
        "GET": "credential:read",
        "PATCH": "credential:update",
        "DELETE": "credential:delete",
    }

    @extend_schema(operation_id="credentials_read", responses=CredentialOut)
    def get(self, request: Request, id: UUID) -> Response:
        found = selectors.credential_get(user_of(request), id)
        return Response(CredentialOut(found).data)

    @extend_schema(
        operation_id="credentials_update",
        request=CredentialPatchIn,
        responses=CredentialOut,
    )
    @method_decorator(sensitive_variables())
    def patch(self, request: Request, id: UUID) -> Response:
        """Change what is given. New secrets replace all old ones."""
        changed = services.credential_update(
            user=user_of(request),
            credential=selectors.credential_get(
                user_of(request), id, "credential:update"
            ),
            changes=_checked(CredentialPatchIn, request.data),
        )
        return Response(CredentialOut(changed).data)

    @extend_schema(operation_id="credentials_delete", responses={204: None})
    def delete(self, request: Request, id: UUID) -> Response:
        """Delete it. Agents that name it fail at the nodes that do."""
        found = selectors.credential_get(user_of(request), id, "credential:delete")
        services.credential_delete(user=user_of(request), credential=found)
        return Response(status=status.HTTP_204_NO_CONTENT)


class CredentialTest(APIView):
    rights: ClassVar = {"POST": "credential:use"}

    @extend_schema(operation_id="credentials_test", request=None, responses=TestedOut)
    def post(self, request: Request, id: UUID) -> Response:
        """Ask the provider whether it takes the credential."""
        found = selectors.credential_get(user_of(request), id, "credential:use")
        tested = credential_test(found)
        services.credential_tested(
            user=user_of(request), credential=found, works=tested.works
        )
        return Response(tested._asdict())


class ProviderList(APIView):
    rights: ClassVar = {"GET": "block:read"}

    @extend_schema(
        operation_id="credentials_providers", responses=ProviderOut(many=True)
    )
    def get(self, request: Request) -> Response:
        """The providers that are known, and what each takes."""
        rows = [
            {
                "name": name,
                "title": provider.title,
                "kinds": [kind.value for kind in provider.kinds],
                "oauth": oauth.configured(name),
            }
            for name, provider in sorted(providers().items())
        ]
        return Response(rows)


class OAuthStart(APIView):
    rights: ClassVar = {"POST": "credential:create"}

    @extend_schema(
        operation_id="credentials_oauth_start", request=OAuthIn, responses=OAuthOut
    )
    def post(self, request: Request) -> Response:
        """Begin to connect to a provider. Send the person to `url`, in this browser."""
        given = _checked(OAuthIn, request.data)
        try:
            url = oauth.oauth_start(
                session=request._request.session,
                user=user_of(request),
                redirect_uri=_callback(request),
                **given,
            )
        except oauth.NotConfigured:
            raise Problem(
                409,
                "Not configured",
                f"This site is not registered with {given['provider']}: whoever runs "
                "it sets OAUTH_CLIENTS.",
                code="not-configured",
            ) from None
        return Response({"url": url})


class OAuthCallback(APIView):
    rights: ClassVar = {"GET": "credential:create"}

    @extend_schema(operation_id="credentials_oauth_callback", responses={302: None})
    def get(self, request: Request) -> HttpResponse:
        """Where the provider sends the person back to."""
        user, query = user_of(request), request.query_params
        if query.get("error"):
            raise Problem(400, "Refused", "The provider says that you did not agree.")
        oauth.oauth_finish(
            session=request._request.session,
            user=user,
            workspace=workspace_for(user, "credential:create"),
            state=query.get("state", ""),
            code=query.get("code", ""),
            redirect_uri=_callback(request),
        )
        return HttpResponseRedirect(resolve_url(AFTERWARDS))


def _callback(request: Request) -> str:
    return request.build_absolute_uri(reverse(CALLBACK))
