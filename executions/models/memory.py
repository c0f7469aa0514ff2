"""What agents remember from one run to the next."""

from typing import Any, Final
from uuid import UUID, uuid5

from django.conf import settings
from django.db import models

from accounts.models import Workspace
from core.limits import MEMORY_KEY_CHARS
from core.stored import StoredJSONField

_PLACES: Final = UUID("5b0f4a3e-8a0b-4e0c-9d53-6f8f2c1c7a10")


class MemoryValue(models.Model):
    """One value under a key; the last write wins. `agent` is the id of the agent whose
    own it is, empty for what all agents of the user share.

    The id follows from the rest: what is stored is sealed for its id, so whoever writes
    to the same place at the same time has to seal for the same row.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    workspace = models.ForeignKey(Workspace, models.CASCADE, db_index=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)
    agent = models.CharField(max_length=64, blank=True, default="")
    key = models.CharField(max_length=MEMORY_KEY_CHARS)
    value = StoredJSONField()
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ("agent", "key")
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "user", "agent", "key"],
                name="one_memory_of_a_key",
            )
        ]

    def __str__(self) -> str:
        return self.key

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.id = self.id or self.id_of_place()
        super().save(*args, **kwargs)

    def id_of_place(self) -> UUID:
        place = (self.workspace_id, self.user_id, self.agent, self.key)
        return uuid5(_PLACES, "|".join(map(str, place)))
