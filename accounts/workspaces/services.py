"""Writes of workspaces: making and changing one, its members, and whom it invites."""

from datetime import timedelta
from hashlib import sha256
from secrets import token_urlsafe
from typing import Any, Final, NamedTuple

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from accounts.audit.records import Deed, record
from accounts.models import ApiKey, Invitation, User, Workspace, WorkspaceMember
from accounts.people import wrong
from accounts.rights.standing import forget_seats
from accounts.services import email_check
from accounts.sign_in.links import link_to
from accounts.sign_in.mail import mail_order
from accounts.workspaces.signals import member_left
from core.http import Problem
from core.keys import blind_index
from core.ratelimit.refusals import count, rates

INVITED_FOR: Final = timedelta(days=7)
OWNER: Final = WorkspaceMember.Role.OWNER


INVITATION: Final = "invitation"
"""The kind of mail."""


class Invited(NamedTuple):
    """`link` opens the invitation, for who is to be told of it by hand; None where the
    site mails it."""

    row: Invitation
    link: str | None


@transaction.atomic
def workspace_create(*, user: User, name: str) -> Workspace:
    """A new workspace that the user owns."""
    made = Workspace.objects.create(name=name)
    WorkspaceMember.objects.create(workspace=made, user=user, role=OWNER)
    forget_seats(user)
    _note("workspace.created", user, made.pk)
    return made


@transaction.atomic
def workspace_update(
    *,
    user: User,
    workspace: Workspace,
    name: str | None = None,
    strict_input: bool | None = None,
) -> Workspace:
    """Set what is given; None means not given."""
    given = {"name": name, "strict_input": strict_input}
    changed = {key: value for key, value in given.items() if value is not None}
    for key, value in changed.items():
        setattr(workspace, key, value)
    if changed:
        workspace.save(update_fields=list(changed))
        _note("workspace.changed", user, workspace.pk, **changed)
    return workspace


# --- Members --------------------------------------------------------------------------


@transaction.atomic
def member_change(*, user: User, member: WorkspaceMember, role: str) -> None:
    """
    Raises:
        Problem: 409, nobody would own the workspace.
    """
    _lock(member.workspace_id)
    if role != OWNER:
        _check_not_last_owner(member)
    member.role = WorkspaceMember.Role(role)
    member.save(update_fields=["role"])
    _note("member.changed", user, member.workspace_id, member=member.user_id, role=role)


@transaction.atomic
def member_remove(*, user: User, member: WorkspaceMember) -> None:
    """His keys of the workspace open nothing from now on. What he made there stays, for
    it belongs to the workspace; what starts by itself there an owner looks after.

    Raises:
        Problem: 409, nobody would own the workspace.
    """
    _lock(member.workspace_id)
    _check_not_last_owner(member)
    keys = ApiKey.objects.filter(workspace=member.workspace_id, user=member.user_id)
    keys.filter(revoked_at__isnull=True).update(revoked_at=Now())
    _note("member.removed", user, member.workspace_id, member=member.user_id)
    member_left.send(
        sender=WorkspaceMember,
        workspace_id=member.workspace_id,
        user_id=member.user_id,
        heir_id=_other_owners(member).order_by("id")[0].user_id,
    )
    member.delete()
    forget_seats(user)


def _lock(workspace_id: Any) -> None:
    """Of two owners who leave at once, the second finds that he is the last."""
    Workspace.objects.select_for_update().get(id=workspace_id)


def _check_not_last_owner(member: WorkspaceMember) -> None:
    if not _other_owners(member).exists():
        text = "A workspace needs an owner. Make somebody else one first."
        raise Problem(409, "The last owner", text, code="last-owner")


def _other_owners(member: WorkspaceMember) -> QuerySet[WorkspaceMember]:
    owners = WorkspaceMember.objects.filter(workspace=member.workspace_id, role=OWNER)
    return owners.exclude(pk=member.pk)


# --- Invitations ----------------------------------------------------------------------


@transaction.atomic
def invitation_create(
    *, user: User, workspace: Workspace, email: str, role: str
) -> Invited:
    """Ask somebody to join. Whoever is sent the link may, once, for a week.

    Raises:
        ValidationError: this is no e-mail address.
        Problem: 400, the person belongs to the workspace already; 429, too many asked.
    """
    email = email.strip()
    email_check(email)
    count(f"invitations:{user.pk}", rates().mails_asked)
    known = WorkspaceMember.objects.filter(
        workspace=workspace, user__email_index=blind_index(email)
    )
    if known.exists():
        raise wrong("email", "This person belongs to the workspace already.", "member")
    row = Invitation(
        workspace=workspace,
        email=email,
        role=role,
        digest=_digest(token_urlsafe(32)),
        invited_by=user,
        expires_at=timezone.now() + INVITED_FOR,
    )
    row.save(force_insert=True)
    _note("invitation.created", user, workspace.pk, role=role)
    if not settings.MAIL_IS_ON:
        return Invited(row, link_issue(row))
    mail_order(INVITATION, email, {"id": str(row.pk)})
    return Invited(row, None)


def link_issue(invitation: Invitation) -> str:
    """A link that opens it, in place of any earlier one."""
    token = token_urlsafe(32)
    invitation.digest = _digest(token)
    invitation.save(update_fields=["digest"])
    return link_to("join", token)


@transaction.atomic
def invitation_accept(*, user: User, token: str) -> Workspace:
    """Join. Who belongs to the workspace already keeps his role there.

    Raises:
        Problem: 400, there is no such invitation, or not any longer.
    """
    row = invitation_of(token)
    if row is None or not Invitation.objects.filter(pk=row.pk).delete()[0]:
        text = "This invitation is not valid, or no longer. Ask for another."
        raise Problem(400, "No invitation", text, code="no-invitation")
    WorkspaceMember.objects.get_or_create(
        workspace=row.workspace, user=user, defaults={"role": row.role}
    )
    forget_seats(user)
    _note("invitation.accepted", user, row.workspace_id, role=row.role)
    return row.workspace


def invitation_of(token: str) -> Invitation | None:
    """The invitation that the token opens, if it is still good."""
    found = Invitation.objects.filter(
        digest=_digest(token), expires_at__gt=Now()
    ).select_related("workspace", "invited_by")
    return found.first()


@transaction.atomic
def invitation_withdraw(*, user: User, invitation: Invitation) -> None:
    _note("invitation.withdrawn", user, invitation.workspace_id)
    invitation.delete()


def _digest(token: str) -> bytes:
    # A guess from outside may hold what UTF-8 cannot; it is to be wrong, not an error.
    return sha256(f"invitation:{token}".encode(errors="replace")).digest()


def _note(action: str, user: User, workspace_id: Any, **detail: Any) -> None:
    told = {name: str(value) for name, value in detail.items()}
    record(
        Deed(
            action=action,
            user_id=user.pk,
            workspace_id=workspace_id,
            subject=f"workspace:{workspace_id}",
            detail=told,
        )
    )
