"""What may follow what."""

import pytest

from executions.domain.status import LEGAL_MOVES, ExecutionStatus

ENDS = {"COMPLETED", "FAILED", "CANCELLED", "TIMED_OUT"}


def test_every_status_has_a_row():
    assert set(LEGAL_MOVES) == set(ExecutionStatus)


@pytest.mark.parametrize("status", ExecutionStatus)
def test_final_is_what_nothing_follows(status):
    assert status.is_final == (status.value in ENDS)
    assert bool(LEGAL_MOVES[status]) is not status.is_final


@pytest.mark.parametrize("status", [s for s in ExecutionStatus if not s.is_final])
def test_every_run_can_end_in_every_way(status):
    assert LEGAL_MOVES[status] >= {ExecutionStatus(end) for end in ENDS}


@pytest.mark.parametrize(
    ("before", "after", "legal"),
    [
        ("QUEUED", "RUNNING", True),
        ("QUEUED", "WAITING", False),  # It waits only once it has begun.
        ("RUNNING", "WAITING", True),
        ("WAITING", "RUNNING", True),
        ("RUNNING", "QUEUED", True),  # Handed back.
        ("COMPLETED", "RUNNING", False),  # An end is for ever.
        ("CANCELLED", "FAILED", False),
        ("RUNNING", "RUNNING", False),
    ],
)
def test_moves(before, after, legal):
    moves = LEGAL_MOVES[ExecutionStatus(before)]
    assert (ExecutionStatus(after) in moves) is legal
