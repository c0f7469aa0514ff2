"""How a caller stands to workspaces and to what is in them; who is refused, and how.

What the caller cannot see is not there: 404. What he sees and may not do: 403.
"""

from collections.abc import Mapping
from typing import Any, Final, NoReturn, TypeVar
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db.models import Model, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Now
from django.http import Http404

from accounts.audit.records import Deed, record
from accounts.models import User, WorkspaceMember
from accounts.rights.context import auth_of, is_of_request
from accounts.rights.table import Standing, is_unlimited

M = TypeVar("M", bound=Model)

_SEATS: Final = "_seats"


def seats_of(user: User) -> Mapping[UUID, str]:
    """The user's seat in each workspace within reach, the first joined first. Read once
    for a request."""
    kept = user.__dict__.get(_SEATS)
    if kept is None:
        kept = dict(
            WorkspaceMember.objects.filter(user=user)
            .order_by("id")
            .values_list("workspace_id", "role")
        )
        if is_of_request(user):
            user.__dict__[_SEATS] = kept
    auth = auth_of(user)
    return {id_: seat for id_, seat in kept.items() if auth.reaches(id_)}


def forget_seats(user: User) -> None:
    """After the user joined a workspace."""
    user.__dict__.pop(_SEATS, None)


def workspaces_where(user: User, right: str) -> list[UUID]:
    """The workspaces in which the user's seat gives the right."""
    auth = auth_of(user)
    return [
        id_ for id_, seat in seats_of(user).items() if auth.may(right, Standing(seat))
    ]


def seat_in(user: User, workspace_id: UUID) -> Standing:
    return Standing(seats_of(user).get(workspace_id))


def with_seat(user_id: UUID) -> Subquery:
    """For a query of rows with a workspace: the user's seat there, or null."""
    return Subquery(
        WorkspaceMember.objects.filter(
            workspace=OuterRef("workspace_id"), user=user_id
        ).values("role")[:1]
    )


def with_level(shares: Any, column: str, user_id: UUID, of: str = "pk") -> Subquery:
    """The level of the share that the user holds now, or null. `column` of the table of
    shares names what is shared; `of` is the column of the query that has its id."""
    lasting = Q(expires_at__isnull=True) | Q(expires_at__gt=Now())
    return Subquery(
        shares.objects.filter(lasting, **{column: OuterRef(of)}, user=user_id).values(
            "level"
        )[:1]
    )


def has_right(user: User, right: str, workspace_id: UUID) -> bool:
    """Whether the user may do this to what belongs to the workspace."""
    auth = auth_of(user)
    return auth.reaches(workspace_id) and auth.may(right, seat_in(user, workspace_id))


def check_right(user: User, right: str, workspace_id: UUID) -> None:
    """
    Raises:
        Http404: the workspace is not there for the user.
        PermissionDenied: it is, and the user may not do this in it.
    """
    if has_right(user, right, workspace_id):
        return
    if seat_in(user, workspace_id).is_stranger:
        refuse_stranger(user, right, workspace_id)
    refuse(user, right, workspace_id)


def in_workspaces(user: User, right: str, rows: QuerySet[M]) -> QuerySet[M]:
    """Those of `rows`, which have a workspace, with which the user may do this."""
    return rows.filter(workspace__in=workspaces_where(user, right))


def get_for(user: User, right: str, rows: QuerySet[M], id: UUID) -> M:
    """The row with this id, for doing this to it.

    Raises:
        Http404: there is none, or the user cannot read it.
        PermissionDenied: the user can read it and may not do this.
    """
    row: Any = rows.filter(id=id).first()
    if row is None:
        raise Http404
    if has_right(user, right, row.workspace_id):
        return row  # type: ignore[no-any-return]
    if has_right(user, _reading(right), row.workspace_id):
        refuse(user, right, id)
    refuse_stranger(user, right, id)


def has_standing(user: User, right: str, standing: Standing, row: Any) -> bool:
    """Whether the user may do this to `row`, which has a workspace, as he stands to
    it."""
    auth = auth_of(user)
    return auth.reaches(row.workspace_id) and auth.may(right, standing)


def check_standing(user: User, right: str, standing: Standing, row: Any) -> None:
    """The same where more than the seat counts; `row` has a workspace.

    Raises:
        Http404, PermissionDenied: as `get_for`.
    """
    if has_standing(user, right, standing, row):
        return
    if has_standing(user, _reading(right), standing, row):
        refuse(user, right, row.pk)
    refuse_stranger(user, right, row.pk)


def is_site_admin(user: User) -> bool:
    return is_unlimited(auth_of(user).role)


def refuse(user: User, right: str, subject: object) -> NoReturn:
    _note(user, right, subject)
    raise PermissionDenied(f"This needs the right {right}, which you do not have here.")


def refuse_stranger(user: User, right: str, subject: object) -> NoReturn:
    """What is there for others reads as if it were not there."""
    _note(user, right, subject)
    raise Http404


def _note(user: User, right: str, subject: object) -> None:
    record(
        Deed(
            action="authz.denied",
            user_id=user.pk,
            subject=f"{right.partition(':')[0]}:{subject}",
            detail={"right": right},
        )
    )


def _reading(right: str) -> str:
    return f"{right.partition(':')[0]}:read"
