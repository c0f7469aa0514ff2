"""The guards of API views and of pages. Both ask the table, and deny by default."""

from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from typing import Any, Final
from uuid import UUID

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from accounts.models import User
from accounts.rights.context import AuthContext, auth_of, signed_in_as
from accounts.rights.standing import seats_of
from accounts.rights.table import RIGHTS

WORKSPACE_IN_SESSION: Final = "workspace"

Page = Callable[..., HttpResponseBase]


class HasRight(BasePermission):
    """A view says in `rights` which right each of its methods needs. What it does not
    say nobody may do."""

    def has_permission(self, request: Request, view: Any) -> bool:
        if not isinstance(request.user, User):
            return False
        method = str(request.method)
        if not hasattr(view, method.lower()):
            return True  # it is answered 405
        wanted = rights_wanted(view, method)
        auth = auth_of(request.user)
        if any(auth.may_ever(right) for right in wanted):
            return True
        self.message = _needs(wanted)
        return False


def rights_wanted(view: Any, method: str) -> list[str]:
    """What the method of the view needs; for OPTIONS any of its rights will do."""
    declared: dict[str, str] = getattr(view, "rights", {})
    if method == "OPTIONS":
        return list(declared.values())
    right = declared.get("GET" if method == "HEAD" else method)
    return [] if right is None else [right]


def _needs(wanted: list[str]) -> str:
    if not wanted:
        return "Nobody may do this here."
    return f"This needs the right {' or '.join(wanted)}, which you do not have."


def require_permission(
    resource: str, action: str, **by_method: str
) -> Callable[[Page], Page]:
    """For pages: the visitor is signed in, and his role has the right with some reach.
    Whether he has it with this very thing is told where that is fetched. A method that
    needs another action is named with it, as `POST="update"`.

    Raises:
        ValueError: there is no such right.
    """
    rights = {
        method: known_right(resource, named)
        for method, named in {"GET": action, "POST": action, **by_method}.items()
    }

    def guard(page: Page) -> Page:
        @wraps(page)
        def guarded(
            request: HttpRequest, *args: Any, **kwargs: Any
        ) -> HttpResponseBase:
            if not isinstance(request.user, User):
                return redirect_to_login(request.get_full_path())
            auth = come_in_by_session(request, request.user)
            right = rights["POST" if request.method == "POST" else "GET"]
            if not auth.may_ever(right):
                raise PermissionDenied(_needs([right]))
            return page(request, *args, **kwargs)

        guarded.rights = rights  # type: ignore[attr-defined]
        return guarded

    return guard


def known_right(resource: str, action: str) -> str:
    right = f"{resource}:{action}"
    if right not in RIGHTS:
        raise ValueError(f"There is no right {right}.")
    return right


def come_in_by_session(request: HttpRequest, user: User) -> AuthContext:
    """Who opens pages works in the workspace that was chosen last, while he belongs to
    it."""
    context = AuthContext(user.pk, user.role)
    signed_in_as(user, context)
    chosen = request.session.get(WORKSPACE_IN_SESSION)
    if chosen and UUID(chosen) in seats_of(user):
        context = replace(context, workspace_id=UUID(chosen))
        signed_in_as(user, context)
    return context
