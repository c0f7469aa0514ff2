"""What a row expects, held against what happened. A key nothing tells about fails."""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from accounts.models import AuditDraft, AuditEvent
from tests.security.corpus.rows import COMMENT, Row

CANARY: Final = "CANARY-7f3a"

Facts = dict[str, Any]
"""By the names that rows expect them under."""


@dataclass(frozen=True)
class Noted:
    """What the audit log has of it."""

    action: str
    part: str = ""


AUDIT: Final[Mapping[str, Noted]] = {
    # theirs: ours
    "authz.denied": Noted("authz.denied"),
    "webhook.bad_signature": Noted("hook.refused"),
    "token.reuse": Noted("token.reuse"),
    "crypto.failure": Noted("crypto.failure"),
    "input.signal xss": Noted("input.signal", "xss"),
    "input.signal sql": Noted("input.signal", "sql"),
    "input.signal sqli": Noted("input.signal", "sql"),
    "input.signal command": Noted("input.signal", "command"),
    "worker rejects content, message dropped": Noted("worker.refused"),
    "login.failed": Noted("user.sign_in_refused"),
    "auth.failed": Noted("user.sign_in_refused"),
    "admin.denied": Noted("authz.denied"),
    "api_key.created": Noted("key.created"),
    "api_key.revoked": Noted("key.revoked"),
}


def noted() -> list[tuple[str, str]]:
    """Action and subject of each deed there is in the audit log."""
    drafts = [json.loads(bytes(draft.body)) for draft in AuditDraft.objects.all()]
    rows = AuditEvent.objects.values_list("action", "subject")
    return [*rows, *((draft["action"], draft["subject"]) for draft in drafts)]


def _is_noted(wanted: str, fact: Iterable[tuple[str, str]]) -> bool:
    assert wanted in AUDIT, f"no action of ours is known for {wanted!r}"
    ours = AUDIT[wanted]
    return any(ours.action == a and ours.part in subject for a, subject in fact)


def _is_one_of(wanted: Iterable[Any], fact: Any) -> bool:
    return fact in wanted


def _is_at_most(wanted: float, fact: float) -> bool:
    return fact <= wanted


def _is_pin(wanted: str, fact: Iterable[str]) -> bool:
    return bool(set(wanted.split("|")) & set(fact))


SAYS: Final = {
    # theirs: how ours begin to say it
    "blocked": "blocked|not allowed",
    "not allowed|invalid": "not allowed|invalid|must be|blocked",
    "too large": "too large|over the limit|at most|larger than",
    "unsupported": "unsupported|not supported|no such|invalid|cannot be used",
    "redirect": "redirect",
    "timeout": "timeout|timed out",
    "memory": "memory",
}


def _says(wanted: str, fact: str) -> bool:
    pattern = SAYS.get(wanted, wanted)
    return re.search(pattern, fact.replace("_", " "), re.I) is not None


def _says_none(wanted: Iterable[str], fact: str) -> bool:
    return not any(each in fact for each in wanted)


def _has_headers(wanted: Iterable[str], fact: Any) -> bool:
    pairs = [text.partition(": ") for text in wanted]
    return all(fact.get(name, "").startswith(value) for name, _, value in pairs)


def _has_no_header(wanted: str, fact: Any) -> bool:
    return wanted not in fact


def _is_strict_policy(wanted: str, fact: str) -> bool:
    """`script-src self + nonce, no unsafe-inline`: what must and must not be in it."""
    scripts = re.search(r"script-src ([^;]*)", fact)
    return (
        scripts is not None
        and "'self'" in scripts[1]
        and "unsafe" not in scripts[1]
        and ("nonce" not in wanted or "'nonce-" in scripts[1])
    )


def _begins(wanted: str, fact: str) -> bool:
    return fact.startswith(wanted)


def _holds(wanted: object, fact: Any) -> bool:
    """What the row says in a sentence, the target has looked into."""
    return fact is True


def _includes(wanted: Iterable[str], fact: Iterable[str]) -> bool:
    return set(wanted) <= set(fact)


def _is_in(wanted: str, fact: Iterable[str]) -> bool:
    return any(wanted in each for each in fact)


def _is_equal(wanted: Any, fact: Any) -> bool:
    return type(wanted) is type(fact) and bool(wanted == fact)


Rule = Callable[[Any, Any], bool]

RULES: Final[Mapping[str, Rule]] = {
    "status": _is_one_of,
    "status_last": _is_one_of,
    "handshake": _is_one_of,
    "ws_close": _is_one_of,
    "ws_reply": _begins,
    "audit": _is_noted,
    "pin": _is_pin,
    "pin_match": _says,
    "leak": _says_none,
    "places": _includes,
    "no_header": _has_no_header,
    "headers": _has_headers,
    "csp": _is_strict_policy,
    "finding": _is_in,
    "severity": _is_in,
    "median_diff_ms": _is_at_most,
    "max_ms": _is_at_most,
    "max_rss_growth_mb": _is_at_most,
    "max_stored_bytes": _is_at_most,
    "other_tenants_p95_ms": _is_at_most,
    "hops_max": _is_at_most,
    "rows_max": _is_at_most,
    "stored_path": _holds,
    "reads_back": _holds,
    "verify": _holds,
    "exit": _holds,
    "body": _holds,
}
"""All others must be equal."""


def judge(row: Row, facts: Facts) -> None:
    for name, wanted in row.expect.items():
        if name == COMMENT:
            continue
        assert name in facts, f"nothing tells of {name!r}: {wanted!r}"
        rule = RULES.get(name, _is_equal)
        assert rule(wanted, facts[name]), f"{name}: {wanted!r} is not {facts[name]!r}"
    _judge_what_always_holds(row, facts)


def _judge_what_always_holds(row: Row, facts: Facts) -> None:
    status = facts.get("status", 0)
    assert status < 500 or status in row.expect.get("status", ()), facts
    said = str(facts.get("text", ""))
    assert 'File "/' not in said, "a trace of our own code"
    assert CANARY not in said or CANARY in str(row.input)
    assert not row.unused, f"no use was made of {sorted(row.unused)}"
