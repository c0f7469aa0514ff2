"""Signing in over HTTP: parse, call one service, answer."""

from collections.abc import Callable
from typing import Any, ClassVar, Final, TypeVar
from uuid import UUID

import jwt
from django.http import Http404
from django.utils.decorators import method_decorator
from django.views.decorators.debug import sensitive_variables
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.http import user_of
from accounts.rights.context import auth_of
from accounts.sign_in import passwords, second_factor, serializers, sessions, verify
from accounts.sign_in.sessions import Current
from core.http import Problem, StrictSerializer, header_of

T = TypeVar("T")

_ON: Final = "There is a second factor already. Switch it off first."
_NOT_ON: Final = "There is no second factor, or none was begun."


def _checked(shape: type[StrictSerializer], request: Request) -> dict[str, Any]:
    serializer = shape(data=request.data)
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)


def _address(request: Request) -> str:
    return str(request.META.get("REMOTE_ADDR", ""))


class OpenView(APIView):
    """For those who are not signed in. No cookie or token is looked at."""

    permission_classes = (AllowAny,)
    authentication_classes = ()


# --- The address ----------------------------------------------------------------------


class VerifyRequestView(OpenView):
    @extend_schema(
        operation_id="auth_email_verify_request",
        request=serializers.EmailIn,
        responses={202: None},
    )
    def post(self, request: Request) -> Response:
        """Have the mail sent that confirms an address. The answer is always alike."""
        given = _checked(serializers.EmailIn, request)
        verify.verify_ask(given["email"], _address(request))
        return Response(status=status.HTTP_202_ACCEPTED)


class VerifyView(OpenView):
    @extend_schema(
        operation_id="auth_email_verify",
        request=serializers.VerifyIn,
        responses={204: None},
    )
    def post(self, request: Request) -> Response:
        """Confirm an address by the token that was mailed to it."""
        if verify.verify(_checked(serializers.VerifyIn, request)["token"]) is None:
            raise _link_refused()
        return Response(status=status.HTTP_204_NO_CONTENT)


# --- The password ---------------------------------------------------------------------


class ResetRequestView(OpenView):
    @extend_schema(
        operation_id="auth_password_reset",
        request=serializers.EmailIn,
        responses={202: None},
    )
    def post(self, request: Request) -> Response:
        """Have a mail sent with a link to a new password. The answer is always the
        same."""
        given = _checked(serializers.EmailIn, request)
        passwords.password_ask_reset(given["email"], _address(request))
        return Response(status=status.HTTP_202_ACCEPTED)


class ResetView(OpenView):
    @extend_schema(
        operation_id="auth_password_reset_confirm",
        request=serializers.ResetIn,
        responses={204: None},
    )
    @method_decorator(sensitive_variables())
    def post(self, request: Request) -> Response:
        """Set a new password by the token that was mailed. Sessions and tokens end."""
        try:
            passwords.password_reset(**_checked(serializers.ResetIn, request))
        except passwords.LinkRefused:
            raise _link_refused() from None
        return Response(status=status.HTTP_204_NO_CONTENT)


class PasswordView(APIView):
    rights: ClassVar = {"POST": "account:update"}

    @extend_schema(
        operation_id="auth_password_change",
        request=serializers.PasswordIn,
        responses={204: None},
    )
    @method_decorator(sensitive_variables())
    def post(self, request: Request) -> Response:
        """Change one's password. All sessions and tokens end, this one too."""
        given = _checked(serializers.PasswordIn, request)
        passwords.password_change(user_of(request), given["current"], given["new"])
        return Response(status=status.HTTP_204_NO_CONTENT)


def _link_refused() -> Problem:
    return Problem(400, "Not good", passwords.USED_UP, code="token-refused")


# --- The second factor ----------------------------------------------------------------


class SecondFactorView(APIView):
    rights: ClassVar = {"GET": "account:read", "POST": "account:update"}

    @extend_schema(
        operation_id="me_second_factor_read", responses=serializers.SecondFactorOut
    )
    def get(self, request: Request) -> Response:
        """Whether one has a second factor."""
        return Response(second_factor.state_of(user_of(request))._asdict())

    @extend_schema(
        operation_id="me_second_factor_begin",
        request=serializers.EnrolIn,
        responses={201: serializers.EnrolOut},
    )
    @method_decorator(sensitive_variables())
    def post(self, request: Request) -> Response:
        """Begin to add one: tell this to an app, then confirm with a code it shows."""
        given = _checked(serializers.EnrolIn, request)
        begun = _in_state(
            lambda: second_factor.enrol_begin(user_of(request), given["password"])
        )
        return Response(begun._asdict(), status.HTTP_201_CREATED)


class SecondFactorConfirmView(APIView):
    rights: ClassVar = {"POST": "account:update"}

    @extend_schema(
        operation_id="me_second_factor_confirm",
        request=serializers.CodeIn,
        responses=serializers.RecoveryCodesOut,
    )
    def post(self, request: Request) -> Response:
        """Switch it on. The recovery codes are shown this one time."""
        given = _checked(serializers.CodeIn, request)
        codes = _in_state(
            lambda: second_factor.enrol_confirm(user_of(request), given["code"])
        )
        return Response({"recovery_codes": codes})


class RecoveryCodesView(APIView):
    rights: ClassVar = {"POST": "account:update"}

    @extend_schema(
        operation_id="me_second_factor_recovery_codes",
        request=serializers.CodeIn,
        responses=serializers.RecoveryCodesOut,
    )
    def post(self, request: Request) -> Response:
        """New recovery codes in place of all old ones."""
        given = _checked(serializers.CodeIn, request)
        codes = _in_state(
            lambda: second_factor.recovery_codes_renew(user_of(request), given["code"])
        )
        return Response({"recovery_codes": codes})


class SecondFactorDisableView(APIView):
    rights: ClassVar = {"POST": "account:update"}

    @extend_schema(
        operation_id="me_second_factor_disable",
        request=serializers.DisableIn,
        responses={204: None},
    )
    @method_decorator(sensitive_variables())
    def post(self, request: Request) -> Response:
        """Switch it off. Takes the password and a code."""
        given = _checked(serializers.DisableIn, request)
        _in_state(lambda: second_factor.disable(user_of(request), **given))
        return Response(status=status.HTTP_204_NO_CONTENT)


def _in_state(act: Callable[[], T]) -> T:
    """
    Raises:
        Problem: 409, it is on already, or it is not on.
    """
    try:
        return act()
    except second_factor.AlreadyOn:
        raise Problem(409, "Already on", _ON, code="second-factor-on") from None
    except second_factor.NotOn:
        raise Problem(409, "Not on", _NOT_ON, code="second-factor-off") from None


# --- Sessions -------------------------------------------------------------------------


class SessionList(APIView):
    rights: ClassVar = {"GET": "account:read", "DELETE": "account:update"}

    @extend_schema(
        operation_id="me_sessions_list", responses=serializers.SessionOut(many=True)
    )
    def get(self, request: Request) -> Response:
        """Where one is signed in, by browser and by program."""
        found = sessions.places_of(user_of(request), current_place(request))
        return Response([place._asdict() for place in found])

    @extend_schema(
        operation_id="me_sessions_end_others",
        responses={200: serializers.EndedOut},
    )
    def delete(self, request: Request) -> Response:
        """Sign out everywhere else."""
        user = user_of(request)
        return Response(
            {"ended": sessions.places_end_others(user, current_place(request))}
        )


class SessionDetail(APIView):
    rights: ClassVar = {"DELETE": "account:update"}

    @extend_schema(operation_id="me_sessions_end", responses={204: None})
    def delete(self, request: Request, id: UUID) -> Response:
        """Sign out there, at once."""
        if not sessions.place_end(user_of(request), id):
            raise Http404
        return Response(status=status.HTTP_204_NO_CONTENT)


def current_place(request: Request) -> Current:
    """The place that this request comes from; its token was checked before."""
    method = auth_of(user_of(request)).method
    if method == "session":
        return sessions.current_browser(request._request.session.session_key)
    if method == "jwt":
        return Current(program=_family(header_of(request, "Authorization") or ""))
    return Current()


def _family(header: str) -> UUID | None:
    token = header.partition(" ")[2].strip()
    claims = jwt.decode(token, options={"verify_signature": False})
    try:
        return UUID(str(claims.get("family")))
    except ValueError:
        return None
