"""The data keys, wrapped: one for each workspace and some of the system's own."""

from typing import Any
from uuid import UUID

from django.db import models

from core.crypto import Purpose, WrappedKey
from core.keys import keyring


class DataKeyManager(models.Manager["DataKey"]):
    def make(self, owner: str, purpose: Purpose = Purpose.DATA) -> "DataKey":
        """A new key; from now on it is the one that seals for this owner."""
        return self.create(**columns_of(keyring().master.make(owner, purpose)))


class DataKey(models.Model):
    """A key that only the master key opens. Deleting the row makes what it sealed
    unreadable for good, in backups too."""

    id = models.BigAutoField(primary_key=True)
    key_id = models.CharField(max_length=16, unique=True)
    workspace = models.ForeignKey("accounts.Workspace", models.CASCADE, null=True)
    purpose = models.CharField(
        max_length=5, choices=[(one.value, one.value) for one in Purpose]
    )
    master_id = models.CharField(
        max_length=16, db_index=True, help_text="of the master key that wraps it"
    )
    wrapped = models.BinaryField()
    created_at = models.DateTimeField(auto_now_add=True)
    retired_at = models.DateTimeField(
        null=True, help_text="from when on nothing in the database was sealed with it"
    )

    objects = DataKeyManager()

    class Meta:
        ordering = ("-id",)
        constraints = [
            models.UniqueConstraint(
                fields=["purpose"],
                condition=models.Q(purpose__in=["index", "audit"]),
                name="one_index_and_one_audit_key",
            )
        ]

    def __str__(self) -> str:
        return self.key_id

    @property
    def as_wrapped(self) -> WrappedKey:
        return WrappedKey(
            id=bytes.fromhex(self.key_id),
            owner="" if self.workspace_id is None else str(self.workspace_id),
            purpose=Purpose(self.purpose),
            wrapped=bytes(self.wrapped),
        )


def columns_of(key: WrappedKey) -> dict[str, Any]:
    return {
        "key_id": key.id.hex(),
        "workspace_id": UUID(key.owner) if key.owner else None,
        "purpose": key.purpose.value,
        "master_id": keyring().master.id,
        "wrapped": key.wrapped,
    }
