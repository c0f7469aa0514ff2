"""The endpoints of accounts: registering, tokens, tickets and oneself."""

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import serializers, services, tickets
from accounts.audit.hooks import signed_in
from accounts.http import user_of
from accounts.models import User
from accounts.sign_in.programs import program_signs_in
from accounts.sign_in.serializers import SignInIn
from accounts.sign_in.verify import user_sign_up
from core.http import StrictSerializer

WRONG_REFRESH = "The refresh token is not valid, or no longer. Sign in again."


def _checked(shape: type[StrictSerializer], request: Request) -> dict[str, Any]:
    serializer = shape(data=request.data)
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)


class PublicView(APIView):
    """For those who are not signed in. No cookie or token is looked at."""

    permission_classes = (AllowAny,)
    authentication_classes = ()

    def get_authenticate_header(self, request: Request) -> str:
        # Without it DRF answers 403 where 401 is meant.
        return 'Bearer realm="api"'


class RegisterView(PublicView):
    @extend_schema(
        operation_id="auth_register",
        request=serializers.CredentialsIn,
        responses={201: serializers.RegisteredOut},
    )
    def post(self, request: Request) -> Response:
        """Register by e-mail address and password."""
        user = user_sign_up(**_checked(serializers.CredentialsIn, request))
        body = serializers.RegisteredOut(user).data
        return Response(body, status=status.HTTP_201_CREATED)


class TokenView(PublicView):
    @extend_schema(
        operation_id="auth_token",
        request=SignInIn,
        responses=serializers.TokensOut,
    )
    def post(self, request: Request) -> Response:
        """Sign in. An unknown address and a wrong password are answered alike. Who has
        a second factor sends `code`, too."""
        user = program_signs_in(request._request, **_checked(SignInIn, request))
        signed_in(user, "token")
        return Response(services.tokens_issue(user)._asdict())


class TokenRefreshView(PublicView):
    @extend_schema(
        operation_id="auth_token_refresh",
        request=serializers.RefreshIn,
        responses=serializers.TokensOut,
    )
    def post(self, request: Request) -> Response:
        """Trade a refresh token for new tokens. Each is good for one time."""
        given = _checked(serializers.RefreshIn, request)
        try:
            tokens = services.tokens_rotate(given["refresh"])
        except services.TokenRefused:
            raise AuthenticationFailed(WRONG_REFRESH) from None
        return Response(tokens._asdict())


class LogoutView(PublicView):
    @extend_schema(
        operation_id="auth_logout",
        request=serializers.RefreshIn,
        responses={204: None},
    )
    def post(self, request: Request) -> Response:
        """Sign a program out: its refresh tokens and access tokens end."""
        given = _checked(serializers.RefreshIn, request)
        try:
            services.token_revoke(given["refresh"])
        except services.TokenRefused:
            raise AuthenticationFailed(WRONG_REFRESH) from None
        return Response(status=status.HTTP_204_NO_CONTENT)


class TicketView(APIView):
    rights: ClassVar = {"POST": "execution:read"}

    @extend_schema(
        operation_id="auth_ws_ticket", request=None, responses=serializers.TicketOut
    )
    def post(self, request: Request) -> Response:
        """A ticket that opens one websocket, once and soon."""
        ticket = tickets.ticket_issue(user_of(request))
        return Response({"ticket": ticket, "expires_in": tickets.LIFETIME_S})


class MeView(APIView):
    rights: ClassVar = {"GET": "account:read", "PATCH": "account:update"}

    @extend_schema(operation_id="me_read", responses=serializers.MeOut)
    def get(self, request: Request) -> Response:
        """Who is signed in."""
        return _me(user_of(request))

    @extend_schema(
        operation_id="me_update",
        request=serializers.MeIn,
        responses=serializers.MeOut,
    )
    def patch(self, request: Request) -> Response:
        """Change one's name or time zone."""
        given = _checked(serializers.MeIn, request)
        return _me(services.user_update(user=user_of(request), **given))


def _me(user: User) -> Response:
    return Response(serializers.MeOut(user).data)
