"""The wire shapes of signing in: one for in and one for out, per endpoint."""

from rest_framework import serializers

from accounts.serializers import CredentialsIn
from accounts.services import MAX_EMAIL, MAX_PASSWORD
from core.http import StrictSerializer

MAX_TOKEN = 200
MAX_CODE = 100
KINDS = ["browser", "program"]


def _password_field() -> serializers.CharField:
    return serializers.CharField(
        max_length=MAX_PASSWORD,
        trim_whitespace=False,
        write_only=True,
        style={"input_type": "password"},
    )


class SignInIn(CredentialsIn):
    code = serializers.CharField(
        max_length=MAX_CODE,
        required=False,
        help_text="of the second factor, a recovery code, or what was mailed",
    )


class EmailIn(StrictSerializer):
    email = serializers.CharField(max_length=MAX_EMAIL)


class VerifyIn(StrictSerializer):
    token = serializers.CharField(max_length=MAX_TOKEN)


class ResetIn(StrictSerializer):
    token = serializers.CharField(max_length=MAX_TOKEN)
    password = _password_field()


class PasswordIn(StrictSerializer):
    current = _password_field()
    new = _password_field()


class SecondFactorOut(serializers.Serializer[object]):
    enabled = serializers.BooleanField()
    since = serializers.DateTimeField(allow_null=True)
    recovery_codes_left = serializers.IntegerField()


class EnrolIn(StrictSerializer):
    password = _password_field()


class EnrolOut(serializers.Serializer[object]):
    secret = serializers.CharField(help_text="for typing into the app")
    uri = serializers.CharField(help_text="the same, as apps read it")
    qr = serializers.CharField(help_text="a picture of it, as a data: address of SVG")


class CodeIn(StrictSerializer):
    code = serializers.CharField(max_length=MAX_CODE)


class RecoveryCodesOut(serializers.Serializer[object]):
    recovery_codes = serializers.ListField(child=serializers.CharField())


class DisableIn(CodeIn):
    password = _password_field()


class SessionOut(serializers.Serializer[object]):
    id = serializers.UUIDField()
    kind = serializers.ChoiceField(KINDS)
    created_at = serializers.DateTimeField()
    last_seen_at = serializers.DateTimeField()
    address = serializers.CharField()
    user_agent = serializers.CharField()
    is_current = serializers.BooleanField()


class EndedOut(serializers.Serializer[object]):
    ended = serializers.IntegerField()
