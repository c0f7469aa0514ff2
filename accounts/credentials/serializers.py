"""The wire shapes of credentials. Secrets come in and never go out."""

from typing import Any, Final

from rest_framework import serializers

from accounts.credentials.providers import providers
from accounts.models import Credential
from core.http import StrictSerializer

MAX_SECRET: Final = 20_000
MAX_PARTS: Final = 50


def _texts(max_length: int) -> serializers.ListField:
    part = serializers.CharField(max_length=max_length)
    return serializers.ListField(child=part, required=False, max_length=MAX_PARTS)


class _Secret(serializers.CharField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=MAX_SECRET, trim_whitespace=False, **kwargs)


class CredentialPatchIn(StrictSerializer):
    title = serializers.CharField(max_length=200, allow_blank=True, required=False)
    secrets = serializers.DictField(child=_Secret(), required=False, write_only=True)
    scopes = _texts(500)
    hosts = _texts(255)
    settings = serializers.DictField(
        child=serializers.CharField(max_length=2000), required=False
    )
    expires_at = serializers.DateTimeField(required=False, allow_null=True)

    def validate_secrets(self, secrets: dict[str, str]) -> dict[str, str]:
        if len(secrets) > MAX_PARTS:
            raise serializers.ValidationError(f"At most {MAX_PARTS} secrets.")
        return secrets

    def validate_settings(self, settings: dict[str, str]) -> dict[str, str]:
        if len(settings) > MAX_PARTS:
            raise serializers.ValidationError(f"At most {MAX_PARTS} settings.")
        return settings


class CredentialIn(CredentialPatchIn):
    provider = serializers.SlugField(max_length=64)
    kind = serializers.ChoiceField(
        choices=Credential.Kind.choices, default=Credential.Kind.API_KEY
    )
    secrets = serializers.DictField(child=_Secret(), write_only=True)


class CredentialOut(serializers.ModelSerializer[Credential]):
    class Meta:
        model = Credential
        fields = (
            "id", "provider", "kind", "title", "scopes", "hosts", "settings",
            "expires_at", "last_used_at", "created_at", "updated_at",
        )  # fmt: skip


class CredentialListIn(StrictSerializer):
    provider = serializers.CharField(max_length=64, required=False)
    cursor = serializers.CharField(required=False)
    limit = serializers.CharField(required=False)


class TestedOut(serializers.Serializer[object]):
    works = serializers.BooleanField(
        allow_null=True, help_text="null: this provider cannot be asked"
    )
    message = serializers.CharField()


class ProviderOut(serializers.Serializer[object]):
    name = serializers.CharField()
    title = serializers.CharField()
    kinds = serializers.ListField(child=serializers.CharField())
    oauth = serializers.BooleanField(help_text="people can connect to it from here")


class OAuthIn(StrictSerializer):
    provider = serializers.CharField(max_length=64)
    title = serializers.CharField(max_length=200, allow_blank=True, default="")
    scopes = _texts(500)

    def validate_provider(self, name: str) -> str:
        if name not in providers():
            raise serializers.ValidationError("There is no provider of this name.")
        return name


class OAuthOut(serializers.Serializer[object]):
    url = serializers.CharField(help_text="where the person is to agree")
