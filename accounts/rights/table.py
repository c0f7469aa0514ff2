"""Who may do what: the one table that every door asks. Rules only, no Django.

A right is written `resource:action`. A role grants rights with a reach: `:own` for what
belongs to a workspace that the caller is a member of, `:shared` for what was shared
with the caller, neither for all there is. Where the role's reach allows it, the seat in
the workspace or the level of the share says which rights.
"""

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

OWN: Final = "own"
SHARED: Final = "shared"
ALL: Final = "*"


class Policy(NamedTuple):
    """How things of one kind may be reached at all."""

    sharing_enabled: bool = False
    public_read: bool = False


POLICIES: Final[Mapping[str, Policy]] = {
    "graph": Policy(sharing_enabled=True),
    "execution": Policy(sharing_enabled=True),
    "block": Policy(public_read=True),
    "schedule": Policy(),
    "hook": Policy(),
    "review": Policy(),
    "file": Policy(),
    "credential": Policy(),
    "limit": Policy(),
    "audit": Policy(),
    "key": Policy(),
    "workspace": Policy(),
    "member": Policy(),
    "share": Policy(),
    "account": Policy(),
}
"""By resource. `public_read`: whoever is signed in may read it."""

ACTIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "graph": ("create", "read", "update", "delete", "publish"),
    "execution": ("create", "read", "control"),
    "block": ("read",),
    "schedule": ("create", "read", "update", "delete"),
    "hook": ("create", "read", "update", "delete"),
    "review": ("read", "answer", "manage"),
    "file": ("create", "read", "delete"),
    "credential": ("create", "read", "use", "update", "delete"),
    "limit": ("create", "read", "update", "delete"),
    "audit": ("read",),
    "key": ("create", "read", "update", "delete"),
    "workspace": ("create", "read", "update", "delete"),
    "member": ("create", "read", "update", "delete"),
    "share": ("create", "read", "delete"),
    "account": ("read", "update"),
}

RIGHTS: Final = frozenset(
    f"{resource}:{action}"
    for resource, actions in ACTIONS.items()
    for action in actions
)

ROLES: Final[Mapping[str, frozenset[str]]] = {
    "admin": frozenset((ALL,)),
    "user": frozenset(
        (
            *(f"{right}:{OWN}" for right in RIGHTS),
            "graph:read:shared",
            "graph:update:shared",
            "execution:create:shared",
            "execution:read:shared",
            "execution:control:shared",
        )
    ),
    "viewer": frozenset(
        (
            "graph:read:own",
            "graph:read:shared",
            "execution:read:own",
            "execution:read:shared",
            "file:read:own",
            "review:read:own",
            "schedule:read:own",
            "hook:read:own",
            "workspace:read:own",
            "member:read:own",
            "block:read",
            "account:read:own",
            "account:update:own",
        )
    ),
}

_READER: Final = frozenset(
    f"{resource}:read"
    for resource in (
        "graph", "execution", "block", "schedule", "hook", "review", "file",
        "limit", "workspace", "member",
    )
)  # fmt: skip
_OPERATOR: Final = _READER | {
    "execution:create",
    "execution:control",
    "review:answer",
    "file:create",
    "credential:read",
    "key:create",
    "key:read",
    "key:update",
    "key:delete",
}
_EDITOR: Final = _OPERATOR | {
    right
    for right in RIGHTS
    if right.split(":")[0] in ("graph", "schedule", "hook", "credential", "share")
} | {"file:delete", "review:manage"}  # fmt: skip

SEATS: Final[Mapping[str, frozenset[str]]] = {
    "reader": _READER,
    "operator": _OPERATOR,
    "editor": _EDITOR,
    "owner": RIGHTS,
}
"""What a member of a workspace may do there."""

_READ: Final = frozenset(("graph:read", "execution:read"))
_RUN: Final = _READ | {"execution:create", "execution:control"}

LEVELS: Final[Mapping[str, frozenset[str]]] = {
    "read": _READ,
    "run": _RUN,
    "edit": _RUN | {"graph:update"},
}
"""What a share allows, from the least to the most."""

SCOPES: Final = tuple(sorted(RIGHTS | {f"{r}:{ALL}" for r in ACTIONS} | {ALL}))
"""What a key may be limited to."""


class Standing(NamedTuple):
    """How the caller is related to a thing."""

    seat: str | None = None
    level: str | None = None

    @property
    def is_stranger(self) -> bool:
        return self.seat is None and self.level is None


def role_grants(role: str, right: str, standing: Standing) -> bool:
    """Whether somebody of this role and standing has the right."""
    granted = ROLES.get(role, frozenset())
    if ALL in granted or right in granted:
        return True
    by_seat = f"{right}:{OWN}" in granted and right in SEATS.get(
        standing.seat or "", ()
    )
    policy = POLICIES[right.partition(":")[0]]
    if by_seat or (policy.public_read and right.endswith(":read")):
        return True
    return (
        policy.sharing_enabled
        and f"{right}:{SHARED}" in granted
        and right in LEVELS.get(standing.level or "", ())
    )


def role_may_ever(role: str, right: str) -> bool:
    """Whether the role has the right with any reach."""
    granted = ROLES.get(role, frozenset())
    ways = {ALL, right, f"{right}:{OWN}", f"{right}:{SHARED}"}
    return not granted.isdisjoint(ways)


def scope_covers(scopes: Iterable[str] | None, right: str) -> bool:
    """Whether a key with these scopes has the right; None: it is no key."""
    if scopes is None:
        return True
    return not {ALL, right, f"{right.partition(':')[0]}:{ALL}"}.isdisjoint(scopes)


def is_unlimited(role: str) -> bool:
    return ALL in ROLES.get(role, frozenset())


def rights_in(scope: str) -> frozenset[str]:
    """The rights that a scope stands for."""
    return frozenset(right for right in RIGHTS if scope_covers((scope,), right))
