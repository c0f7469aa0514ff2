"""The audit log: what was done, by whom; each row chained to the one before it."""

from django.db import models


class AuditEvent(models.Model):
    """One deed. Rows are only ever added, in the order of `seq` without a gap.

    There are no foreign keys: what a row tells of may be gone by the time it is read.
    `detail` is canonical JSON; `digest` also covers the digest of the row before.
    """

    seq = models.PositiveBigIntegerField(primary_key=True)
    at = models.DateTimeField()
    action = models.CharField(max_length=64)
    workspace_id = models.UUIDField(null=True)
    actor_id = models.UUIDField(null=True)
    subject = models.CharField(max_length=200, blank=True)
    ip = models.CharField(max_length=45, blank=True)
    user_agent = models.CharField(max_length=300, blank=True)
    detail = models.TextField(default="{}")
    digest = models.BinaryField(max_length=32)

    class Meta:
        ordering = ("-seq",)
        indexes = [
            models.Index(fields=["workspace_id", "-seq"], name="audit_of_workspace"),
            models.Index(fields=["actor_id", "-seq"], name="audit_of_actor"),
        ]

    def __str__(self) -> str:
        return f"{self.seq} {self.action}"


class AuditDraft(models.Model):
    """A deed that is not chained yet: written in the transaction of the deed, which
    must not wait for others, and taken over within a moment."""

    id = models.BigAutoField(primary_key=True)
    body = models.BinaryField()

    def __str__(self) -> str:
        return f"draft {self.id}"


class AuditHead(models.Model):
    """Where the chain ends. One row, locked by whoever adds to the chain."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    seq = models.PositiveBigIntegerField(default=0)
    digest = models.BinaryField(max_length=32, default=b"")
    anchored_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"head at {self.seq}"
