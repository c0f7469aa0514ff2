"""Executions as rows. The numbered events are the truth; node executions and the
columns of an execution are their projection, written in the same transaction."""

from enum import StrEnum

from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models

from accounts.models import Workspace
from core.ids import new_id
from core.stored import StoredJSONField
from executions.domain.status import ExecutionStatus, NodeStatus
from graphs.models import Graph, GraphVersion

MAX_PRIORITY = 9


def _choices(statuses: type[StrEnum]) -> list[tuple[str, str]]:
    return [(s.value, s.value.replace("_", " ").capitalize()) for s in statuses]


class Execution(models.Model):
    """One run of one frozen graph.

    `due_at` is when a worker should look at the row: from when it may start while it is
    queued, the end of the lease while a worker holds it, null once it is final.
    `lease_token` grows with every claim; writes that carry an older one are refused.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    workspace = models.ForeignKey(Workspace, models.CASCADE)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)
    graph = models.ForeignKey(Graph, models.CASCADE, related_name="executions")
    version = models.ForeignKey(GraphVersion, models.PROTECT)
    status = models.CharField(
        max_length=10, choices=_choices(ExecutionStatus), default=ExecutionStatus.QUEUED
    )
    priority = models.PositiveSmallIntegerField(
        default=0, validators=[MaxValueValidator(MAX_PRIORITY)]
    )
    inputs = StoredJSONField()
    outputs = StoredJSONField()
    errors = StoredJSONField()
    due_at = models.DateTimeField(null=True)
    lease_owner = models.CharField(max_length=100, blank=True, default="")
    lease_token = models.PositiveBigIntegerField(default=0)
    last_seq = models.PositiveIntegerField(default=0)
    node_executions = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-id",)
        indexes = [
            models.Index(
                fields=["-priority", "due_at"],
                condition=models.Q(due_at__isnull=False),
                name="executions_due",
            ),
            models.Index(fields=["workspace", "-id"], name="executions_of_workspace"),
            models.Index(fields=["graph", "-id"], name="executions_of_graph"),
        ]

    def __str__(self) -> str:
        return f"{self.graph}: {self.status}"


class NodeExecution(models.Model):
    """One numbered firing of a node: what went in, what came out, how it ended."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    execution = models.ForeignKey(Execution, models.CASCADE, related_name="nodes")
    node_id = models.CharField(max_length=200)
    number = models.PositiveIntegerField()
    status = models.CharField(max_length=10, choices=_choices(NodeStatus))
    attempt = models.PositiveSmallIntegerField(default=1)
    inputs = StoredJSONField()
    outputs = StoredJSONField(help_text="[[pin, value], …] in order")
    error = StoredJSONField(null=True)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("execution", "started_at", "id")
        constraints = [
            models.UniqueConstraint(
                fields=["execution", "node_id", "number"],
                name="one_row_of_a_node_execution",
            )
        ]

    def __str__(self) -> str:
        return f"{self.node_id} #{self.number}: {self.status}"


class ExecutionEventSegment(models.Model):
    """Events `first_seq` to `last_seq` of one execution, stored as one JSON list."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    execution = models.ForeignKey(Execution, models.CASCADE, related_name="segments")
    first_seq = models.PositiveIntegerField()
    last_seq = models.PositiveIntegerField()
    body = StoredJSONField()

    class Meta:
        ordering = ("execution", "first_seq")
        constraints = [
            models.UniqueConstraint(
                fields=["execution", "first_seq"], name="no_event_twice"
            )
        ]

    def __str__(self) -> str:
        return f"events {self.first_seq}-{self.last_seq}"


class Signal(models.Model):
    """A request to an execution from outside, folded in by whoever holds it."""

    class Kind(models.TextChoices):
        CANCEL = "cancel"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    execution = models.ForeignKey(Execution, models.CASCADE, related_name="signals")
    kind = models.CharField(max_length=20, choices=Kind)
    created_at = models.DateTimeField(auto_now_add=True)
    folded_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["execution"],
                condition=models.Q(folded_at__isnull=True),
                name="signals_waiting",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} for {self.execution_id}"
