"""Writes to graphs. Each appends a graph event in the transaction of the write."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final, NamedTuple, TypedDict, TypeVar, Unpack
from uuid import UUID

from django.db import transaction
from django.http import Http404
from django.utils import timezone

from accounts.audit import Deed, record
from accounts.models import User
from accounts.selectors import workspace_for
from core.http import parsed_uuid
from core.ids import new_id
from core.stored import sealed_value
from graphs.domain.bundle import renamed, unpack
from graphs.domain.document import from_document, to_document
from graphs.domain.findings import Finding, errors_of
from graphs.domain.history import changes
from graphs.domain.model import Graph
from graphs.domain.parse import UNTITLED
from graphs.domain.transfer import ImportReport
from graphs.domain.validation import validate
from graphs.freezing import UnknownVersion, graph_freeze
from graphs.models import Graph as GraphRow
from graphs.models import GraphEvent, GraphVersion
from graphs.references import check_references

__all__ = [
    "ErrorFindings", "Imported", "RevisionConflict", "UnknownVersion", "graph_create",
    "graph_delete", "graph_freeze", "graph_import", "graph_patch", "graph_publish",
    "graph_save_draft",
]  # fmt: skip

T = TypeVar("T")

CREATED: Final = "graph.created"
IMPORTED: Final = "graph.imported"
SAVED: Final = "draft.saved"
CHANGED: Final = "graph.changed"
PUBLISHED: Final = "graph.published"
DELETED: Final = "graph.deleted"

_ATTEMPTS: Final = 5


class RevisionConflict(Exception):
    """The graph was edited since the revision that the writer saw."""

    def __init__(self, current: int) -> None:
        super().__init__(f"the graph is at revision {current} now: read it again")
        self.current = current


class ErrorFindings(Exception):
    """The graph cannot be published as it is."""

    def __init__(self, findings: list[Finding]) -> None:
        super().__init__(f"{len(findings)} errors are in the way")
        self.findings = findings


class Imported(NamedTuple):
    graph: GraphRow
    report: ImportReport


class Settings(TypedDict, total=False):
    """What a graph has beside its draft. Of its runs those are kept that ended within
    `keep_days`, and `keep_runs` at most; None: as many as the settings say."""

    is_active: bool
    keep_days: int | None
    keep_runs: int | None


class _Raced(Exception):
    """Another write came between reading the row and changing it."""


def graph_create(
    *, user: User, graph: Graph | None = None, name: str = UNTITLED
) -> GraphRow:
    """A new graph in the user's workspace, empty unless `graph` is given.

    Raises:
        GraphFormatError: it names a credential or an agent that is not there.
    """
    if graph is not None:
        check_references(user, workspace_for(user, "graph:create").id, graph)
    return _create(user, Graph(name=name) if graph is None else graph, CREATED)


def graph_import(*, user: User, document: object) -> Imported:
    """Store an exported agent as a new graph.

    Raises:
        GraphFormatError: it, or one in it, is no agent; nothing is stored.
    """
    bundle = unpack(document)
    ids = {old: str(new_id()) for old in (*bundle.parts, bundle.id)}
    with transaction.atomic():
        for old, part in bundle.parts.items():
            _create(user, renamed(part, ids), IMPORTED, id=UUID(ids[old]))
        top = renamed(bundle.top, ids)
        row = _create(user, top, IMPORTED, id=UUID(ids[bundle.id]))
    return Imported(row, _told(bundle.report, ids, row))


def _told(report: ImportReport, ids: Mapping[str, str], row: GraphRow) -> ImportReport:
    """With the ids that the agents have here; those that were here before are not
    missing."""
    named = [id_ for id_ in report.agents_missing if parsed_uuid(id_)]
    here = GraphRow.objects.filter(
        id__in=named, workspace_id=row.workspace_id, deleted_at__isnull=True
    )
    known = {str(id_) for id_ in here.values_list("id", flat=True)}
    return replace(
        report,
        parts=tuple((ids[old], part) for old, part in report.parts),
        agents_missing=tuple(i for i in report.agents_missing if i not in known),
    )


def _create(user: User, graph: Graph, kind: str, id: UUID | None = None) -> GraphRow:
    draft = to_document(graph)
    with transaction.atomic():
        row = GraphRow(
            id=id or new_id(),
            workspace=workspace_for(user, "graph:create"),
            owner=user,
            draft=draft,
        )
        for key, value in _columns(draft).items():
            setattr(row, key, value)
        row.save(force_insert=True)
        body = {"draft": draft}
        GraphEvent.objects.create(
            graph=row, revision=row.revision, kind=kind, body=body, actor=user
        )
    return row


def graph_save_draft(
    *, user: User, graph: GraphRow, draft: Graph, expected_revision: int | None = None
) -> GraphRow:
    """Replace the draft. What an import brought besides the graph stays.

    Publishing is no edit: a writer who saw the revision before it may still save.

    Raises:
        RevisionConflict: the graph is past `expected_revision`.
        GraphFormatError: it names a credential or an agent that is not there, which it
            did not before.
    """

    def write() -> GraphRow:
        row = _fresh(graph.pk)
        _expect(row, expected_revision)
        check_references(user, row.workspace_id, draft, from_document(row.draft))
        kept = replace(draft, extra=row.draft["extra"])
        return _store(row, user, SAVED, to_document(kept))

    return _settle(write)


def graph_patch(
    *,
    user: User,
    graph: GraphRow,
    name: str | None = None,
    description: str | None = None,
    expected_revision: int | None = None,
    **settings: Unpack[Settings],
) -> GraphRow:
    """Set what is given; a name or description of None is not given.

    Raises:
        RevisionConflict: the graph is past `expected_revision`.
    """
    given = {"name": name, "description": description}
    texts = {key: value for key, value in given.items() if value is not None}

    def write() -> GraphRow:
        row = _fresh(graph.pk)
        _expect(row, expected_revision)
        return _store(row, user, CHANGED, row.draft | texts, settings)

    return _settle(write)


def graph_publish(*, user: User, graph: GraphRow) -> GraphVersion:
    """Freeze the draft under the next number; one that has a number keeps it.

    Raises:
        ErrorFindings: the draft has findings that are errors.
    """

    def write() -> GraphVersion:
        row = _fresh(graph.pk)
        if errors := errors_of(validate(from_document(row.draft))):
            raise ErrorFindings(errors)
        version = graph_freeze(row, "draft", user=user)
        if version.number is None:
            _number(row, version, user)
        return version

    return _settle(write)


def _number(row: GraphRow, version: GraphVersion, user: User) -> None:
    number = (row.version or 0) + 1
    _commit(row, user, PUBLISHED, {"version": number}, version=number)
    # The content of this revision is that of the one before, which was frozen.
    version.number, version.revision = number, row.revision
    version.save(update_fields=["number", "revision"])
    record(
        Deed(
            action="graph.published",
            user_id=user.pk,
            workspace_id=row.workspace_id,
            subject=f"graph:{row.pk}",
            detail={"version": number},
        )
    )


def graph_delete(*, user: User, graph: GraphRow) -> None:
    """Hide the graph for good; its runs keep what they ran."""

    def write() -> None:
        _commit(_fresh(graph.pk), user, DELETED, {}, deleted_at=timezone.now())

    _settle(write)


def _settle(write: Callable[[], T]) -> T:
    """Write in a transaction, again if another write came between."""
    for _ in range(_ATTEMPTS):
        try:
            with transaction.atomic():
                return write()
        except _Raced as race:
            raced = race
    raise RevisionConflict(int(raced.args[0]))


def _fresh(id: UUID) -> GraphRow:
    """
    Raises:
        Http404: it was deleted meanwhile.
    """
    row = GraphRow.objects.filter(pk=id, deleted_at__isnull=True).first()
    if row is None:
        raise Http404
    return row


def _expect(row: GraphRow, revision: int | None) -> None:
    if revision is None or revision == row.revision:
        return
    since = GraphEvent.objects.filter(graph=row, revision__gt=revision)
    if revision > row.revision or since.exclude(kind=PUBLISHED).exists():
        raise RevisionConflict(row.revision)


def _store(
    row: GraphRow,
    user: User,
    kind: str,
    draft: Mapping[str, Any],
    settings: Settings | None = None,
) -> GraphRow:
    """Make `draft` the draft; a write that changes nothing leaves no trace."""
    body: dict[str, Any] = {"draft": changes(row.draft, draft)}
    columns: dict[str, Any] = {}
    if body["draft"]:
        columns = {"draft": dict(draft), **_columns(draft)}
    for name, value in (settings or {}).items():
        if value != getattr(row, name):
            body[name] = columns[name] = value
    if columns:
        _commit(row, user, kind, body, **columns)
    return row


def _columns(draft: Mapping[str, Any]) -> dict[str, Any]:
    """What lists show of a draft."""
    return {
        "name": draft["name"],
        "description": draft["description"],
        "node_count": len(draft["nodes"]),
    }


def _commit(
    row: GraphRow, user: User, kind: str, body: Mapping[str, Any], **columns: Any
) -> None:
    """Change the row if it is still as it was read, and append the event."""
    columns |= {"revision": row.revision + 1, "updated_at": timezone.now()}
    as_read = GraphRow.objects.filter(
        pk=row.pk, revision=row.revision, deleted_at__isnull=True
    )
    written = dict(columns)
    if "draft" in written:
        written["draft"] = sealed_value(row, "draft", written["draft"])
    if not as_read.update(**written):
        raise _Raced(row.revision)
    for key, value in columns.items():
        setattr(row, key, value)
    GraphEvent.objects.create(
        graph=row, revision=row.revision, kind=kind, body=dict(body), actor=user
    )
