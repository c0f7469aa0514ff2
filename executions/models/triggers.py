"""What starts executions by itself: schedules and inbound webhooks."""

from django.conf import settings
from django.db import models

from accounts.models import Workspace
from core.fields import EncryptedTextField
from core.ids import new_id
from core.stored import StoredJSONField
from executions.models.runs import Execution
from graphs.models import Graph


class Trigger(models.Model):
    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    workspace = models.ForeignKey(Workspace, models.CASCADE)
    graph = models.ForeignKey(Graph, models.CASCADE)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)
    name = models.CharField(max_length=200, blank=True)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        abstract = True
        ordering = ("-id",)

    def __str__(self) -> str:
        return self.name or str(self.id)


class Schedule(Trigger):
    """Starts an agent at the times a cron expression names, in a time zone.

    `misfire` says what becomes of times that passed while nobody could start them.
    `fault` says why the last due time started nothing, if so.
    """

    class Misfire(models.TextChoices):
        SKIP = "skip", "start none of them"
        ONCE = "once", "start one for all of them"
        ALL = "all", "start each of them"

    cron = models.CharField(max_length=200)
    timezone = models.CharField(max_length=64, default="UTC")
    misfire = models.CharField(max_length=4, choices=Misfire, default=Misfire.ONCE)
    inputs = StoredJSONField()
    next_at = models.DateTimeField(null=True)
    last_at = models.DateTimeField(null=True)
    fault = models.TextField(blank=True, default="")

    class Meta(Trigger.Meta):
        indexes = [
            models.Index(
                fields=["next_at"],
                condition=models.Q(is_active=True, next_at__isnull=False),
                name="schedules_due",
            )
        ]


class ScheduleTick(models.Model):
    """One due time of a schedule has started its execution."""

    id = models.BigAutoField(primary_key=True)
    schedule = models.ForeignKey(Schedule, models.CASCADE, related_name="ticks")
    due_at = models.DateTimeField()
    execution = models.ForeignKey(Execution, models.CASCADE)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["schedule", "due_at"], name="one_execution_of_a_tick"
            )
        ]

    def __str__(self) -> str:
        return f"{self.due_at}"


class Hook(Trigger):
    """An address that starts an agent for each delivery. Whoever knows the token may
    call; `check` asks for more. `wait_s` holds the answer until the run has ended."""

    class Check(models.TextChoices):
        NONE = "none", "the address alone"
        SECRET = "secret", "a secret in a header"
        SIGNATURE = "signature", "a signature of the body"

    token = EncryptedTextField()
    token_hash = models.CharField(max_length=64, unique=True)
    check_by = models.CharField(max_length=10, choices=Check, default=Check.NONE)
    secret = EncryptedTextField(null=True, blank=True)
    wait_s = models.FloatField(null=True, blank=True)


class HookDelivery(models.Model):
    """One delivery of a hook has started its execution."""

    id = models.BigAutoField(primary_key=True)
    hook = models.ForeignKey(Hook, models.CASCADE, related_name="deliveries")
    delivery_id = models.CharField(max_length=255)
    execution = models.ForeignKey(Execution, models.CASCADE)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["hook", "delivery_id"], name="one_execution_of_a_delivery"
            )
        ]

    def __str__(self) -> str:
        return self.delivery_id
