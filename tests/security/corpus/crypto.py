"""What was tampered with: sealed credentials, keys, and the audit log."""

import asyncio
import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Final
from uuid import UUID

from django.core.management import CommandError, call_command
from django.db import connection

from accounts.audit import Deed, record_all
from accounts.audit.chain import anchor_text, chain_all
from accounts.models import AuditEvent, AuditHead, Credential, User
from accounts.selectors import default_workspace
from blocks.context import NodeIdentity
from blocks.credentials import CredentialRef
from blocks.errors import BlockError
from core.crypto import DecryptionError
from executions.world.credentials import StoredCredentials
from scripts.services import NOWHERE, throw_away_secrets
from tests.security.corpus.facts import Facts, noted
from tests.security.corpus.rows import Row
from tests.security.corpus.stage import Stage, canary_credential
from tests.security.corpus.tools import Target, Tools, both, of_kind, starting
from tests.servers import NOT_OURS, ROOT

# --- Credentials ----------------------------------------------------------------------

KEY_ID: Final = slice(1, 9)
"""Where a token names its key; before it stands the version."""


def tampered(row: Row, tools: Tools) -> Facts:
    """A sealed credential is changed behind our back; then it is read and used."""
    stage = Stage()
    victim = canary_credential(stage)
    _tampering(row)(stage, victim)
    read, returned = _read(victim.pk)
    failure = _used(stage.a, victim)
    return {
        "read": read,
        "returned_bytes": returned,
        "pin": {"error"} if failure else {"ok"},
        "pin_match": failure,
        "text": failure,
        "audit": noted(),
    }


def _read(id: UUID) -> tuple[str, int]:
    """By what it fails, and how much of it came out."""
    try:
        found = Credential.objects.get(id=id).secrets
    except DecryptionError as error:
        return type(error).__name__, 0
    return "", len(str(found))


def _used(user: User, victim: Credential) -> str:
    """What a node is told."""
    caller = NodeIdentity(
        user_id=str(user.id),
        workspace_id=str(default_workspace(user).id),
        execution_id=str(victim.id),
        graph_id=str(victim.id),
        node_id="ask",
    )

    async def get() -> None:
        wanted = CredentialRef(id=str(victim.id))
        await StoredCredentials(caller, pool).get(wanted, "openai")

    with ThreadPoolExecutor(1) as pool:
        try:
            asyncio.run(get())
        except BlockError as error:
            return f"{error.code}: {error}"
        finally:
            pool.submit(lambda: connection.close()).result()
    return ""


def _sealed(credential: Credential) -> bytes:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sealed FROM accounts_credential WHERE id = %s", [_id(credential)]
        )
        return bytes(cursor.fetchone()[0])


def _write(credential: Credential, sealed: bytes) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE accounts_credential SET sealed = %s WHERE id = %s",
            [sealed, _id(credential)],
        )


def _id(credential: Credential) -> str:
    return credential.pk.hex if connection.vendor == "sqlite" else str(credential.pk)


Change = Callable[[Stage, Credential], None]


def _in_place(change: Callable[[bytes], bytes]) -> Change:
    return lambda stage, victim: _write(victim, change(_sealed(victim)))


def _swapped(stage: Stage, victim: Credential) -> None:
    other = canary_credential(stage)
    one, two = _sealed(victim), _sealed(other)
    _write(victim, two)
    _write(other, one)


def _from_elsewhere(stage: Stage, victim: Credential) -> None:
    """The sealed value of another workspace in the row of ours."""
    theirs = canary_credential(
        stage, owner=stage.b, workspace=stage.graphs["B"].workspace
    )
    _write(victim, _sealed(theirs))


def _of_another_field(stage: Stage, victim: Credential) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT email FROM accounts_user")
        _write(victim, bytes(cursor.fetchone()[0]))


def _flipped(token: bytes) -> bytes:
    middle = len(token) - 20
    return token[:middle] + bytes([token[middle] ^ 1]) + token[middle + 1 :]


TAMPERINGS: Final[Mapping[str, Change]] = {
    # part of how the row says it: what is done
    "swap": _swapped,
    "another tenant": _from_elsewhere,
    "field": _of_another_field,
    "column": _of_another_field,
    "truncate": _in_place(lambda token: token[:-4]),
    "unknown key": _in_place(lambda token: token[:1] + os.urandom(8) + token[9:]),
    "version": _in_place(lambda token: b"\x00" + token[1:]),
    "flip": _in_place(_flipped),
    "bit": _in_place(_flipped),
    "nonce": _in_place(lambda token: token[:9] + bytes(12) + token[21:]),
    "plain": _in_place(lambda token: b'{"api_key":"CANARY"}'),
    "empty": _in_place(lambda token: b""),
    "random": _in_place(lambda token: os.urandom(len(token))),
    "fernet": _in_place(lambda token: b"gAAAAAB" + token),
}


def _tampering(row: Row) -> Change:
    told = str(row.value).lower()
    known = [change for words, change in TAMPERINGS.items() if words in told]
    assert known, f"nothing here does {told!r}"
    return known[0]


# --- The master key -------------------------------------------------------------------


def without_master_key(row: Row, tools: Tools) -> Facts:
    """The web process in services mode, as it is begun."""
    told = str(row.value)
    assert re.search("unset|missing|empty", told), f"nothing here does {told!r}"
    inherited = {k: v for k, v in os.environ.items() if k not in NOT_OURS}
    environment = inherited | NOWHERE | throw_away_secrets()
    environment["ENCRYPTION_MASTER_KEY"] = ""
    web = [sys.executable, "-m", "uvicorn", "autogpt_site.asgi:application"]
    done = subprocess.run(
        [*web, "--port", "0"],
        cwd=ROOT,
        env={**environment, "DATA_DIR": str(tools.folder)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    said = (done.stdout + done.stderr).strip().splitlines()[-1]
    is_clear = "needs ENCRYPTION_MASTER_KEY. Make one with" in said
    return {
        "exit": done.returncode != 0 and is_clear,
        "writes_accepted": int("running on" in done.stderr.lower()),
    }


def with_another_master_key(row: Row, tools: Tools) -> Facts:
    """It starts, and takes no traffic."""
    assert "wrong" in f"{row.target} {row.value}".lower()
    from django.test import Client

    stage = Stage()
    counted = stage.counts()
    tools.settings.ENCRYPTION_MASTER_KEY = throw_away_secrets()["ENCRYPTION_MASTER_KEY"]
    answer = Client().get("/readyz")
    form = {"email": "new@example.com", "password": "Correct-Horse-9"}
    Client(raise_request_exception=False).post("/api/v1/auth/register/", form)
    return {
        "status": answer.status_code,
        "readiness": answer.status_code,
        "writes_accepted": stage.counts()["User"] - counted["User"],
        "text": answer.content.decode(),
    }


# --- The audit log --------------------------------------------------------------------

ROWS: Final = 30


def audit_log(row: Row, tools: Tools) -> Facts:
    """Somebody who owns the database changes the log, and sets its head back if that
    helps him; what was anchored outside is compared."""
    deeds = [Deed(action="test.done", detail={"n": n}) for n in range(ROWS)]
    record_all(deeds)
    chain_all()
    anchor = anchor_text(AuditHead.objects.get())
    first_bad = _bend(str(row.value).lower())
    fault = _verified(anchor)
    return {"verify": re.search(rf"\b{first_bad}\b", fault) is not None, "text": fault}


def _verified(anchor: str) -> str:
    try:
        call_command("auditverify", anchor=anchor)
    except CommandError as error:
        return str(error)
    return ""


def _bend(how: str) -> int:
    """Answers which row is the first that is wrong."""
    if newest := re.search(r"newest (\d+)", how):
        return _cut_off(ROWS - int(newest[1]))
    if "insert" in how or "forge" in how:
        columns = "at, action, subject, ip, user_agent, detail, digest"
        _execute(
            f"INSERT INTO accounts_auditevent (seq, {columns}) "  # noqa: S608
            f"SELECT {ROWS + 1}, {columns} FROM accounts_auditevent WHERE seq = {ROWS}"
        )
        return ROWS + 1
    if "delete" in how:
        _execute("DELETE FROM accounts_auditevent WHERE seq = 15")
        return 15
    if re.search("swap|reorder|order", how):
        for old, new in ((5, 99), (6, 5), (99, 6)):
            _execute(
                f"UPDATE accounts_auditevent SET seq = {new} "  # noqa: S608
                f"WHERE seq = {old}"
            )
        return 5
    if re.search("hash|digest|mac", how):
        _execute("UPDATE accounts_auditevent SET digest = 'x' WHERE seq = 8")
        return 8
    assert "edit" in how or "change" in how, f"nothing here does {how!r}"
    _execute("UPDATE accounts_auditevent SET action = 'test.not' WHERE seq = 3")
    return 3


def _cut_off(last: int) -> int:
    head = AuditEvent.objects.get(seq=last)
    _execute(f"DELETE FROM accounts_auditevent WHERE seq > {last}")  # noqa: S608
    AuditHead.objects.update(seq=last, digest=bytes(head.digest))
    return last + 1


def _execute(sql: str) -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("ALTER TABLE accounts_auditevent DISABLE TRIGGER USER")
        cursor.execute(sql)


def _is_wrong_key(row: Row) -> bool:
    return "wrong" in f"{row.target} {row.input}".lower()


CRYPTO = of_kind("crypto")
TARGETS = [
    Target(starting("credential ciphertext"), tampered, "transactions"),
    Target(both(CRYPTO, starting("start-up"), _is_wrong_key), with_another_master_key),
    Target(both(CRYPTO, starting("start-up")), without_master_key, "nothing"),
    Target(starting("audit log"), audit_log),
]
