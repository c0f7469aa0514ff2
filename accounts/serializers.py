"""The wire shapes of accounts: one for in and one for out, per endpoint."""

from functools import cache
from zoneinfo import available_timezones

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.models import User, Workspace
from accounts.selectors import default_workspace
from accounts.services import MAX_EMAIL, MAX_PASSWORD
from core.http import StrictSerializer


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

    def validate_timezone(self, name: str) -> str:
        if name not in _known_timezones():
            raise serializers.ValidationError(
                "Not a time zone. Use a name such as Europe/Berlin, or UTC."
            )
        return name


class MeOut(serializers.ModelSerializer[User]):
    email = serializers.CharField()
    workspace = serializers.SerializerMethodField()

    class Meta:
        model = User
        fields = ("id", "email", "name", "timezone", "role", "workspace")

    @extend_schema_field(WorkspaceOut)
    def get_workspace(self, user: User) -> object:
        return WorkspaceOut(default_workspace(user)).data


@cache
def _known_timezones() -> frozenset[str]:
    """Reads a directory tree, hence once."""
    return frozenset(available_timezones())
