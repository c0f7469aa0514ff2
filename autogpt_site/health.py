"""Is this process alive, and is it fit to serve?"""

import logging
from collections.abc import Callable
from functools import cache as memo
from typing import Final

from django.core.cache import cache
from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse

from core.crypto import DecryptionError
from core.keys import keyring

logger = logging.getLogger(__name__)

_CANARY: Final = "canary"


class NotReady(Exception):
    """Says what is wrong, without secrets or internals."""


def livez(request: HttpRequest) -> JsonResponse:
    """The process answers. Nothing else is asked, lest a slow database kill it."""
    return JsonResponse({"status": "alive"})


def readyz(request: HttpRequest) -> JsonResponse:
    """503 and what failed, unless it can serve. A lost cache only degrades."""
    faults = _faults({"database": _database, "migrations": _migrations, "keys": _keys})
    lesser = _faults({"cache": _cache})
    status = "not ready" if faults else "degraded" if lesser else "ready"
    body = {"status": status, "failed": faults | lesser}
    return JsonResponse(body, status=503 if faults else 200)


def _faults(probes: dict[str, Callable[[], None]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, probe in probes.items():
        try:
            probe()
        except NotReady as fault:
            found[name] = str(fault)
        except Exception:
            # Whatever it is, it is for the log; the answer is public.
            logger.exception("The readiness probe %s failed", name)
            found[name] = "no answer"
    return found


def _database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


@memo
def _migrations() -> None:
    """Migrations are not taken back under a running process, so success is remembered;
    a failure raises and is not."""
    if pending_migrations():
        raise NotReady("migrations are pending: run `manage.py migrate`")


def pending_migrations() -> list[str]:
    executor = MigrationExecutor(connections[DEFAULT_DB_ALIAS])
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _ in plan]


def _keys() -> None:
    """The master key is the one that the data keys were wrapped with."""
    try:
        keyring().check()
    except DecryptionError:
        raise NotReady(
            "the master key is not the one the data was sealed with"
        ) from None


def _cache() -> None:
    cache.set("readyz", _CANARY, 10)
    if cache.get("readyz") != _CANARY:
        raise NotReady("what was stored was not found")
