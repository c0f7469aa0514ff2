"""Stored values are sealed for their row and column, however they are read."""

from typing import Any

import pytest
from django.core.exceptions import FieldError
from django.db import connection, transaction
from django.db.models import F

from accounts.models import User, Workspace
from core import codec
from core.crypto import DecryptionError
from core.fields import Sealed
from core.keys import forget_keys
from core.stored import opened, sealed_value
from executions.models import Execution, NodeExecution, Signal
from tests.executions.rows import make_execution

pytestmark = pytest.mark.django_db

CANARY = "CANARY-7f3a"
VALUE = {"a": [CANARY, None, 1.5, "\N{KEY}"]}


@pytest.fixture
def run(alice: User) -> Execution:
    return make_execution(alice, inputs=VALUE)


def raw(run: Execution, column: str = "inputs") -> bytes:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {column} FROM executions_execution WHERE id = %s",  # noqa: S608
            [_id(run)],
        )
        return bytes(cursor.fetchone()[0])


def put(run: Execution, stored: bytes, column: str = "inputs") -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE executions_execution SET {column} = %s WHERE id = %s",  # noqa: S608
            [stored, _id(run)],
        )


def _id(run: Execution) -> Any:
    native = connection.features.has_native_uuid_field
    return run.id if native else run.id.hex


def test_the_value_comes_back_and_the_database_never_sees_it(run: Execution):
    assert Execution.objects.get(id=run.id).inputs == VALUE
    assert CANARY.encode() not in raw(run)
    assert raw(run)[:2] == b"\x03\x01"


@pytest.mark.parametrize(
    "read",
    [
        pytest.param(lambda rows: rows.get().inputs, id="a row"),
        pytest.param(lambda rows: rows.defer("inputs").get().inputs, id="deferred"),
        pytest.param(lambda rows: rows.only("inputs").get().inputs, id="alone"),
        pytest.param(
            lambda rows: rows.values_list("inputs", flat=True).get(), id="a column"
        ),
        pytest.param(lambda rows: rows.values("inputs").get()["inputs"], id="a dict"),
        pytest.param(
            lambda rows: rows.annotate(x=F("inputs")).values_list("x").get()[0],
            id="by another name",
        ),
        pytest.param(
            lambda rows: next(rows.values_list("inputs").iterator())[0], id="in parts"
        ),
        pytest.param(
            lambda rows: NodeExecution.objects.values_list(
                "execution__inputs", flat=True
            ).get(),
            id="through a relation",
        ),
        pytest.param(
            lambda rows: (
                NodeExecution.objects.select_related("execution").get().execution.inputs
            ),
            id="with a related row",
        ),
    ],
)
def test_it_opens_however_it_is_read(run: Execution, read: Any):
    from django.utils.timezone import now

    NodeExecution.objects.create(
        execution=run,
        node_id="a",
        number=1,
        status="RUNNING",
        inputs={},
        outputs=[],
        started_at=now(),
    )
    assert read(Execution.objects.filter(id=run.id)) == VALUE


@pytest.mark.parametrize(
    "value", [{}, [], 0, "", False, "x" * 100_000, [[]], {"\N{KEY}": '\\"'}]
)
def test_any_value_is_kept(run: Execution, value: Any):
    run.outputs = value
    run.save(update_fields=["outputs"])
    assert Execution.objects.values_list("outputs", flat=True).get() == value


def test_null_stays_null(run: Execution):
    assert Execution.objects.get(id=run.id).options is None
    assert Execution.objects.filter(options__isnull=True).exists()


def test_what_was_moved_does_not_open(run: Execution, alice: User, charlie: User):
    other, foreign = make_execution(alice, inputs=VALUE), make_execution(charlie)
    before = raw(run)
    for stored in (raw(other), raw(foreign), raw(run, "outputs"), before[:-1]):
        put(run, stored)
        with pytest.raises(DecryptionError):
            Execution.objects.get(id=run.id)
    put(run, before)
    assert Execution.objects.get(id=run.id).inputs == VALUE


def test_what_was_never_sealed_is_refused(run: Execution):
    for stored in (codec.encode(b'{"a": "CANARY"}'), b'{"a": "CANARY"}', b"\x00"):
        put(run, stored)
        with pytest.raises(DecryptionError, match="never sealed") as caught:
            Execution.objects.get(id=run.id)
        assert "CANARY" not in str(caught.value)


def test_writes_that_do_not_name_a_row_are_refused(run: Execution):
    with pytest.raises(TypeError, match="sealed_value"), transaction.atomic():
        Execution.objects.filter(id=run.id).update(inputs={"a": 1})
    sealed = sealed_value(run, "inputs", {"a": 1})
    Execution.objects.filter(id=run.id).update(inputs=sealed)
    assert Execution.objects.get(id=run.id).inputs == {"a": 1}
    assert sealed_value(run, "options", None) is None
    with pytest.raises(FieldError, match="cannot be searched"):
        Execution.objects.filter(inputs={"a": 1}).exists()


def test_bytes_are_what_the_codec_made(run: Execution):
    run.inputs = codec.encode(b"null")
    run.save()
    assert Execution.objects.values_list("inputs", flat=True).get(id=run.id) is None


def test_a_row_whose_key_the_database_makes_is_bound_to_its_owner(
    run: Execution, alice: User
):
    Signal.objects.create(execution=run, kind="answer", body=VALUE)
    signal = Signal.objects.create(execution_id=run.id, kind="answer", body=VALUE)
    assert [row.body for row in Signal.objects.all()] == [VALUE, VALUE]
    Signal.objects.filter(id=signal.id).update(execution=make_execution(alice))
    with pytest.raises(DecryptionError):
        Signal.objects.get(id=signal.id)


def test_bytes_read_by_other_means_open_too(run: Execution):
    column = "executions.execution|inputs"
    assert b"CANARY" in opened(column, run.id, raw(run))
    with pytest.raises(DecryptionError):
        opened("executions.execution|outputs", run.id, raw(run))


def test_without_its_workspace_nothing_opens(run: Execution):
    stored, run_id = raw(run), run.id
    workspace_id = run.workspace_id
    Execution.objects.all().delete()
    Workspace.objects.filter(id=workspace_id).delete()
    forget_keys()
    with pytest.raises(DecryptionError, match="not known"):
        opened("executions.execution|inputs", run_id, Sealed(stored))
