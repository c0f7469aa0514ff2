"""Where somebody is signed in, by browser or by program, and how that ends."""

from datetime import datetime
from typing import Literal, NamedTuple
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts import services
from accounts.audit import Deed, record
from accounts.models import BrowserSession, ProgramSession, User
from accounts.models.sign_in import Digest, digest_of
from accounts.sign_in.store import IDLE_AT_MOST, LASTS_AT_MOST


class Current(NamedTuple):
    """The place that a request comes from: a browser's, a program's, or neither."""

    browser: Digest | None = None
    program: UUID | None = None


class Place(NamedTuple):
    id: UUID
    kind: Literal["browser", "program"]
    created_at: datetime
    last_seen_at: datetime
    address: str
    user_agent: str
    is_current: bool


def current_browser(session_key: str | None) -> Current:
    return Current(browser=None if session_key is None else digest_of(session_key))


def places_of(user: User, current: Current) -> list[Place]:
    """Where the user is signed in, the last used first."""
    browsers = [
        _place("browser", row.handle, row, row.session_key == current.browser)
        for row in _browsers(user)
    ]
    programs = [
        _place("program", row.id, row, row.id == current.program)
        for row in _programs(user)
    ]
    found = [*browsers, *programs]
    return sorted(found, key=lambda place: place.last_seen_at, reverse=True)


@transaction.atomic
def place_end(user: User, id: UUID) -> bool:
    """Sign the user out there. False: there is no such place of his."""
    browsers, programs = (
        _browsers(user).filter(handle=id),
        _programs(user).filter(id=id),
    )
    ended = bool(browsers.delete()[0])
    if programs.exists():
        services.family_end(user, id.hex)
        ended = True
    if ended:
        _note(user, "session.ended", id)
    return ended


@transaction.atomic
def places_end_others(user: User, current: Current) -> int:
    """Sign the user out everywhere but here."""
    browsers = BrowserSession.objects.filter(user=user)
    programs = ProgramSession.objects.filter(user=user)
    if current.browser is not None:
        browsers = browsers.exclude(pk=current.browser)
    if current.program is not None:
        programs = programs.exclude(pk=current.program)
    count = browsers.delete()[0]
    for family in programs.values_list("id", flat=True):
        services.family_end(user, family.hex)
        count += 1
    _note(user, "session.others_ended", user.pk)
    return count


def sign_out_everywhere(user: User) -> None:
    """End every session and refresh token. Access tokens and tickets end by themselves,
    for they hold a stamp of the password and of who is active."""
    BrowserSession.objects.filter(user=user).delete()
    services.tokens_end(user)


def _browsers(user: User) -> QuerySet[BrowserSession]:
    now = timezone.now()
    return BrowserSession.objects.filter(
        user=user,
        expire_date__gt=now,
        last_seen_at__gt=now - IDLE_AT_MOST,
        created_at__gt=now - LASTS_AT_MOST,
    )


def _programs(user: User) -> QuerySet[ProgramSession]:
    return ProgramSession.objects.filter(user=user, expires_at__gt=timezone.now())


def _place(
    kind: Literal["browser", "program"],
    id: UUID,
    row: BrowserSession | ProgramSession,
    is_current: bool,
) -> Place:
    return Place(
        id,
        kind,
        row.created_at,
        row.last_seen_at,
        row.address,
        row.user_agent,
        is_current,
    )


def _note(user: User, action: str, subject: UUID) -> None:
    record(Deed(action=action, user_id=user.pk, subject=f"session:{subject}"))
