"""Reads of reviews and of the rules that answer them, each for somebody."""

from typing import Final
from uuid import UUID

from django.db.models import QuerySet

from accounts.models import User, WorkspaceMember
from accounts.rights.standing import get_for, in_workspaces
from executions.models import Execution, Review, ReviewRule

PENDING: Final = Review.Status.PENDING
COUNTED_AT_MOST: Final = 100

_NOT_SHOWN: Final = (
    "execution__inputs",
    "execution__outputs",
    "execution__errors",
    "execution__options",
    "execution__graph__draft",
)


def review_list(
    user: User,
    status: str | None = None,
    execution: UUID | None = None,
    assignee: User | None = None,
) -> QuerySet[Review]:
    """Newest first, without what they ask about."""
    wanted = {"status": status, "execution": execution, "assignee": assignee}
    return (
        _of(user)
        .filter(**{name: value for name, value in wanted.items() if value is not None})
        .defer("data", "answer", *_NOT_SHOWN)
        .order_by("-id")
    )


def review_get(user: User, id: UUID, right: str = "review:read") -> Review:
    """
    Raises:
        Http404: there is none, or the user cannot read it.
        PermissionDenied: the user can read it and may not do this.
    """
    return get_for(user, right, _reviews().defer(*_NOT_SHOWN), id)


def _of(user: User) -> QuerySet[Review]:
    return in_workspaces(user, "review:read", _reviews())


def _reviews() -> QuerySet[Review]:
    return Review.objects.select_related("execution__graph", "assignee", "answered_by")


def pending_of(execution: Execution) -> QuerySet[Review]:
    """The reviews that the execution waits for, the oldest first."""
    return (
        Review.objects.filter(execution=execution, status=PENDING)
        .only("id", "title", "node_id")
        .order_by("id")
    )


def pending_count(user: User) -> int:
    """How many reviews wait for an answer, counted up to `COUNTED_AT_MOST`."""
    mine = in_workspaces(user, "review:read", Review.objects.filter(status=PENDING))
    return mine[:COUNTED_AT_MOST].count()


def people_to_ask(review: Review) -> QuerySet[User]:
    """Who may be asked to answer: the members of its workspace."""
    return User.objects.filter(workspaces=review.workspace_id, is_active=True).order_by(
        "id"
    )


def may_answer(user: User, review: Review) -> bool:
    """Any member, if nobody was asked in particular; else that one, or an owner."""
    if review.assignee_id in (None, user.id):
        return True
    return WorkspaceMember.objects.filter(
        workspace=review.workspace_id, user=user, role=WorkspaceMember.Role.OWNER
    ).exists()


def rule_list(user: User, graph: UUID | None = None) -> QuerySet[ReviewRule]:
    found = in_workspaces(user, "review:read", _rules()).order_by("-id")
    return found if graph is None else found.filter(graph=graph)


def rule_get(user: User, id: UUID, right: str = "review:read") -> ReviewRule:
    """
    Raises:
        Http404: there is none, or the user cannot read it.
        PermissionDenied: the user can read it and may not do this.
    """
    return get_for(user, right, _rules(), id)


def _rules() -> QuerySet[ReviewRule]:
    return ReviewRule.objects.select_related("graph", "created_by").defer(
        "graph__draft"
    )
