"""Agents as rows. A version's JSON is the truth, nodes and links its projection."""

from django.conf import settings
from django.db import models

from accounts.models import Share, Workspace
from core.ids import new_id
from core.stored import StoredJSONField


class Graph(models.Model):
    """An agent: a draft that changes and the versions published from it.

    `revision` counts the edits; whoever writes says which one he saw.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    workspace = models.ForeignKey(Workspace, models.CASCADE)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)
    name = models.CharField(max_length=200)
    description = models.TextField(blank=True)
    is_active = models.BooleanField(default=True)
    draft = StoredJSONField(help_text="{nodes, links, settings} as last saved")
    revision = models.PositiveIntegerField(default=1)
    version = models.PositiveIntegerField(
        null=True, blank=True, help_text="number of the latest published version"
    )
    node_count = models.PositiveIntegerField(default=0)
    keep_days = models.PositiveIntegerField(
        null=True, blank=True, help_text="runs that ended earlier are deleted"
    )
    keep_runs = models.PositiveIntegerField(
        null=True, blank=True, help_text="of runs that ended, no more than these stay"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ("-id",)
        indexes = [
            models.Index(
                fields=["workspace", "is_active", "-id"],
                condition=models.Q(deleted_at__isnull=True),
                name="graphs_of_workspace",
            )
        ]

    def __str__(self) -> str:
        return self.name


class GraphShare(Share):
    graph = models.ForeignKey(Graph, models.CASCADE, related_name="shares")

    class Meta(Share.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["graph", "user"], name="one_share_of_a_graph_each"
            )
        ]
        indexes = [models.Index(fields=["user", "-id"], name="graph_shares_of_user")]


class GraphVersion(models.Model):
    """One frozen state of a graph. Published ones have a number; the others exist
    because an execution of the draft froze them."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    graph = models.ForeignKey(Graph, models.CASCADE, related_name="versions")
    revision = models.PositiveIntegerField()
    number = models.PositiveIntegerField(null=True, blank=True)
    body = StoredJSONField()
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-id",)
        constraints = [
            models.UniqueConstraint(
                fields=["graph", "revision"], name="one_version_of_a_revision"
            ),
            models.UniqueConstraint(
                fields=["graph", "number"], name="one_version_of_a_number"
            ),
        ]

    def __str__(self) -> str:
        name = f"version {self.number}" if self.number else f"draft {self.revision}"
        return f"{self.graph}, {name}"


class Node(models.Model):
    """A block in a version; `node_id` is stable across versions."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    version = models.ForeignKey(GraphVersion, models.CASCADE, related_name="nodes")
    node_id = models.CharField(max_length=200)
    block_id = models.CharField(max_length=36, db_index=True)
    block_name = models.CharField(max_length=200)
    name = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["version", "node_id"], name="node_id_unique_in_version"
            )
        ]

    def __str__(self) -> str:
        return self.name or self.block_name


class Link(models.Model):
    """A link of a version, from an output pin to an input pin."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    version = models.ForeignKey(GraphVersion, models.CASCADE, related_name="links")
    link_id = models.CharField(max_length=200)
    source = models.ForeignKey(Node, models.CASCADE, related_name="links_out")
    source_name = models.CharField(max_length=500)
    sink = models.ForeignKey(Node, models.CASCADE, related_name="links_in")
    sink_name = models.CharField(max_length=500)
    is_static = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"{self.source_name} → {self.sink_name}"


class GraphEvent(models.Model):
    """One edit of a graph. Together they tell how it came to be what it is."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    graph = models.ForeignKey(Graph, models.CASCADE, related_name="events")
    revision = models.PositiveIntegerField()
    kind = models.CharField(max_length=40)
    body = StoredJSONField()
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("graph", "revision")
        constraints = [
            models.UniqueConstraint(
                fields=["graph", "revision"], name="one_edit_of_a_revision"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.revision}"
