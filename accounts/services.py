"""Writes of accounts: registering, and the life of refresh tokens."""

import logging
from typing import Any, Final, NamedTuple, cast

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator
from django.db import IntegrityError, transaction
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.settings import api_settings
from rest_framework_simplejwt.token_blacklist.models import (
    BlacklistedToken,
    OutstandingToken,
)
from rest_framework_simplejwt.tokens import RefreshToken
from rest_framework_simplejwt.utils import datetime_from_epoch, get_md5_hash_password

from accounts.models import User, Workspace, WorkspaceMember

logger = logging.getLogger(__name__)

MAX_EMAIL: Final = 254
MAX_PASSWORD: Final = 256
WORKSPACE_NAME: Final = "My workspace"

_FAMILY: Final = "family"
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
    try:
        with transaction.atomic():
            user = User.objects.create_user(email, password)
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


def password_check(email: str, password: str) -> None:
    """Raises ValidationError unless the password is good enough for this user."""
    if len(password) > MAX_PASSWORD:
        message = f"A password has at most {MAX_PASSWORD} characters."
        raise ValidationError(message, code="max_length")
    validate_password(password, User(email=email))


def user_update(
    *, user: User, name: str | None = None, timezone: str | None = None
) -> User:
    """Set what is given; None means not given."""
    given = {"name": name, "timezone": timezone}
    changed = {key: value for key, value in given.items() if value is not None}
    for key, value in changed.items():
        setattr(user, key, value)
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


def tokens_issue(user: User, family: str = "") -> Tokens:
    """Sign the user in from a program.

    The tokens that follow from one signing-in are a `family`, and end with the password
    that they were got for.
    """
    refresh = RefreshToken()
    refresh["user_id"] = str(user.pk)
    refresh[_FAMILY] = family or refresh["jti"]
    refresh[_PASSWORD] = get_md5_hash_password(user.password)
    # The family instead of the token: who reads the table cannot sign in with it.
    OutstandingToken.objects.create(
        user=user,
        jti=refresh["jti"],
        token=refresh[_FAMILY],
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
    with transaction.atomic():
        if _is_first_use(token):
            return tokens_issue(user, token[_FAMILY])
    _family_end(user, token[_FAMILY])
    raise TokenRefused


def token_revoke(refresh: str) -> None:
    """Make a refresh token useless. Raises TokenRefused if it is so already."""
    token, user = _opened(refresh)
    if not _is_first_use(token):
        _family_end(user, token[_FAMILY])
        raise TokenRefused


def _opened(refresh: str) -> tuple[_Refresh, User]:
    try:
        token = _Refresh(refresh)  # type: ignore[arg-type]
        user = User.objects.get(pk=token["user_id"], is_active=True)
        is_current = token[_PASSWORD] == get_md5_hash_password(user.password)
    except _UNREADABLE:
        raise TokenRefused from None
    if not is_current or not isinstance(token.get(_FAMILY), str):
        raise TokenRefused
    return token, user


def _is_first_use(token: _Refresh) -> bool:
    """Whoever makes the row wins: of two uses at once only one is the first."""
    return cast(tuple[Any, bool], token.blacklist())[1]


def _family_end(user: User, family: str) -> None:
    logger.warning(
        "A refresh token of user %s was used again: its family ends", user.pk
    )
    living = OutstandingToken.objects.filter(
        user=user, token=family, blacklistedtoken=None
    )
    ended = [BlacklistedToken(token=token) for token in living]
    BlacklistedToken.objects.bulk_create(ended, ignore_conflicts=True)
