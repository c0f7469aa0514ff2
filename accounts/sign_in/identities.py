"""Whose account it is that a provider tells of."""

from typing import Final
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.audit import Deed, record
from accounts.models import Identity, User
from accounts.services import user_register_known
from accounts.sign_in.letters import notice_order
from accounts.sign_in.oidc import Known
from core.keys import blind_index

_NO_EMAIL: Final = "{0} does not say that it has checked your e-mail address."
_NOT_TAKEN: Final = "Addresses like yours may not sign in by {0}."
_UNCONFIRMED: Final = (
    "There is an account with your address, which nobody has confirmed. Ask for a new "
    "password: its mail shows that the address is yours. Then try again."
)
_NO_ACCOUNT: Final = "You have no account here yet. Ask whoever runs this site."
_OF_ANOTHER: Final = "This {0} account signs in to another account here."
_LAST: Final = (
    "It is your only way in. Set a password first: ask for a new one by mail."
)
_OFF: Final = "This account is switched off. Ask whoever runs this site."


class IdentityRefused(Exception):
    """Nobody is signed in; the text says why, to the person who tried."""


def identity_user(known: Known) -> User:
    """The account of this person, linked or made if it has to be.

    Raises:
        IdentityRefused: there is none for him.
    """
    if known.provider.domains and not _may_come(known):
        raise IdentityRefused(_NOT_TAKEN.format(known.provider.label))
    mine = Identity.objects.filter(issuer=known.provider.issuer, subject=known.subject)
    identity = mine.select_related("user").first()
    user = identity.user if identity is not None else _linked(known)
    if not user.is_active:
        raise IdentityRefused(_OFF)
    mine.update(last_used_at=timezone.now())
    return user


def identities_of(user: User) -> QuerySet[Identity]:
    """The first linked first."""
    return Identity.objects.filter(user=user).order_by("id")


@transaction.atomic
def identity_link(user: User, known: Known) -> None:
    """Let this person sign in as `user`, who asked for it while signed in.

    Raises:
        IdentityRefused: he may not come, or is known as somebody else.
    """
    if known.provider.domains and not _may_come(known):
        raise IdentityRefused(_NOT_TAKEN.format(known.provider.label))
    mine = Identity.objects.filter(issuer=known.provider.issuer, subject=known.subject)
    found = mine.first()
    if found is None:
        _link(user, known)
    elif found.user_id != user.pk:
        raise IdentityRefused(_OF_ANOTHER.format(known.provider.label))


@transaction.atomic
def identity_unlink(user: User, id: UUID) -> bool:
    """False: it is none of his.

    Raises:
        IdentityRefused: nothing else lets the user in.
    """
    # Two that are ended at once would each take the other for what is left.
    User.objects.select_for_update().get(pk=user.pk)
    identity = identities_of(user).filter(id=id).first()
    if identity is None:
        return False
    if not user.has_usable_password() and identities_of(user).count() == 1:
        raise IdentityRefused(_LAST)
    identity.delete()
    record(
        Deed(
            action="identity.unlinked",
            user_id=user.pk,
            subject=f"user:{user.pk}",
            detail={"issuer": identity.issuer},
        )
    )
    notice_order(user, f"You cannot sign in by {identity.issuer} any more.")
    return True


def _may_come(known: Known) -> bool:
    return known.email_verified and known.provider.takes(known.email)


def _linked(known: Known) -> User:
    if not known.email or not known.email_verified:
        raise IdentityRefused(_NO_EMAIL.format(known.provider.label))
    try:
        with transaction.atomic():
            user = _of_address(known.email) or _made(known)
            return _link(user, known)
    except IntegrityError:
        # The same person at once in another window: that one has made the link.
        found = Identity.objects.select_related("user").get(
            issuer=known.provider.issuer, subject=known.subject
        )
        return found.user


def _of_address(email: str) -> User | None:
    """Who registered with it might not be who reads it: then the account is not given
    to the reader, for the other one has a password to it."""
    user = User.objects.filter(email_index=blind_index(email)).first()
    if user is not None and user.email_verified_at is None:
        raise IdentityRefused(_UNCONFIRMED)
    return user


def _made(known: Known) -> User:
    if not known.provider.auto_create:
        raise IdentityRefused(_NO_ACCOUNT)
    try:
        return user_register_known(known.email)
    except ValidationError:
        # The same person at once in another window may have made it.
        found = _of_address(known.email)
        if found is None:
            raise IdentityRefused(_NO_EMAIL.format(known.provider.label)) from None
        return found


def _link(user: User, known: Known) -> User:
    Identity.objects.create(
        user=user, issuer=known.provider.issuer, subject=known.subject
    )
    record(
        Deed(
            action="identity.linked",
            user_id=user.pk,
            subject=f"user:{user.pk}",
            detail={"provider": known.provider.name},
        )
    )
    told = f"From now on you can sign in by {known.provider.label}, too."
    notice_order(user, told)
    return user
