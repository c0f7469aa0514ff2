"""Who works, and what limits how much at once."""

from django.conf import settings
from django.db import models

from accounts.models import Workspace
from core.ids import new_id
from executions.models.runs import Execution


class Worker(models.Model):
    """A process that runs executions. On PostgreSQL it holds the advisory lock of its
    id for as long as it lives."""

    id = models.BigAutoField(primary_key=True)
    name = models.CharField(max_length=100, unique=True)
    started_at = models.DateTimeField(auto_now_add=True)
    seen_at = models.DateTimeField(auto_now_add=True)
    gone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return self.name


class ConcurrencyLimit(models.Model):
    """How many executions that use one thing may run at once in a workspace."""

    class Scope(models.TextChoices):
        GRAPH = "graph", "agent"
        BLOCK = "block"
        CREDENTIAL = "credential"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    workspace = models.ForeignKey(Workspace, models.CASCADE)
    scope = models.CharField(max_length=10, choices=Scope)
    target = models.CharField(max_length=64, help_text="id of the agent, block, …")
    limit = models.PositiveIntegerField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-id",)
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "scope", "target"], name="one_limit_each"
            )
        ]

    def __str__(self) -> str:
        return f"{self.scope} {self.target}: {self.limit}"

    @property
    def key(self) -> str:
        """What slots are taken under; a workspace sees only its own."""
        return f"{self.scope}:{self.target}:{self.workspace_id}"


class Slot(models.Model):
    """One place under a concurrency key, taken by a running execution."""

    id = models.BigAutoField(primary_key=True)
    key = models.CharField(max_length=120)
    execution = models.ForeignKey(Execution, models.CASCADE, related_name="slots")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["key", "execution"], name="one_slot_of_a_key"
            )
        ]

    def __str__(self) -> str:
        return self.key


class StartKey(models.Model):
    """A start that may be repeated: the same key gives the same execution."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)
    route = models.CharField(max_length=200)
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(
        max_length=64, help_text="SHA-256 of the canonical body"
    )
    execution = models.ForeignKey(Execution, models.CASCADE)
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "route", "key"], name="one_start_of_a_key"
            )
        ]

    def __str__(self) -> str:
        return self.key
