"""Wire shapes of API keys."""

from ipaddress import ip_network
from typing import Any, Final

from rest_framework import serializers

from accounts.models import ApiKey
from accounts.rights.table import SCOPES
from core.http import StrictSerializer

MAX_NETWORKS: Final = 50
MAX_NAME: Final = 100


class TermsIn(StrictSerializer):
    name = serializers.CharField(max_length=MAX_NAME)
    permissions = serializers.ListField(
        child=serializers.ChoiceField(choices=SCOPES),
        min_length=1,
        max_length=len(SCOPES),
        help_text="rights as graph:read, all of a kind as graph:*, or *",
    )
    allowed_addresses = serializers.ListField(
        child=serializers.CharField(max_length=49),
        max_length=MAX_NETWORKS,
        required=False,
        help_text="networks it may be used from, as 192.0.2.0/24; none: anywhere",
    )
    expires_at = serializers.DateTimeField(required=False, allow_null=True)

    def validate_permissions(self, scopes: list[str]) -> list[str]:
        return sorted(set(scopes))

    def validate_allowed_addresses(self, networks: list[str]) -> list[str]:
        return [_network(text) for text in networks]


def _network(text: str) -> str:
    try:
        return str(ip_network(text.strip(), strict=False))
    except ValueError:
        raise serializers.ValidationError(
            f"{text!r} is no address or network. Write 192.0.2.7 or 192.0.2.0/24."
        ) from None


class TermsPatchIn(TermsIn):
    suspended = serializers.BooleanField(required=False)


class ApiKeyOut(serializers.ModelSerializer[ApiKey]):
    user_id = serializers.UUIDField()
    workspace_id = serializers.UUIDField()

    class Meta:
        model = ApiKey
        fields: Any = (
            "id", "name", "prefix", "permissions", "allowed_addresses", "workspace_id",
            "user_id", "created_at", "expires_at", "last_used_at", "usage_count",
            "suspended_at", "revoked_at",
        )  # fmt: skip


class ApiKeyMadeOut(ApiKeyOut):
    key = serializers.SerializerMethodField(help_text="shown this once")

    class Meta(ApiKeyOut.Meta):
        fields: Any = (*ApiKeyOut.Meta.fields, "key")

    def get_key(self, row: ApiKey) -> str:
        key: Any = self.context["key"]
        return str(key)
