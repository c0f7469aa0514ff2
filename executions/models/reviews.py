"""Questions to people, and results kept to be used again."""

from django.conf import settings
from django.db import models

from accounts.models import Workspace
from core.ids import new_id
from core.stored import StoredJSONField
from executions.models.runs import Execution
from graphs.models import Graph


class Review(models.Model):
    """A node execution that waits for a person: is this right, may it go on?"""

    class Status(models.TextChoices):
        PENDING = "PENDING"
        APPROVED = "APPROVED"
        REJECTED = "REJECTED"
        EXPIRED = "EXPIRED"
        CANCELLED = "CANCELLED"

    class Purpose(models.TextChoices):
        REVIEW = "review", "approve the data"
        OUTCOME = "outcome", "the outcome of a lost attempt is unknown: try again?"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    workspace = models.ForeignKey(Workspace, models.CASCADE)
    execution = models.ForeignKey(Execution, models.CASCADE, related_name="reviews")
    node_id = models.CharField(max_length=200)
    number = models.PositiveIntegerField()
    purpose = models.CharField(max_length=10, choices=Purpose, default=Purpose.REVIEW)
    title = models.CharField(max_length=500, blank=True)
    data = StoredJSONField()
    editable = models.BooleanField(default=True)
    status = models.CharField(max_length=10, choices=Status, default=Status.PENDING)
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="assigned_reviews",
    )
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="answered_reviews",
    )
    answer = StoredJSONField(null=True, help_text="the data as the person left it")
    message = models.TextField(blank=True, default="")

    class Meta:
        ordering = ("-id",)
        constraints = [
            models.UniqueConstraint(
                fields=["execution", "node_id", "number", "purpose"],
                name="one_review_of_a_node_execution",
                condition=models.Q(purpose="review"),
            )
        ]
        indexes = [
            models.Index(
                fields=["workspace", "-id"],
                condition=models.Q(status="PENDING"),
                name="reviews_pending",
            )
        ]

    def __str__(self) -> str:
        return self.title or str(self.id)


class ReviewRule(models.Model):
    """What this node of the agent asks is approved without asking."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    workspace = models.ForeignKey(Workspace, models.CASCADE)
    graph = models.ForeignKey(Graph, models.CASCADE)
    node_id = models.CharField(max_length=200)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-id",)
        constraints = [
            models.UniqueConstraint(
                fields=["graph", "node_id"], name="one_rule_of_a_node"
            )
        ]

    def __str__(self) -> str:
        return self.node_id


class MemoizedResult(models.Model):
    """What a cacheable node emitted for these inputs; `key` is a hash of them, the
    block and its version."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    workspace = models.ForeignKey(Workspace, models.CASCADE)
    key = models.CharField(max_length=64)
    block_id = models.CharField(max_length=36)
    outputs = StoredJSONField(help_text="[[pin, value], …] in order")
    execution_id = models.UUIDField(help_text="the run that computed it")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "key"], name="one_result_of_a_key"
            )
        ]

    def __str__(self) -> str:
        return self.key
