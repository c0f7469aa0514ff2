"""The audit log: every deed is there, and nothing in it can be bent unseen."""

import time
from datetime import timedelta
from typing import Any
from uuid import uuid4

import orjson
import pytest
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.audit import Deed, record, record_all
from accounts.audit.chain import BATCH, anchor_text, chain_all, chain_drafts, verify
from accounts.audit.origin import Origin
from accounts.audit.records import canonical
from accounts.models import AuditDraft, AuditEvent, AuditHead, User
from accounts.selectors import default_workspace
from executions.engine.database_record import Owner, start_noted
from graphs.services import graph_publish
from tests.conftest import PASSWORD, SignedIn
from tests.factories import make_graph

pytestmark = pytest.mark.django_db

URL = "/api/v1/audit/"


def written(count: int, **facts: Any) -> None:
    record_all(Deed(action="test.done", detail={"n": n}, **facts) for n in range(count))
    chain_all()


def actions() -> list[str]:
    chain_all()
    return list(AuditEvent.objects.order_by("seq").values_list("action", flat=True))


def changed(sql: str, *values: Any) -> None:
    """As somebody would who owns the database."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("ALTER TABLE accounts_auditevent DISABLE TRIGGER USER")
        cursor.execute(sql, values)


# --- The chain ------------------------------------------------------------------------


def test_it_works():
    record(Deed(action="a.done", subject="a:1", detail={"b": 1}))
    record(Deed(action="c.done", workspace_id=uuid4()))
    assert chain_drafts() == 2
    assert not AuditDraft.objects.exists()
    rows = list(AuditEvent.objects.order_by("seq"))
    assert [(row.seq, row.action, row.detail) for row in rows] == [
        (1, "a.done", '{"b":1}'),
        (2, "c.done", "{}"),
    ]
    assert verify() == (2, 2, "")
    assert chain_drafts() == 0


def test_an_empty_log_is_unbroken():
    assert verify() == (0, 0, "")


def test_a_deed_that_is_rolled_back_was_never_done():
    with transaction.atomic():
        record(Deed(action="a.done"))
        transaction.set_rollback(True)
    assert actions() == []


def test_odd_texts_are_kept_and_fit_the_chain():
    at = timezone.now().astimezone(timezone.get_fixed_timezone(120))
    record(Deed(action="a.done", subject="x\0y\ud800" + "z" * 300, at=at))
    chain_all()
    row = AuditEvent.objects.get()
    assert (row.subject[:3], len(row.subject)) == ("xyz", 200)
    assert verify().fault == ""


@pytest.mark.parametrize(
    ("sql", "values", "seq"),
    [
        pytest.param(
            "UPDATE accounts_auditevent SET action = %s WHERE seq = 3",
            ["test.not"],
            3,
            id="CR10 edited",
        ),
        pytest.param(
            "UPDATE accounts_auditevent SET detail = %s WHERE seq = 7",
            ['{"n":0}'],
            7,
            id="CR10 detail edited",
        ),
        pytest.param(
            "DELETE FROM accounts_auditevent WHERE seq = 5", [], 5, id="CR11 deleted"
        ),
        pytest.param(
            "DELETE FROM accounts_auditevent WHERE seq > 20", [], 21, id="CR13 cut off"
        ),
        pytest.param(
            "INSERT INTO accounts_auditevent (seq, at, action, subject, ip, user_agent,"
            " detail, digest) SELECT 31, at, action, subject, ip, user_agent, detail,"
            " digest FROM accounts_auditevent WHERE seq = 30",
            [],
            31,
            id="CR14 forged",
        ),
    ],
)
def test_what_was_changed_is_named(sql: str, values: list[Any], seq: int):
    written(30)
    changed(sql, *values)
    verdict = verify()
    assert verdict.seq == seq
    assert str(seq) in verdict.fault
    with pytest.raises(CommandError, match=str(seq)):
        call_command("auditverify")


def test_a_log_that_was_cut_off_with_its_head_shows_by_the_anchor():
    written(20)
    anchor = anchor_text(AuditHead.objects.get())
    tenth = AuditEvent.objects.get(seq=10)
    changed("DELETE FROM accounts_auditevent WHERE seq > 10")
    AuditHead.objects.update(seq=10, digest=bytes(tenth.digest))
    assert verify().fault == ""
    seq, digest = anchor.split(":")
    assert "11 to 20" in verify((int(seq), bytes.fromhex(digest))).fault
    with pytest.raises(CommandError, match="cut off"):
        call_command("auditverify", anchor=anchor)


def test_a_whole_log_says_its_anchor(capsys: pytest.CaptureFixture[str]):
    written(3)
    record(Deed(action="late.done"))
    call_command("auditverify")
    head = AuditHead.objects.get()
    assert capsys.readouterr().out == f"4 rows, unbroken. Anchor: {anchor_text(head)}\n"
    call_command("auditverify", anchor=anchor_text(head))
    with pytest.raises(CommandError, match="SEQ:DIGEST"):
        call_command("auditverify", anchor="four")


def test_many_are_chained_in_batches_and_verified_quickly():
    record_all(Deed(action="test.done", detail={"n": n}) for n in range(BATCH + 1))
    assert chain_drafts() == BATCH
    assert chain_drafts() == 1
    began = time.perf_counter()
    assert verify() == (BATCH + 1, BATCH + 1, "")
    assert time.perf_counter() - began < 2  # of a tenth of what may take so long


# --- What is noted --------------------------------------------------------------------


def test_ways_in_are_noted_good_and_bad(alice: User, anyone: APIClient):
    sign_in = {"email": "alice@example.org", "password": PASSWORD}
    anyone.post("/api/v1/auth/token/", sign_in, HTTP_USER_AGENT="ua")
    anyone.post("/api/v1/auth/token/", {**sign_in, "password": "wrong"})
    anyone.post("/api/v1/auth/token/", {"email": "no@x.org", "password": "wrong"})
    page = Client()
    page.post("/sign-in/", {"username": sign_in["email"], "password": PASSWORD})
    page.post("/sign-out/")
    chain_all()
    rows = AuditEvent.objects.order_by("seq")
    noted = [(r.action, r.actor_id, orjson.loads(r.detail)) for r in rows]
    assert noted[:4] == [
        ("user.signed_in", alice.id, {"method": "token"}),
        ("user.sign_in_refused", alice.id, {"known": True}),
        ("user.sign_in_refused", None, {"known": False}),
        ("user.signed_in", alice.id, {"method": "session"}),
    ]
    assert [row.user_agent for row in rows][:2] == ["ua", ""]
    assert all("example.org" not in str(vars(row)) for row in rows)


def test_outside_a_request_there_is_no_origin(alice: User):
    authenticate(username="alice@example.org", password="wrong")
    chain_all()
    assert AuditEvent.objects.get().ip == ""


def test_publishing_is_noted(alice: User):
    graph = make_graph(alice)
    graph_publish(user=alice, graph=graph)
    graph_publish(user=alice, graph=graph)  # it is so already
    chain_all()
    (row,) = AuditEvent.objects.all()
    assert (row.action, row.subject) == ("graph.published", f"graph:{graph.id}")
    assert row.workspace_id == graph.workspace_id


def test_what_is_done_in_the_admin_is_noted(alice: User, charlie: User):
    User.objects.filter(id=alice.id).update(is_staff=True, role=User.Role.ADMIN)
    page = Client()
    page.force_login(User.objects.get(id=alice.id))
    where = f"/admin/accounts/user/{charlie.id}/change/"
    body = {"address": "charlie@example.org", "role": "viewer", "timezone": "UTC"}
    assert page.post(where, body).status_code == 302
    assert "admin.changed" in actions()
    row = AuditEvent.objects.get(action="admin.changed")
    assert (row.actor_id, row.subject) == (alice.id, f"user:{charlie.id}")


# --- Reading it -----------------------------------------------------------------------


def seen(client: APIClient, **query: Any) -> list[dict[str, Any]]:
    answer = client.get(URL, query)
    assert answer.status_code == 200, answer.json()
    rows: list[dict[str, Any]] = answer.json()["results"]
    return rows


def test_owners_see_what_was_done_in_their_workspaces(
    alice: User, charlie: User, signed_in: SignedIn
):
    mine, theirs = default_workspace(alice).id, default_workspace(charlie).id
    for workspace in (mine, theirs, None):
        record(Deed(action="test.done", workspace_id=workspace, user_id=charlie.id))
    assert [row["workspace_id"] for row in seen(signed_in(alice))] == [str(mine)]
    # Whatever he did himself he sees, too.
    assert len(seen(signed_in(charlie))) == 3
    User.objects.filter(id=alice.id).update(role=User.Role.ADMIN)
    assert len(seen(signed_in(alice))) == 3


def test_only_who_is_signed_in_reads_it(anyone: APIClient):
    assert anyone.get(URL).status_code == 401
    assert anyone.get(f"{URL}export/").status_code == 401


def test_filters_and_pages(alice: User, signed_in: SignedIn):
    client = signed_in(alice)
    record_all(
        Deed(action=f"test.{n % 2}", user_id=alice.id, subject=f"s:{n}")
        for n in range(6)
    )
    record(
        Deed(action="test.old", user_id=alice.id, at=timezone.now() - timedelta(days=9))
    )
    assert len(seen(client, action="test.1")) == 3
    assert [row["subject"] for row in seen(client, subject="s:4")] == ["s:4"]
    day_ago = (timezone.now() - timedelta(days=1)).isoformat()
    assert [row["action"] for row in seen(client, until=day_ago)] == ["test.old"]
    assert len(seen(client, since=day_ago)) == 6
    assert seen(client, user=str(uuid4())) == []
    first = client.get(URL, {"limit": 4}).json()
    rest = client.get(first["next"]).json()
    seqs = [row["seq"] for page in (first, rest) for row in page["results"]]
    assert seqs == [7, 6, 5, 4, 3, 2, 1]
    assert client.get(URL, {"user": "x"}).status_code == 400
    assert client.get(URL, {"cursor": "cD14eA=="}).status_code == 404


def test_it_can_be_exported(alice: User, signed_in: SignedIn):
    record_all(Deed(action="test.done", user_id=alice.id) for _ in range(3))
    answer = signed_in(alice).get(f"{URL}export/", {"action": "test.done"})
    lines = b"".join(answer.streaming_content).splitlines()  # type: ignore[attr-defined]
    assert [orjson.loads(line)["seq"] for line in lines] == [3, 2, 1]
    assert (
        orjson.loads(lines[0])["digest"] == bytes(AuditHead.objects.get().digest).hex()
    )


@pytest.mark.services
def test_the_database_itself_refuses_to_change_it():
    from django.db.utils import DatabaseError

    written(2)
    for sql in (
        "UPDATE accounts_auditevent SET action = 'x'",
        "DELETE FROM accounts_auditevent",
    ):
        with (
            pytest.raises(DatabaseError, match="append-only"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(sql)


def test_the_start_of_a_run_is_noted_as_any_deed_would_be() -> None:
    owner = Owner(uuid4(), uuid4(), uuid4())
    execution_id, at = uuid4(), timezone.now()
    deed = Deed(
        action="execution.started",
        user_id=owner.user_id,
        workspace_id=owner.workspace_id,
        subject=f"execution:{execution_id}",
        detail={"graph": str(owner.graph_id)},
        at=at,
        origin=Origin(),
    )
    assert start_noted(execution_id, owner, at) == canonical(deed)
