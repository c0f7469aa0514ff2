"""System checks of the settings: what would only show later is said at the start."""

import sqlite3
from collections.abc import Iterator
from typing import Any, Final

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register

MIN_SECRET: Final = 32
MIN_SQLITE: Final = (3, 35)
"""From here on it has RETURNING and can drop columns."""

TAKEN_PATHS: Final = ("api/", "ws/", "static/", "agents/", "runs/", "hooks/")


@register(Tags.security)
def settings_check(app_configs: object, **kwargs: Any) -> list[CheckMessage]:
    rules = (_secrets, _hosts, _debug, _admin_path, _sqlite)
    return [message for rule in rules for message in rule()]


def _secrets() -> Iterator[CheckMessage]:
    if not settings.SERVICES_MODE:
        return  # they were made by ourselves
    found = {
        "SECRET_KEY": settings.SECRET_KEY,
        "JWT_SECRET": str(settings.SIMPLE_JWT["SIGNING_KEY"]),
    }
    for name, secret in found.items():
        if len(secret) < MIN_SECRET:
            yield Error(
                f"{name} has {len(secret)} characters, which can be guessed.",
                hint=f"Give it at least {MIN_SECRET} random ones.",
                id="autogpt_site.E001",
            )
    secrets = [*found.values(), settings.ENCRYPTION_MASTER_KEY]
    if len(set(secrets)) < len(secrets):
        yield Error(
            "SECRET_KEY, JWT_SECRET and ENCRYPTION_MASTER_KEY are not all different.",
            hint="Give each a value of its own: one that leaks must not open the rest.",
            id="autogpt_site.E002",
        )


def _hosts() -> Iterator[CheckMessage]:
    if settings.SERVICES_MODE and "*" in settings.ALLOWED_HOSTS:
        yield Error(
            'ALLOWED_HOSTS has "*": any site may send its visitors here as its own.',
            hint="Name the hosts that people use, separated by commas.",
            id="autogpt_site.E003",
        )


def _debug() -> Iterator[CheckMessage]:
    if settings.SERVICES_MODE and settings.DEBUG:
        yield Warning(
            "DEBUG is on: errors show settings and code to whoever causes one.",
            hint="Leave DEBUG out of the environment.",
            id="autogpt_site.W001",
        )


def _admin_path() -> Iterator[CheckMessage]:
    path = settings.ADMIN_PATH
    if path == "/" or path.startswith(TAKEN_PATHS):
        yield Error(
            f"ADMIN_PATH is {path!r}, where other pages are.",
            hint='Choose a path of its own, such as "admin/".',
            id="autogpt_site.E004",
        )


def _sqlite() -> Iterator[CheckMessage]:
    if not settings.SERVICES_MODE and sqlite3.sqlite_version_info < MIN_SQLITE:
        yield Error(
            f"SQLite {sqlite3.sqlite_version} is too old.",
            hint="Use a Python with SQLite 3.35 or newer, or set DATABASE_URL.",
            id="autogpt_site.E005",
        )
