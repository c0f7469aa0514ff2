"""The table of rights: what it grants, and what it grants nobody."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import User, WorkspaceMember
from accounts.models.people import Share
from accounts.rights.table import (
    ACTIONS,
    LEVELS,
    POLICIES,
    RIGHTS,
    ROLES,
    SCOPES,
    SEATS,
    Standing,
    rights_in,
    role_grants,
    role_may_ever,
    scope_covers,
)

STRANGER = Standing()
roles, rights = st.sampled_from(sorted(ROLES)), st.sampled_from(sorted(RIGHTS))
standings = st.builds(
    Standing,
    st.sampled_from([None, *SEATS]),
    st.sampled_from([None, *LEVELS]),
)


def test_the_table_names_what_the_models_know() -> None:
    assert set(ROLES) == set(User.Role.values)
    assert set(SEATS) == set(WorkspaceMember.Role.values)
    assert set(LEVELS) == set(Share.Level.values)
    assert set(ACTIONS) == set(POLICIES)
    granted = {g.removesuffix(":own").removesuffix(":shared") for g in ROLES["user"]}
    assert granted == RIGHTS
    assert all(rights <= RIGHTS for rights in (*SEATS.values(), *LEVELS.values()))


@pytest.mark.parametrize(
    ("role", "right", "standing", "granted"),
    [
        # The mission's own rows.
        ("admin", "graph:delete", STRANGER, True),
        ("user", "graph:read", Standing("owner"), True),
        ("user", "graph:read", STRANGER, False),
        ("user", "execution:create", Standing("editor"), True),
        ("viewer", "graph:read", Standing(level="read"), True),
        ("viewer", "graph:update", Standing("owner"), False),
        ("viewer", "execution:create", Standing(level="run"), False),
        # Seats.
        ("user", "graph:update", Standing("operator"), False),
        ("user", "execution:control", Standing("operator"), True),
        ("user", "execution:create", Standing("reader"), False),
        ("user", "workspace:delete", Standing("editor"), False),
        ("user", "credential:read", Standing("reader"), False),
        # Shares.
        ("user", "graph:update", Standing(level="edit"), True),
        ("user", "graph:update", Standing(level="run"), False),
        ("user", "graph:delete", Standing(level="edit"), False),
        ("user", "graph:publish", Standing(level="edit"), False),
        ("user", "credential:use", Standing(level="edit"), False),
        ("user", "file:read", Standing(level="edit"), False),
        # A better share adds to a worse seat.
        ("user", "graph:update", Standing("reader", "edit"), True),
        # What anybody may read.
        ("viewer", "block:read", STRANGER, True),
        # A role that there is not.
        ("root", "graph:read", Standing("owner"), False),
    ],
)
def test_who_may_do_what(
    role: str, right: str, standing: Standing, granted: bool
) -> None:
    assert role_grants(role, right, standing) is granted


@given(roles, rights, standings)
def test_what_is_granted_is_in_reach(role: str, right: str, standing: Standing) -> None:
    if role_grants(role, right, standing):
        assert role_may_ever(role, right)


@given(rights, standings)
def test_a_stranger_gets_nothing_but_what_is_public(
    right: str, standing: Standing
) -> None:
    policy = POLICIES[right.partition(":")[0]]
    if not (policy.public_read and right.endswith(":read")):
        assert not role_grants("user", right, STRANGER)


@given(roles, rights, standings)
def test_a_seat_or_a_share_more_never_takes_a_right_away(
    role: str, right: str, standing: Standing
) -> None:
    if role_grants(role, right, Standing(standing.seat)):
        assert role_grants(role, right, standing)
    if role_grants(role, right, Standing(None, standing.level)):
        assert role_grants(role, right, standing)


@given(rights, st.sets(st.sampled_from(SCOPES)))
def test_a_scope_covers_just_what_it_stands_for(right: str, scopes: set[str]) -> None:
    stands_for = {each for scope in scopes for each in rights_in(scope)}
    assert scope_covers(scopes, right) is (right in stands_for)


@pytest.mark.parametrize(
    ("lesser", "greater"),
    [("reader", "operator"), ("operator", "editor"), ("editor", "owner")],
)
def test_seats_grow(lesser: str, greater: str) -> None:
    assert SEATS[lesser] < SEATS[greater]


def test_levels_grow() -> None:
    assert LEVELS["read"] < LEVELS["run"] < LEVELS["edit"]


def test_the_documented_table_is_this_one() -> None:
    text = Path("docs/rights.md").read_text()
    for right in sorted(RIGHTS):
        seats = [right in SEATS[seat] for seat in SEATS]
        levels = [right in LEVELS[level] for level in LEVELS]
        marks = [*seats, *levels, role_may_ever("viewer", right)]
        cells = " | ".join("✓" if mark else "" for mark in marks)
        assert f"| `{right}` | {cells} |" in text
