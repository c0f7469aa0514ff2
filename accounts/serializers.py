"""The wire shapes of accounts: one for in and one for out, per endpoint."""

import re
from functools import cache
from typing import Final
from zoneinfo import available_timezones

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.models import User, Workspace
from accounts.selectors import default_workspace
from accounts.services import MAX_EMAIL, MAX_PASSWORD
from core.http import StrictSerializer

_PHONE: Final = re.compile(r"\+[1-9][0-9]{6,14}")


class CredentialsIn(StrictSerializer):
    """What registering and signing in both need. Registering looks closer."""

    email = serializers.CharField(max_length=MAX_EMAIL)
    password = serializers.CharField(
        max_length=MAX_PASSWORD,
        trim_whitespace=False,
        write_only=True,
        style={"input_type": "password"},
    )


class RegisteredOut(serializers.ModelSerializer[User]):
    class Meta:
        model = User
        fields = ("id", "email")

    email = serializers.CharField()


class RefreshIn(StrictSerializer):
    refresh = serializers.CharField(max_length=4096)


class TokensOut(serializers.Serializer[object]):
    access = serializers.CharField()
    refresh = serializers.CharField()


class TicketOut(serializers.Serializer[object]):
    ticket = serializers.CharField()
    expires_in = serializers.IntegerField(help_text="seconds")


class WorkspaceOut(serializers.ModelSerializer[Workspace]):
    class Meta:
        model = Workspace
        fields = ("id", "name")


class MeIn(StrictSerializer):
    name = serializers.CharField(max_length=200, allow_blank=True, required=False)
    timezone = serializers.CharField(max_length=64, required=False)
    phone = serializers.CharField(
        max_length=40,
        allow_blank=True,
        required=False,
        help_text="with the code of the country, as +49 30 901820; empty: none",
    )

    def validate_timezone(self, name: str) -> str:
        if name not in timezone_names():
            raise serializers.ValidationError(
                "Not a time zone. Use a name such as Europe/Berlin, or UTC."
            )
        return name

    def validate_phone(self, text: str) -> str:
        """As E.164 writes it."""
        number = re.sub(r"[\s().\-/]", "", text)
        if number and not _PHONE.fullmatch(number):
            raise serializers.ValidationError(
                "Not a phone number. Begin with + and the code of the country."
            )
        return number


class MeOut(serializers.ModelSerializer[User]):
    email = serializers.CharField()
    phone = serializers.CharField(allow_null=True)
    workspace = serializers.SerializerMethodField()

    class Meta:
        model = User
        fields = ("id", "email", "name", "timezone", "phone", "role", "workspace")

    @extend_schema_field(WorkspaceOut)
    def get_workspace(self, user: User) -> object:
        return WorkspaceOut(default_workspace(user)).data


@cache
def timezone_names() -> frozenset[str]:
    """Reads a directory tree, hence once."""
    return frozenset(available_timezones())
