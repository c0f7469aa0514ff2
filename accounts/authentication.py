"""Who sends a request: a program with a token, or a browser with a session."""

from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ValidationError
from drf_spectacular.contrib.rest_framework_simplejwt import SimpleJWTScheme
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import SessionAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request
from rest_framework_simplejwt.authentication import JWTAuthentication
from rest_framework_simplejwt.settings import api_settings
from rest_framework_simplejwt.tokens import Token
from rest_framework_simplejwt.utils import get_md5_hash_password

from accounts.models import User
from core.compiled import Compiled

# A token that is signed well may still hold claims that are no id and no time.
UNREADABLE: Final = (AuthenticationFailed, ValidationError, ValueError, OverflowError)
REFUSED = "The access token is not valid, or no longer. Get a new one and try again."


class BearerAuthentication(JWTAuthentication):
    """`Authorization: Bearer <access token>`.

    The signature, type, audience, issuer and life of the token are checked, and that
    its user is there and active. All refusals read alike: they tell a thief nothing.
    """

    def authenticate(self, request: Request) -> Any:
        try:
            return super().authenticate(request)
        except UNREADABLE:
            raise AuthenticationFailed(REFUSED) from None

    def get_user(self, validated_token: Token) -> User:  # type: ignore[override]
        """As the parent does, with a query that is compiled once: it is asked for every
        request of a program."""
        user = _USER.first(UUID(str(validated_token.get(api_settings.USER_ID_CLAIM))))
        if user is None or not user.is_active:
            raise AuthenticationFailed(REFUSED)
        told = validated_token.get(api_settings.REVOKE_TOKEN_CLAIM)
        if told != get_md5_hash_password(user.password):
            raise AuthenticationFailed(REFUSED)
        return user


_USER: Final = Compiled(lambda id: User.objects.filter(id=id), arguments=1)


class BrowserSessionAuthentication(SessionAuthentication):
    """The session cookie of our own pages. Unsafe methods need the CSRF token too."""


class BearerScheme(SimpleJWTScheme):  # type: ignore[no-untyped-call]
    """How the API schema describes the token."""

    target_class = "accounts.authentication.BearerAuthentication"
    name = "bearer"


class BrowserSessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the API schema describes the cookie."""

    target_class = "accounts.authentication.BrowserSessionAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {"type": "apiKey", "in": "cookie", "name": settings.SESSION_COOKIE_NAME}
