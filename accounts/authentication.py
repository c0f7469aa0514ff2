"""Who sends a request: a program with a key or a token, or a browser with a session."""

from dataclasses import replace
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef
from drf_spectacular.contrib.rest_framework_simplejwt import SimpleJWTScheme
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request
from rest_framework_simplejwt.authentication import JWTAuthentication
from rest_framework_simplejwt.settings import api_settings
from rest_framework_simplejwt.tokens import Token
from rest_framework_simplejwt.utils import get_md5_hash_password

from accounts.api_keys.check import KeyRefused, is_key, key_opened
from accounts.models import ProgramSession, User
from accounts.rights.context import AuthContext, signed_in_as
from accounts.rights.permissions import come_in_by_session
from accounts.services import FAMILY
from core.compiled import Compiled
from core.http import Problem, header_of, parsed_uuid

# A token that is signed well may still hold claims that are no id and no time.
UNREADABLE: Final = (AuthenticationFailed, ValidationError, ValueError, OverflowError)
REFUSED = "The access token is not valid, or no longer. Get a new one and try again."
KEY_REFUSED = "The API key is not valid, or no longer. Make another and try again."
KEY_HEADER: Final = "X-API-Key"
WORKSPACE_HEADER: Final = "X-Workspace"


class ApiKeyAuthentication(BaseAuthentication):
    """`X-API-Key: agpt_…`, or the key as a bearer token. Never in the address, which
    others log.

    All refusals read alike: they tell a thief nothing.
    """

    def authenticate(self, request: Request) -> tuple[User, AuthContext] | None:
        key = key_in(request)
        if key is None:
            return None
        try:
            user, context = key_opened(key, str(request.META.get("REMOTE_ADDR", "")))
        except KeyRefused:
            raise AuthenticationFailed(KEY_REFUSED) from None
        signed_in_as(user, context)
        return user, context

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="api"'


def key_in(request: Request) -> str | None:
    key = header_of(request, KEY_HEADER)
    if key is not None:
        return key
    kind, _, token = (header_of(request, "Authorization") or "").partition(" ")
    return token.strip() if kind.lower() == "bearer" and is_key(token.strip()) else None


class BearerAuthentication(JWTAuthentication):
    """`Authorization: Bearer <access token>`.

    The signature, type, audience, issuer and life of the token are checked, and that
    its user is there and active. All refusals read alike: they tell a thief nothing.
    """

    def authenticate(self, request: Request) -> Any:
        try:
            found = super().authenticate(request)
        except UNREADABLE:
            raise AuthenticationFailed(REFUSED) from None
        if found is None:
            return None
        user: User = found[0]  # type: ignore[assignment]
        context = AuthContext(user.pk, user.role, "jwt", workspace_id=_named(request))
        signed_in_as(user, context)
        return user, context

    def get_user(self, validated_token: Token) -> User:  # type: ignore[override]
        """As the parent does, with a query that is compiled once: it is asked for every
        request of a program. Where the program was signed out, its token is good no
        more."""
        claims = (api_settings.USER_ID_CLAIM, FAMILY)
        user = _USER.first(*(UUID(str(validated_token.get(name))) for name in claims))
        if user is None or not user.is_active:
            raise AuthenticationFailed(REFUSED)
        told = validated_token.get(api_settings.REVOKE_TOKEN_CLAIM)
        if told != get_md5_hash_password(user.password):
            raise AuthenticationFailed(REFUSED)
        return user


# Times take longer to read than all the rest, and few ask for them.
_USER: Final = Compiled(
    lambda id, family: User.objects.filter(
        Exists(ProgramSession.objects.filter(id=family, user=OuterRef("id"))), id=id
    ).defer("date_joined", "email_verified_at", "last_login"),
    arguments=2,
)


class BrowserSessionAuthentication(SessionAuthentication):
    """The session cookie of our own pages. Unsafe methods need the CSRF token too."""

    def authenticate(self, request: Request) -> tuple[User, AuthContext] | None:
        found = super().authenticate(request)
        if found is None:
            return None
        user: User = found[0]
        context = come_in_by_session(request._request, user)
        named = _named(request)
        if named is not None:
            context = replace(context, workspace_id=named)
            signed_in_as(user, context)
        return user, context


def _named(request: Request) -> UUID | None:
    """The workspace that the caller wants to work in; all of his if he names none.

    Raises:
        Problem: 400, it is no id.
    """
    text = header_of(request, WORKSPACE_HEADER)
    if text is None:
        return None
    named = parsed_uuid(text)
    if named is None:
        detail = f"{WORKSPACE_HEADER} must be the id of a workspace."
        raise Problem(400, "Invalid workspace", detail, code="invalid-workspace")
    return named


class ApiKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the API schema describes the key."""

    target_class = "accounts.authentication.ApiKeyAuthentication"
    name = "api_key"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {"type": "apiKey", "in": "header", "name": KEY_HEADER}


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
