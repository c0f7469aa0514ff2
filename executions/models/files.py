"""Files of a workspace as rows; what is in them is in the storage."""

from uuid import UUID

from django.conf import settings
from django.db import models

from accounts.models import Workspace
from core.ids import new_id
from executions.models.runs import Execution


class StoredFile(models.Model):
    """A file whose content never changes.

    The row is there before the content and goes after it, so nothing is left in the
    storage that no row knows. `sha256` is empty while the content is not whole: such a
    row is nobody's to see, and is cleared away once `expires_at` has passed.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    workspace = models.ForeignKey(Workspace, models.CASCADE)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)
    name = models.CharField(max_length=200)
    media_type = models.CharField(max_length=100)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64, blank=True, default="")
    key = models.CharField(max_length=100, unique=True, help_text="in the storage")
    written_as = models.UUIDField(
        null=True, unique=True, help_text="the same write of a node, if repeated"
    )
    # It outlives the run that made it, and deleting runs need not look here.
    execution = models.ForeignKey(
        Execution,
        models.DO_NOTHING,
        null=True,
        blank=True,
        db_constraint=False,
        related_name="+",
        help_text="the run that made it, which may be gone",
    )
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-id",)
        indexes = [
            models.Index(
                fields=["expires_at"],
                condition=models.Q(expires_at__isnull=False),
                name="files_that_expire",
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def ref(self) -> str:
        """What pins hold."""
        return reference(self.id)


def reference(id: UUID) -> str:
    return f"workspace://{id}"
