"""Writes to inbound webhooks, and what a delivery to one starts."""

import base64
import hashlib
import secrets
from functools import lru_cache
from typing import Any, Final, NamedTuple
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F
from django.http import Http404

from accounts.audit import Deed, record
from accounts.models import User
from blocks.registry import registry
from core.http import Problem
from executions.models import Execution, Hook, HookDelivery
from executions.services import (
    execution_accept,
    execution_prepare,
    version_to_run,
)
from executions.triggers.payloads import Delivery, inputs_from
from executions.triggers.signing import KEY_PREFIX, signing_key
from graphs.domain.interface import input_schema
from graphs.models import Graph
from graphs.selectors import load_version

MIN_SECRET: Final = 16
MAX_SECRET: Final = 255
_KEY_BYTES: Final = 32


# --- The hooks themselves -------------------------------------------------------------


def hook_create(
    *,
    user: User,
    graph: Graph,
    name: str = "",
    check_by: str = Hook.Check.NONE,
    secret: str | None = None,
    wait_s: float | None = None,
    is_active: bool = True,
) -> Hook:
    """With a secret of its own if it checks by one and none is given.

    Raises:
        Problem: 400, the secret cannot be used.
    """
    hook = Hook(
        workspace_id=graph.workspace_id,
        graph=graph,
        user=user,
        name=name,
        check_by=check_by,
        wait_s=wait_s,
        is_active=is_active,
    )
    _give_token(hook)
    _settle_secret(hook, secret)
    hook.save(force_insert=True)
    return hook


def hook_update(*, hook: Hook, secret: str | None = None, **changes: Any) -> Hook:
    """Change what is given; a secret of None stays as it is.

    Raises:
        Problem: 400, the secret cannot be used.
    """
    with transaction.atomic():
        row = _locked(hook)
        for name, value in changes.items():
            setattr(row, name, value)
        _settle_secret(row, secret)
        row.save()
    return row


def hook_rotate(*, hook: Hook) -> Hook:
    """Give it a new address; the old one is nobody's from now on."""
    with transaction.atomic():
        row = _locked(hook)
        _give_token(row)
        row.save(update_fields=["token", "token_hash"])
    return row


def hook_delete(*, hook: Hook) -> None:
    hook.delete()


def new_secret() -> str:
    """As Standard Webhooks writes them; as plain text it serves the other checks."""
    key = base64.b64encode(secrets.token_bytes(_KEY_BYTES)).decode()
    return KEY_PREFIX + key


def _locked(hook: Hook) -> Hook:
    """
    Raises:
        Http404: it was deleted meanwhile.
    """
    row = Hook.objects.select_for_update().filter(pk=hook.pk).first()
    if row is None:
        raise Http404
    row.graph = hook.graph
    return row


def _give_token(hook: Hook) -> None:
    token = secrets.token_urlsafe(32)
    hook.token, hook.token_hash = token, _hash_of(token)


def _hash_of(token: str) -> str:
    """Tokens are random and long, so a plain hash gives nothing away."""
    return hashlib.sha256(token.encode()).hexdigest()


def _settle_secret(hook: Hook, secret: str | None) -> None:
    if secret is not None:
        _check_secret(hook, secret)
        hook.secret = secret
    elif hook.check_by == Hook.Check.NONE:
        hook.secret = None
    elif hook.secret is None:
        hook.secret = new_secret()


def _check_secret(hook: Hook, secret: str) -> None:
    fault = _secret_fault(hook, secret)
    if fault is not None:
        raise Problem(
            400,
            "Invalid secret",
            fault,
            [{"field": "secret", "message": fault, "code": "invalid"}],
            code="invalid-secret",
        )


def _secret_fault(hook: Hook, secret: str) -> str | None:
    if hook.check_by == Hook.Check.NONE:
        return "This webhook checks no secret. Choose a check, or leave it out."
    if not (secret.isascii() and secret.isprintable() and " " not in secret):
        return "Must be printable ASCII characters without spaces."
    if not MIN_SECRET <= len(secret) <= MAX_SECRET:
        return f"Must have {MIN_SECRET} to {MAX_SECRET} characters."
    try:
        signing_key(secret)
    except ValueError as error:
        return str(error)
    return None


# --- Deliveries -----------------------------------------------------------------------


class Delivered(NamedTuple):
    execution: Execution
    is_replay: bool


def hook_by_token(token: str) -> Hook | None:
    """The hook of this address, if a delivery to it may start anything."""
    return (
        Hook.objects.filter(
            token_hash=_hash_of(token),
            is_active=True,
            graph__is_active=True,
            graph__deleted_at__isnull=True,
            user__is_active=True,
            workspace__members=F("user"),
        )
        .select_related("graph", "user")
        .defer("graph__draft", "graph__description")
        .first()
    )


def hook_deliver(*, hook: Hook, delivery: Delivery, delivery_id: str) -> Delivered:
    """Start the agent, or find what the delivery of this id has started. An id of ""
    is none; others are remembered for as long as the execution is kept.

    Raises:
        Problem: the start is refused, as `execution_start` does.
    """
    first = _first(hook, delivery_id)
    if first is not None:
        return Delivered(first, is_replay=True)
    execution = _prepared(hook, delivery)
    if not delivery_id:
        execution_accept(execution)
        return Delivered(execution, is_replay=False)
    return _accepted_once(hook, execution, delivery_id)


def hook_refused(hook: Hook) -> None:
    """Somebody who knows the address has no secret, or signs with another one."""
    record(
        Deed(
            action="hook.refused",
            workspace_id=hook.workspace_id,
            subject=f"hook:{hook.pk}",
        )
    )


def _prepared(hook: Hook, delivery: Delivery) -> Execution:
    version_id = version_to_run(hook.user, hook.graph, None)
    return execution_prepare(
        user=hook.user,
        graph=hook.graph,
        inputs=inputs_from(delivery, _input_names(version_id)),
        trigger=Execution.Trigger.HOOK,
    )


@registry.clears
@lru_cache(maxsize=1024)
def _input_names(version_id: UUID) -> frozenset[str]:
    """Versions never change, so neither do their inputs."""
    properties: Any = input_schema(load_version(version_id))["properties"]
    return frozenset(properties)


def _accepted_once(hook: Hook, execution: Execution, delivery_id: str) -> Delivered:
    try:
        with transaction.atomic():
            execution_accept(execution)
            HookDelivery.objects.create(
                hook=hook, delivery_id=delivery_id, execution=execution
            )
    except IntegrityError:
        # The same delivery came twice at once; the unique index let one through.
        first = _first(hook, delivery_id)
        if first is None:
            raise
        return Delivered(first, is_replay=True)
    return Delivered(execution, is_replay=False)


def _first(hook: Hook, delivery_id: str) -> Execution | None:
    if not delivery_id:
        return None
    found = Execution.objects.filter(
        hookdelivery__hook=hook, hookdelivery__delivery_id=delivery_id
    )
    return found.only("id", "status").first()
