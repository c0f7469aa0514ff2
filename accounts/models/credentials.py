"""Credentials: what agents sign in with elsewhere."""

import orjson
from django.db import models

from accounts.models.people import User, Workspace
from core.fields import EncryptedTextField
from core.ids import new_id


class Credential(models.Model):
    """An account of the workspace with a provider.

    `sealed` is the JSON of its secrets by name. `expires_at` is when the access token,
    or the key, ends. `refreshing_until`: somebody is getting a new token right now;
    the others wait for it.
    """

    class Kind(models.TextChoices):
        API_KEY = "api_key", "API key"
        OAUTH2 = "oauth2", "OAuth"
        USER_PASSWORD = "user_password", "user and password"
        HOST_SCOPED = "host_scoped", "headers for hosts"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    workspace = models.ForeignKey(Workspace, models.CASCADE)
    owner = models.ForeignKey(User, models.CASCADE)
    provider = models.CharField(max_length=64)
    kind = models.CharField(max_length=13, choices=Kind, default=Kind.API_KEY)
    title = models.CharField(max_length=200, blank=True)
    sealed = EncryptedTextField()
    scopes = models.JSONField(default=list, blank=True)
    hosts = models.JSONField(default=list, blank=True)
    settings = models.JSONField(default=dict, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    refreshing_until = models.DateTimeField(null=True, editable=False)
    last_used_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ("-id",)
        indexes = [
            models.Index(
                fields=["workspace", "provider", "-id"],
                name="credentials_of_workspace",
            )
        ]

    def __str__(self) -> str:
        return self.title or f"{self.provider} ({self.get_kind_display()})"

    @property
    def secrets(self) -> dict[str, str]:
        """In the clear.

        Raises:
            DecryptionError: they do not open.
        """
        found: dict[str, str] = orjson.loads(self.sealed)
        return found

    @secrets.setter
    def secrets(self, secrets: dict[str, str]) -> None:
        self.sealed = orjson.dumps(secrets).decode()
