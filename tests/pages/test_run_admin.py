"""Runs in the admin: all to be read, nothing to be changed."""

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from executions.domain.status import ExecutionStatus
from executions.models import (
    Execution,
    ExecutionEventSegment,
    NodeExecution,
    Signal,
)
from tests.pages.world import Markup, browser_of, make_agent, make_run

pytestmark = pytest.mark.django_db

BASE = "/admin/executions"
KINDS = ["execution", "nodeexecution", "executioneventsegment", "signal"]


@pytest.fixture
def root(alice: User) -> Client:
    alice.is_staff, alice.role = True, User.Role.ADMIN
    alice.save()
    return browser_of(alice)


@pytest.fixture
def rows(alice: User) -> dict[str, object]:
    """One row of each kind, all of one run."""
    run = make_run(make_agent(alice, "Triage"), ExecutionStatus.FAILED)
    node = NodeExecution.objects.create(
        execution=run,
        node_id="fetch",
        number=1,
        status="FAILED",
        inputs={"url": "<script>alert(1)</script>"},
        outputs=[["error", "x" * 30_000]],
        error={"code": "timeout", "message": "No answer."},
        started_at=timezone.now(),
    )
    segment = ExecutionEventSegment.objects.create(
        execution=run, first_seq=1, last_seq=2, body=[{"seq": 1}, {"seq": 2}]
    )
    signal = Signal.objects.create(execution=run, kind=Signal.Kind.CANCEL)
    return dict(zip(KINDS, (run, node, segment, signal), strict=True))


def run_of(rows: dict[str, object]) -> Execution:
    run = rows["execution"]
    assert isinstance(run, Execution)
    return run


@pytest.mark.parametrize("kind", KINDS)
def test_lists_and_rows_can_be_read(
    root: Client, rows: dict[str, object], kind: str
) -> None:
    pk = rows[kind].pk  # type: ignore[attr-defined]

    listed = root.get(f"{BASE}/{kind}/")
    shown = root.get(f"{BASE}/{kind}/{pk}/change/")

    assert str(pk) in listed.text
    assert shown.status_code == 200
    assert Markup(shown.text).inline == []
    assert 'name="_save"' not in shown.text


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_can_be_added_changed_or_deleted(
    root: Client, rows: dict[str, object], kind: str
) -> None:
    pk = rows[kind].pk  # type: ignore[attr-defined]

    assert root.get(f"{BASE}/{kind}/add/").status_code == 403
    assert root.post(f"{BASE}/{kind}/{pk}/change/").status_code == 403
    assert root.post(f"{BASE}/{kind}/{pk}/delete/").status_code == 403


@pytest.mark.parametrize(
    ("search", "found"),
    [
        pytest.param("riag", True, id="part of the agent's name"),
        pytest.param("nothing", False, id="another name"),
        pytest.param("00000000-0000-7000-8000-000000000000", False, id="another id"),
    ],
)
def test_a_run_is_found_by_its_agent(
    root: Client, rows: dict[str, object], search: str, found: bool
) -> None:
    text = root.get(f"{BASE}/execution/", {"q": search}).text

    assert (str(run_of(rows).pk) in text) is found


def link_to(rows: dict[str, object], kind: str) -> str:
    pk = rows[kind].pk  # type: ignore[attr-defined]
    return f"/executions/{kind}/{pk}/change/"


@pytest.mark.parametrize("kind", KINDS)
def test_rows_are_found_by_the_id_of_their_run(
    root: Client, rows: dict[str, object], kind: str
) -> None:
    row = link_to(rows, kind)

    assert row in root.get(f"{BASE}/{kind}/", {"q": str(run_of(rows).pk)}).text


@pytest.mark.parametrize("kind", KINDS[1:])
def test_a_search_for_what_is_no_id_finds_no_part(
    root: Client, rows: dict[str, object], kind: str
) -> None:
    assert link_to(rows, kind) not in root.get(f"{BASE}/{kind}/", {"q": "fetch"}).text


def test_a_run_leads_to_its_agent_owner_and_node_executions(
    root: Client, rows: dict[str, object], alice: User
) -> None:
    run = run_of(rows)

    links = Markup(root.get(f"{BASE}/execution/{run.pk}/change/").text).links

    assert f"/admin/graphs/graph/{run.graph_id}/change/" in links
    assert f"/admin/accounts/user/{alice.pk}/change/" in links
    node_list = f"{BASE}/nodeexecution/?execution__id__exact={run.pk}"
    assert node_list in links
    assert str(rows["nodeexecution"].pk) in root.get(node_list).text  # type: ignore[attr-defined]


def test_runs_are_filtered_by_state_and_by_agent(
    root: Client, rows: dict[str, object]
) -> None:
    run = run_of(rows)

    for query, found in (
        ("status__exact=FAILED", True),
        ("status__exact=COMPLETED", False),
        (f"graph__id__exact={run.graph_id}", True),
        ("graph__id__exact=00000000-0000-7000-8000-000000000000", False),
    ):
        assert (str(run.pk) in root.get(f"{BASE}/execution/?{query}").text) is found


def test_values_are_shown_escaped_and_never_without_end(
    root: Client, rows: dict[str, object]
) -> None:
    pk = rows["nodeexecution"].pk  # type: ignore[attr-defined]

    text = root.get(f"{BASE}/nodeexecution/{pk}/change/").text

    assert "<script>alert" not in text
    assert "&lt;script&gt;alert" in text
    assert "the first 20,000 of" in text


def test_who_is_no_staff_sees_nothing(charlie: User) -> None:
    assert browser_of(charlie).get(f"{BASE}/execution/").status_code == 302
