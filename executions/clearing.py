"""Clears away what is left of workspaces that were deleted.

Bit by bit, each in a transaction of its own: what is done is done, whoever dies in
between, and the next call sees what is left. The row of the workspace goes last.
"""

import time
from collections.abc import Iterator
from typing import Any, Final
from uuid import UUID

from django.utils import timezone

from accounts.models import Workspace
from executions.models import Execution, StoredFile
from executions.retention import erase
from graphs.models import Graph, GraphVersion

WORK_S: Final = 0.2


def clear() -> int:
    """Go on for a moment; how many bits were done."""
    until, done = time.monotonic() + WORK_S, 0
    for _ in steps():
        done += 1
        if time.monotonic() > until:
            break
    return done


def steps() -> Iterator[None]:
    """It may be left at any step."""
    ended = Workspace.objects.filter(deleted_at__isnull=False).order_by("id")
    for id_ in list(ended.values_list("id", flat=True)):
        yield from _of_workspace(id_)


def _of_workspace(id_: UUID) -> Iterator[None]:
    # As a range, or the database may walk through everybody's rows.
    runs = Execution.objects.filter(workspace_id__gte=id_, workspace_id__lte=id_)
    tops = runs.filter(parent__isnull=True).order_by("workspace_id", "id")
    while erase(tops):
        yield
    for graph_id in _ids(Graph.objects.filter(workspace=id_)):
        yield from _of_graph(graph_id)
    files = StoredFile.objects.filter(workspace=id_)
    # One whose content was on its way when the workspace ended.
    files.filter(expires_at__isnull=True).update(sha256="", expires_at=timezone.now())
    if not files.exists():
        _delete(Workspace.objects.filter(id=id_))
        yield


def _of_graph(id_: UUID) -> Iterator[None]:
    for version_id in _ids(GraphVersion.objects.filter(graph=id_)):
        _delete(GraphVersion.objects.filter(id=version_id))
        yield
    _delete(Graph.objects.filter(id=id_))
    yield


def _ids(rows: Any) -> list[UUID]:
    return list(rows.order_by("id").values_list("id", flat=True))


def _delete(rows: Any) -> None:
    """With what hangs on them. Nothing sealed is read: its key is gone."""
    rows.only("id").delete()
