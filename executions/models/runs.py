"""Executions, their node executions and events, and the signals sent to them."""

from enum import StrEnum

from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models

from accounts.models import Share, Workspace
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
    queued, the end of the lease while a worker holds it, the next wake-up while it is
    parked; null while only a signal or a free slot can move it, and once it is final.
    `lease_token` grows with every claim; writes that carry an older one are refused.
    `lost_leases` counts claims in a row whose worker died before it wrote anything.
    """

    class Trigger(models.TextChoices):
        API = "api"
        SCHEDULE = "schedule"
        HOOK = "hook"
        AGENT = "agent", "sub-agent"
        RERUN = "rerun", "re-run"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    # The rows are many and written often: an index of its own for each key would cost
    # more than all others together, and the composite ones below serve the reads.
    workspace = models.ForeignKey(Workspace, models.CASCADE, db_index=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, db_index=False)
    graph = models.ForeignKey(
        Graph, models.CASCADE, related_name="executions", db_index=False
    )
    version = models.ForeignKey(GraphVersion, models.PROTECT, db_index=False)
    trigger = models.CharField(max_length=10, choices=Trigger, default=Trigger.API)
    parent = models.ForeignKey(
        "self",
        models.CASCADE,
        null=True,
        related_name="children",
        db_index=False,
        help_text="the run whose node started this one as its sub-agent",
    )
    parent_node_id = models.CharField(max_length=200, blank=True, default="")
    parent_number = models.PositiveIntegerField(default=0)
    depth = models.PositiveSmallIntegerField(
        default=0, help_text="how many runs stand above this one"
    )
    rerun_of = models.ForeignKey(
        "self",
        models.SET_NULL,
        null=True,
        related_name="reruns",
        db_index=False,
    )
    options = StoredJSONField(
        null=True,
        help_text="{reuse: {execution_id, node_ids}, node_inputs} of a re-run",
    )
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
    lost_leases = models.PositiveSmallIntegerField(default=0)
    waiting_for = models.CharField(
        max_length=10,
        blank=True,
        default="",
        help_text="while WAITING: paused, review, agent, timer or retry",
    )
    blocked_on = models.CharField(
        max_length=100,
        blank=True,
        default="",
        help_text="while QUEUED: the concurrency key that has no free slot",
    )
    has_slots = models.BooleanField(default=False)
    last_seq = models.PositiveIntegerField(default=0)
    node_executions = models.PositiveIntegerField(default=0)
    cost = models.PositiveBigIntegerField(default=0, help_text="in millionths")
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-id",)
        indexes = [
            models.Index(
                fields=["workspace", "-priority", "due_at", "id"],
                condition=models.Q(status="QUEUED", due_at__isnull=False),
                name="executions_queue",
            ),
            models.Index(
                fields=["due_at"],
                condition=models.Q(
                    status__in=["RUNNING", "WAITING"], due_at__isnull=False
                ),
                name="executions_held",
            ),
            models.Index(
                fields=["workspace"],
                condition=models.Q(status="RUNNING"),
                name="executions_running",
            ),
            models.Index(
                fields=["blocked_on", "-priority", "id"],
                condition=~models.Q(blocked_on=""),
                name="executions_blocked",
            ),
            models.Index(
                fields=["parent"],
                condition=models.Q(parent__isnull=False),
                name="executions_of_parent",
            ),
            models.Index(
                fields=["rerun_of"],
                condition=models.Q(rerun_of__isnull=False),
                name="executions_rerun_of",
            ),
            # Read backward for the newest; ascending ones stay compact as rows come.
            models.Index(fields=["workspace", "id"], name="executions_of_workspace"),
            models.Index(fields=["graph", "id"], name="executions_of_graph"),
            # States that are few among many: so they are found without a long search.
            models.Index(
                fields=["workspace", "id"],
                condition=models.Q(
                    status__in=["FAILED", "CANCELLED", "TIMED_OUT", "WAITING"]
                )
                | models.Q(status="QUEUED", due_at__isnull=True),
                name="executions_rare",
            ),
            models.Index(
                fields=["workspace", "trigger", "id"],
                condition=~models.Q(trigger="api"),
                name="executions_by_trigger",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.graph}: {self.status}"


class ExecutionShare(Share):
    execution = models.ForeignKey(Execution, models.CASCADE, related_name="shares")

    class Meta(Share.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["execution", "user"], name="one_share_of_a_run_each"
            )
        ]
        indexes = [models.Index(fields=["user", "-id"], name="run_shares_of_user")]


class NodeExecution(models.Model):
    """One numbered firing of a node: what went in, what came out, how it ended."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    execution = models.ForeignKey(
        Execution, models.CASCADE, related_name="nodes", db_index=False
    )
    node_id = models.CharField(max_length=200)
    number = models.PositiveIntegerField()
    status = models.CharField(max_length=10, choices=_choices(NodeStatus))
    attempt = models.PositiveSmallIntegerField(default=1)
    inputs = StoredJSONField()
    outputs = StoredJSONField(help_text="[[pin, value], …] in order")
    error = StoredJSONField(null=True)
    reused_from = models.UUIDField(
        null=True, help_text="the run whose outputs stand here instead of a new attempt"
    )
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
    execution = models.ForeignKey(
        Execution, models.CASCADE, related_name="segments", db_index=False
    )
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


class StoredValue(models.Model):
    """A large value, stored once; events and rows name it by its id."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    execution = models.ForeignKey(Execution, models.CASCADE, related_name="values")
    size = models.PositiveIntegerField(help_text="bytes of the value as JSON")
    body = StoredJSONField()

    def __str__(self) -> str:
        return f"{self.size:,} bytes of {self.execution_id}"


class ExecutionSnapshot(models.Model):
    """The scheduler's state as of event `seq`, so that a parked run wakes quickly."""

    execution = models.OneToOneField(
        Execution, models.CASCADE, primary_key=True, related_name="snapshot"
    )
    seq = models.PositiveIntegerField()
    body = StoredJSONField()

    def __str__(self) -> str:
        return f"state of {self.execution_id} at {self.seq}"


class Signal(models.Model):
    """A request to an execution from outside. Whoever holds the execution folds it in
    and deletes it in the transaction that records what came of it."""

    class Kind(models.TextChoices):
        CANCEL = "cancel"
        PAUSE = "pause"
        RESUME = "resume"
        ANSWER = "answer", "answer to a review"
        CHILD = "child", "news of a sub-agent"
        STALLED = "stalled", "verdict of the watchdog"

    id = models.BigAutoField(primary_key=True)
    execution = models.ForeignKey(Execution, models.CASCADE, related_name="signals")
    kind = models.CharField(max_length=10, choices=Kind)
    body = StoredJSONField(null=True, bound_to="execution")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.kind} for {self.execution_id}"
