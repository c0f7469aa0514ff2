"""Deliveries to a hook that checks signatures."""

import hmac
import json
import re
from base64 import b64encode
from time import perf_counter, time
from typing import Any, Final
from uuid import uuid4

from django.test import Client

from core.ratelimit.rates import RATES_BY_NAME
from executions.models import Execution, Hook
from executions.triggers.hooks import hook_create
from tests.security.corpus.facts import Facts, noted
from tests.security.corpus.generators import built
from tests.security.corpus.measures import measured, p95
from tests.security.corpus.rows import Given, Row
from tests.security.corpus.spies import Spy, own_addresses, watching
from tests.security.corpus.stage import JSON, Stage
from tests.security.corpus.tools import Target, Tools

SECRET: Final = "s" * 40
WINDOW_S: Final = 60.0
"""Of the limit."""
REPLAYED: Final = "one-and-the-same"
STEP: Final = 10
"""Of so many deliveries, another workspace asks for something after one."""


def deliver(row: Row, tools: Tools) -> Facts:
    if row.kind == "rate":
        tools.settings.RATES = RATES_BY_NAME["default"]
    stage, given = Stage(), row.given
    hook = _hook(stage, row.target)
    method, _, rest = row.target.partition(" ")
    token = str(uuid4()) if _is_unknown(row.target) else hook.token
    path = f"/hooks/{token}{rest.partition('>')[2]}"
    body = _body(given)
    before, began = Execution.objects.count(), perf_counter()
    others: list[float] = []
    with watching(Spy(own=own_addresses())) as spy:
        for number in range(given.get("times", given.get("repeat", 1))):
            headers = _signature(given, body, _delivery(given)) | given.get(
                "headers", {}
            )
            kind = headers.pop("Content-Type", JSON)
            done = measured(
                row,
                lambda: _sent(method, path, body, kind, headers),  # noqa: B023
            )
            if number % STEP == 0:
                others.append(_time_of_another(stage))
    given.get("seconds")  # a slower machine only makes it easier for the caller
    assert perf_counter() - began < WINDOW_S
    text = done.result.content.decode() + _runs()
    return {
        **done.facts,
        "status": done.result.status_code,
        "status_last": done.result.status_code,
        "executions": Execution.objects.count() - before,
        "file_read": "root:" in text,
        "text": done.result.content.decode(),
        "other_tenants_p95_ms": p95(others),
        "connects": len(spy.connects),
        "executed": bool(spy.programs),
        "audit": noted(),
    }


def _sent(method: str, path: str, body: bytes, kind: str, headers: Any) -> Any:
    return Client().generic(method, path, body, content_type=kind, headers=headers)


def _is_unknown(target: str) -> bool:
    return re.search("<[^>]*(random|unknown|wrong|other)", target) is not None


def _delivery(given: Given) -> str:
    """Its id: one that is told, or the same each time where it is sent again."""
    told = given.get("delivery_id")
    again = [given[name] for name in ("replay", "same_id") if name in given]
    return str(told or (REPLAYED if any(again) else uuid4()))


def _hook(stage: Stage, target: str) -> Hook:
    hook = hook_create(
        user=stage.a,
        graph=stage.graphs["A"],
        check_by=Hook.Check.SIGNATURE,
        secret=SECRET,
        is_active="disabled" not in target,
    )
    if "secret unset" in target:
        Hook.objects.filter(pk=hook.pk).update(secret=None)
    return hook


def _body(given: Given) -> bytes:
    if "raw" in given:
        raw = built(given["raw"])
        return raw if isinstance(raw, bytes) else raw.encode()
    return json.dumps(built(given.get("json", {}))).encode()


def _signature(given: Given, body: bytes, id_: str) -> dict[str, str]:
    """What is sent by whoever has the secret, or a guess."""
    how = given.get("sig", "valid" if given.get("valid") else "")
    if not how:
        return {}
    shift = int(str(given.get("timestamp", "0s")).rstrip("s"))
    at = str(int(time()) + shift)
    signed = b"{}" if re.search("other body|another body", how) else body
    digest = hmac.digest(SECRET.encode(), f"{id_}.{at}.".encode() + signed, "sha256")
    made = "v1," + b64encode(digest).decode()
    signature = made if how.startswith(("valid", "for ", "of ")) else how
    return {"webhook-id": id_, "webhook-timestamp": at, "webhook-signature": signature}


def _runs() -> str:
    return str([run.inputs for run in Execution.objects.all()])


def _time_of_another(stage: Stage) -> float:
    client = stage.client("userB")
    began = perf_counter()
    assert client.get("/api/v1/graphs/").status_code == 200
    return (perf_counter() - began) * 1000


TARGETS = [
    Target(
        lambda row: bool(re.match("[A-Z]+ /api/webhooks/<[^>]*token", row.target)),
        deliver,
    )
]
