"""Who a request comes from, and how that was shown."""

from dataclasses import dataclass
from typing import Any, Final, Literal
from uuid import UUID

from accounts.rights.table import Standing, role_grants, role_may_ever, scope_covers

Method = Literal["session", "jwt", "api_key"]

_KEPT: Final = "_auth_context"


@dataclass(frozen=True, slots=True)
class AuthContext:
    """The same for API, pages, websockets and admin.

    `permissions` are the scopes of a key, None without one. `workspace_id`: nothing
    outside it is there for the caller, who named it or whose key belongs to it.
    """

    user_id: UUID
    role: str
    method: Method = "session"
    api_key_id: UUID | None = None
    permissions: frozenset[str] | None = None
    workspace_id: UUID | None = None

    def may_ever(self, right: str) -> bool:
        """Whether there can be anything with which the caller may do this."""
        return scope_covers(self.permissions, right) and role_may_ever(self.role, right)

    def may(self, right: str, standing: Standing) -> bool:
        """Whether the caller may do this with something he stands to like that."""
        if not scope_covers(self.permissions, right):
            return False
        return role_grants(self.role, right, standing)

    def reaches(self, workspace_id: UUID) -> bool:
        return self.workspace_id in (None, workspace_id)


def auth_of(user: Any) -> AuthContext:
    """How this user came in; a user that no request brought is as in a session."""
    kept = user.__dict__.get(_KEPT)
    if isinstance(kept, AuthContext):
        return kept
    return AuthContext(user.pk, user.role)


def signed_in_as(user: Any, context: AuthContext) -> None:
    """Keep on the user object, hence for one request, how he came in."""
    user.__dict__[_KEPT] = context


def is_of_request(user: Any) -> bool:
    """Whether the object lives for one request, so that it may remember things."""
    return _KEPT in user.__dict__
