"""Papers that rows show: forged, ended or misused tokens and keys."""

import hmac
import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import timedelta
from statistics import median
from time import process_time
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from django.conf import settings
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.api_keys.secret import PREFIX
from accounts.api_keys.services import key_create, key_revoke
from accounts.models import ApiKey, User
from accounts.services import tokens_issue
from accounts.sign_in.passwords import password_set
from tests.security.corpus.facts import Facts
from tests.security.corpus.rows import Given, Row
from tests.security.corpus.stage import JSON, Stage
from tests.security.corpus.tools import Target, Tools, starting

REFRESH: Final = "/api/v1/auth/token/refresh/"
LOGOUT: Final = "/api/v1/auth/logout/"
GRAPHS: Final = "/api/v1/graphs/"
HEADERS: Final = ("alg", "kid", "typ", "jku", "jwk", "x5u", "x5c", "crit", "cty")
NAME_A_KEY: Final = {"jku", "jwk", "x5u", "x5c"}
TIMES: Final = ("exp", "nbf", "iat")
REPEATS: Final = 50


def headers_of(stage: Stage, given: Given) -> dict[str, str]:
    if "api_key" in given:
        return {"X-API-Key": _key(stage, str(given["api_key"]))}
    forged = given.get("jwt")
    if forged is None or is_refresh(forged):
        return {}
    return {"Authorization": f"Bearer {_token(stage, forged)}"}


# --- Tokens ---------------------------------------------------------------------------


def is_refresh(forged: Any) -> bool:
    """One that is shown where refresh tokens belong."""
    return (
        isinstance(forged, str)
        and forged.startswith("refresh")
        and "used as access" not in forged
    )


def refresh(stage: Stage, what: str) -> str:
    """A refresh token that is no longer good, for the reason that is told."""
    if not is_refresh(what):
        return _token(stage, what)
    issued = tokens_issue(stage.a)
    _ended(stage, what, issued.refresh)
    return issued.refresh


def _token(stage: Stage, forged: Any) -> str:
    if not isinstance(forged, str):
        return _forged(stage, forged)
    if "used as access" in forged:
        return tokens_issue(stage.a).refresh
    if " " not in forged:
        return forged  # it is written out
    issued = tokens_issue(stage.a)
    _ended(stage, forged, issued.refresh)
    return issued.access


def _ended(stage: Stage, why: str, refresh_token: str) -> None:
    """What makes a token no good."""
    user = User.objects.get(id=stage.a.id)
    if re.search("deactivated|disabled|inactive", why):
        User.objects.filter(id=user.id).update(is_active=False)
    elif re.search("rotated|reuse", why):
        answer = Client().post(REFRESH, {"refresh": refresh_token}, JSON)
        stage.a.__dict__["_newest"] = answer.json()["refresh"]
    elif "logout" in why:
        Client().post(LOGOUT, {"refresh": refresh_token}, JSON)
    elif "password" in why:
        password_set(user, "Correct-Horse-10", by="test")
    elif "deleted" in why:
        user.delete()
    else:
        raise AssertionError(f"nothing here knows of {why!r}")


def _forged(stage: Stage, forged: dict[str, Any]) -> str:
    """A good token of A but for what is told; unknown names are claims."""
    # Parts of a good one, so that each is refused for what is wrong with it alone.
    good = tokens_issue(stage.a).access
    head, claims = (_opened(part) for part in good.split(".")[:2])
    assert forged.get("claims", "valid") == "valid"
    for name, value in forged.items():
        if name in HEADERS:
            head[name] = value
        elif name in TIMES:
            claims[name] = _time(value)
        elif name not in ("key", "claims"):
            claims[name] = value
    # Who says where the key is has signed with that one.
    ours = (
        "attacker" if NAME_A_KEY & set(forged) else settings.SIMPLE_JWT["SIGNING_KEY"]
    )
    return _signed(head, claims, forged.get("key", ours))


def _time(text: Any) -> int:
    shift = timedelta(seconds=int(str(text).rstrip("s")))
    return int((timezone.now() + shift).timestamp())


def _signed(head: dict[str, Any], claims: dict[str, Any], key: str) -> str:
    """By hand, for libraries refuse to make what is wrong."""
    said = f"{_closed(head)}.{_closed(claims)}"
    return f"{said}.{_base64(_signature(str(head['alg']), said.encode(), key))}"


def _signature(alg: str, said: bytes, key: str) -> bytes:
    if alg.lower() == "none":
        return b""
    if alg.startswith("HS"):
        return hmac.digest(key.encode(), said, f"sha{alg.removeprefix('HS')}")
    assert alg == "RS256", f"nothing here signs with {alg}"
    return rsa.generate_private_key(65537, 2048).sign(said, PKCS1v15(), SHA256())


def _closed(part: dict[str, Any]) -> str:
    return _base64(json.dumps(part).encode())


def _base64(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def _opened(part: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return found


# --- Keys -----------------------------------------------------------------------------


def _made(stage: Stage, *permissions: str, **terms: Any) -> Any:
    workspace = stage.graphs["A"].workspace
    return key_create(
        user=stage.a,
        workspace=workspace,
        name="corpus",
        permissions=permissions or ["*"],
        **terms,
    )


def _key(stage: Stage, what: str) -> str:
    """A key as the row describes it."""
    if scope := re.search(r"scope (\S+)", what):
        return str(_made(stage, scope[1].replace("s:", ":")).key)
    made = _made(stage)
    key = str(made.key)
    if prefixed := re.fullmatch(r"<valid prefix>(.*)", what):
        return made.row.prefix + prefixed[1]
    if "other case" in what:
        return PREFIX + key.removeprefix(PREFIX).swapcase()
    if "revoked" in what:
        key_revoke(user=stage.a, key=made.row)
    elif "expired" in what:
        ended = timezone.now() - timedelta(seconds=1)
        ApiKey.objects.filter(id=made.row.id).update(expires_at=ended)
    elif "suspended" in what:
        ApiKey.objects.filter(id=made.row.id).update(suspended_at=timezone.now())
    elif re.search("deactivated|disabled", what):
        User.objects.filter(id=stage.a.id).update(is_active=False)
    elif re.search("address|network", what):
        ApiKey.objects.filter(id=made.row.id).update(
            allowed_addresses=["198.51.100.0/24"]
        )
    else:
        assert "<valid>" in what, f"nothing here is called {what!r}"
        return what.replace("<valid>", key)
    return key


def filled(stage: Stage, row: Row, text: str) -> str:
    """An address that a key stands in."""
    if row.kind != "api-key" or "<valid>" not in text:
        return text
    return text.replace("<valid>", str(_made(stage).key))


def facts_after(stage: Stage, row: Row) -> Facts:
    facts: Facts = {}
    if "family_revoked" in row.expect:
        newest = {"refresh": stage.a.__dict__["_newest"]}
        facts["family_revoked"] = (
            Client().post(REFRESH, newest, JSON).status_code == 401
        )
    if "median_diff_ms" in row.expect:
        facts["median_diff_ms"] = _apart(stage)
    return facts


def _apart(stage: Stage) -> float:
    """Whether a guess that begins as a key does takes longer than one that does not."""
    near = _made(stage).row.prefix + "wrongsecret"
    took: dict[str, list[float]] = {near: [], PREFIX + "q" * len(near): []}
    client = Client()
    for _ in range(REPEATS):
        for key, times in took.items():
            began = process_time()
            client.get(GRAPHS, headers={"X-API-Key": key})
            times.append(process_time() - began)
    one, other = map(median, took.values())
    return abs(one - other) * 1000


def dumped(row: Row, tools: Tools) -> Facts:
    """The key in the table of keys, in the forms that a dump may have it."""
    key = str(_made(Stage()).key)
    assert row.given["search"] == "raw key"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {ApiKey._meta.db_table}")  # noqa: S608
        values = [
            bytes(v) if isinstance(v, memoryview) else v for v in cursor.fetchone()
        ]
    dump = " ".join(v.hex() if isinstance(v, bytes) else str(v) for v in values)
    secret = key.removeprefix(PREFIX)
    forms = (key, secret, secret[:16], secret[-16:], secret.encode().hex())
    return {"matches": sum(form in dump for form in forms)}


TARGETS = [Target(starting("table dump"), dumped)]
