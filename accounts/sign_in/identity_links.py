"""Linking a provider to one's account, while signed in.

It begins with a link, since our pages may send forms nowhere else; the link holds a
mark of the session, so that no other site can begin it.
"""

from typing import Final

from django.contrib import messages
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from accounts.models import User
from accounts.sign_in.identities import identity_link
from accounts.sign_in.oidc import Known, NotBegun

LIFETIME_S: Final = 3_600
_SALT: Final = "identity-link"


def link_mark(request: HttpRequest) -> str:
    return signing.dumps(_session_of(request), salt=_SALT)


def who_links(request: HttpRequest) -> str:
    """The id of the user who asks to link, or nothing: then it is to sign in."""
    mark = request.GET.get("link")
    if not mark or not isinstance(request.user, User):
        return ""
    try:
        marked = signing.loads(mark, salt=_SALT, max_age=LIFETIME_S)
    except signing.BadSignature:
        return ""
    return str(request.user.pk) if marked == _session_of(request) else ""


def linked(request: HttpRequest, known: Known) -> HttpResponse:
    """
    Raises:
        NotBegun: somebody else is signed in by now, or nobody.
        IdentityRefused: it cannot be linked.
    """
    user = request.user
    if not isinstance(user, User) or str(user.pk) != known.links:
        raise NotBegun
    identity_link(user, known)
    messages.success(request, f"{known.provider.label} signs you in from now on, too.")
    return redirect("identities")


def _session_of(request: HttpRequest) -> list[str]:
    return [str(request.user.pk), str(request.session.session_key)]
