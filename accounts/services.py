"""Writes of accounts: registering, and the life of refresh tokens."""

import logging
from datetime import timedelta
from typing import Any, Final, NamedTuple, cast
from uuid import UUID

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.settings import api_settings
from rest_framework_simplejwt.token_blacklist.models import (
    BlacklistedToken,
    OutstandingToken,
)
from rest_framework_simplejwt.tokens import RefreshToken
from rest_framework_simplejwt.utils import datetime_from_epoch, get_md5_hash_password

from accounts.audit import Deed, record
from accounts.audit.origin import origin
from accounts.models import ProgramSession, User, Workspace, WorkspaceMember

logger = logging.getLogger(__name__)

MAX_EMAIL: Final = 254
MAX_PASSWORD: Final = 256
FAMILY_LASTS_AT_MOST: Final = timedelta(days=90)
"""However often its refresh tokens are renewed."""
WORKSPACE_NAME: Final = "My workspace"

FAMILY: Final = "family"
_PASSWORD: Final = api_settings.REVOKE_TOKEN_CLAIM
_UNREADABLE: Final = (
    TokenError, User.DoesNotExist, KeyError, ValidationError, ValueError, OverflowError,
)  # fmt: skip

_validate_email_form = EmailValidator("This is not an e-mail address.")


class Tokens(NamedTuple):
    access: str
    refresh: str


class TokenRefused(Exception):
    """The refresh token is forged, expired, used before, or of someone shut out."""


def user_register(email: str, password: str) -> User:
    """Create a user with a workspace that the user owns.

    Raises:
        ValidationError: by field (`email`, `password`), all faults at once.
    """
    email = email.strip()
    _check(email, password)
    return _user_create(email, password)


def user_register_known(email: str) -> User:
    """The same without a password, for who was signed in by a provider that knows the
    address to be his.

    Raises:
        ValidationError: by field (`email`).
    """
    try:
        email_check(email)
    except ValidationError as error:
        raise ValidationError({"email": error}) from None
    return _user_create(email, None, email_verified_at=timezone.now())


def _user_create(email: str, password: str | None, **fields: Any) -> User:
    try:
        with transaction.atomic():
            user = User.objects.create_user(email, password, **fields)
            _workspace_create(user)
    except IntegrityError:
        # The unique index decides, not a look beforehand: two may register at once.
        message = "Someone is registered with this e-mail address. Sign in instead."
        raise ValidationError(
            {"email": ValidationError(message, code="unique")}
        ) from None
    return user


def _check(email: str, password: str) -> None:
    faults: dict[str, ValidationError] = {}
    try:
        email_check(email)
    except ValidationError as error:
        faults["email"] = error
    try:
        password_check(email, password)
    except ValidationError as error:
        faults["password"] = error
    if faults:
        raise ValidationError(faults)


def email_check(email: str) -> None:
    """Raises ValidationError unless this can be somebody's e-mail address."""
    if len(email) > MAX_EMAIL:
        message = f"An e-mail address has at most {MAX_EMAIL} characters."
        raise ValidationError(message, code="max_length")
    _validate_email_form(email)


def password_check(email: str, password: str, name: str = "") -> None:
    """Raises ValidationError unless the password is good enough for this user."""
    if len(password) > MAX_PASSWORD:
        message = f"A password has at most {MAX_PASSWORD} characters."
        raise ValidationError(message, code="max_length")
    validate_password(password, User(email=email, name=name))


def user_update(
    *,
    user: User,
    name: str | None = None,
    timezone: str | None = None,
    phone: str | None = None,
) -> User:
    """Set what is given; None means not given, and the phone "" is none."""
    given = {"name": name, "timezone": timezone, "phone": phone}
    changed = {key: value for key, value in given.items() if value is not None}
    for key, value in changed.items():
        setattr(user, key, value if key != "phone" else value or None)
    user.save(update_fields=list(changed))
    return user


def workspace_ensure(user: User) -> Workspace:
    """The workspace that the user joined first; made if there is none yet."""
    with transaction.atomic():
        # Of several first requests at once, one makes it and the others find it.
        User.objects.select_for_update().get(pk=user.pk)
        joined = WorkspaceMember.objects.filter(user=user).order_by("id")
        member = joined.select_related("workspace").first()
        return member.workspace if member else _workspace_create(user)


def _workspace_create(user: User) -> Workspace:
    workspace = Workspace.objects.create(name=WORKSPACE_NAME)
    owner = WorkspaceMember.Role.OWNER
    WorkspaceMember.objects.create(workspace=workspace, user=user, role=owner)
    return workspace


class _Refresh(RefreshToken):
    def check_blacklist(self) -> None:
        """Left to the caller, for whom a second use is more than a bad token."""


def tokens_issue(user: User) -> Tokens:
    """Sign the user in from a program.

    The tokens that follow from one signing-in are a `family`, and end with the password
    that they were got for.
    """
    refresh = RefreshToken()
    here, now = origin(), timezone.now()
    with transaction.atomic():
        ProgramSession.objects.filter(user=user, expires_at__lte=now).delete()
        ProgramSession.objects.create(
            id=UUID(refresh["jti"]),
            user=user,
            last_seen_at=now,
            expires_at=datetime_from_epoch(refresh["exp"]),
            address=here.ip,
            user_agent=here.user_agent,
        )
        return _tokens(user, refresh, refresh["jti"])


def _tokens(user: User, refresh: RefreshToken, family: str) -> Tokens:
    refresh["user_id"] = str(user.pk)
    refresh[FAMILY] = family
    refresh[_PASSWORD] = get_md5_hash_password(user.password)
    # The family instead of the token: who reads the table cannot sign in with it.
    OutstandingToken.objects.create(
        user=user,
        jti=refresh["jti"],
        token=refresh[FAMILY],
        created_at=refresh.current_time,
        expires_at=datetime_from_epoch(refresh["exp"]),
    )
    return Tokens(str(refresh.access_token), str(refresh))


def tokens_rotate(refresh: str) -> Tokens:
    """Give new tokens for a refresh token, which is good for this one time.

    Raises:
        TokenRefused: it is not good. If it was used before, one of its two users stole
            it, so what was got for it is no longer good either.
    """
    token, user = _opened(refresh)
    fresh = RefreshToken()
    with transaction.atomic():
        if _is_first_use(token):
            _family_seen(user, token[FAMILY], fresh)
            return _tokens(user, fresh, token[FAMILY])
    _end_reused(user, token[FAMILY])
    raise TokenRefused


def token_revoke(refresh: str) -> None:
    """Sign the program out: the refresh token and what came of it are good no more.
    Raises TokenRefused if the token is so already."""
    token, user = _opened(refresh)
    if not _is_first_use(token):
        _end_reused(user, token[FAMILY])
        raise TokenRefused
    family_end(user, token[FAMILY])


def _opened(refresh: str) -> tuple[_Refresh, User]:
    try:
        token = _Refresh(refresh)  # type: ignore[arg-type]
        user = User.objects.get(pk=token["user_id"], is_active=True)
        is_current = token[_PASSWORD] == get_md5_hash_password(user.password)
    except _UNREADABLE:
        raise TokenRefused from None
    if not is_current or not isinstance(token.get(FAMILY), str):
        raise TokenRefused
    return token, user


def _is_first_use(token: _Refresh) -> bool:
    """Whoever makes the row wins: of two uses at once only one is the first."""
    return cast(tuple[Any, bool], token.blacklist())[1]


def _family_seen(user: User, family: str, fresh: RefreshToken) -> None:
    """
    Raises:
        TokenRefused: somebody ended the family, or it has lasted long enough. Who ends
            it meanwhile waits for the row and then ends the new token, too.
    """
    here, now = origin(), timezone.now()
    found = ProgramSession.objects.filter(
        user=user, id=_family_id(family), created_at__gt=now - FAMILY_LASTS_AT_MOST
    ).update(
        last_seen_at=now,
        expires_at=datetime_from_epoch(fresh["exp"]),
        address=here.ip,
        user_agent=here.user_agent,
    )
    if not found:
        raise TokenRefused


def _end_reused(user: User, family: str) -> None:
    logger.warning(
        "A refresh token of user %s was used again: its family ends", user.pk
    )
    with transaction.atomic():
        family_end(user, family)
        _note_reuse(user)


def _note_reuse(user: User) -> None:
    record(Deed(action="token.reuse", user_id=user.pk, subject=f"user:{user.pk}"))


def family_end(user: User, family: str) -> None:
    """No refresh token that came of this signing-in is good any longer."""
    ProgramSession.objects.filter(user=user, id=_family_id(family)).delete()
    _blacklist(OutstandingToken.objects.filter(user=user, token=family))


def tokens_end(user: User) -> None:
    """The same for every program of the user."""
    ProgramSession.objects.filter(user=user).delete()
    _blacklist(OutstandingToken.objects.filter(user=user))


def _family_id(family: str) -> UUID:
    """
    Raises:
        TokenRefused: it was made otherwise.
    """
    try:
        return UUID(family)
    except ValueError:
        raise TokenRefused from None


def _blacklist(tokens: QuerySet[OutstandingToken]) -> None:
    living = tokens.filter(blacklistedtoken=None, expires_at__gt=timezone.now())
    ended = [BlacklistedToken(token=token) for token in living]
    BlacklistedToken.objects.bulk_create(ended, ignore_conflicts=True)
