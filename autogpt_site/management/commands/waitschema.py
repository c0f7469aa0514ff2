"""Waits until the database answers and has every migration: run before a worker."""

import time
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError, InterfaceError, connection

from autogpt_site.health import pending_migrations

POLL_S: Final = 1.0


class Command(BaseCommand):
    help = "Wait until the database answers and every migration is applied."
    # Checks may ask the database, which is what may not be there yet.
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--timeout", type=float, default=120.0, help="seconds (default: 120)"
        )

    def handle(self, *args: Any, timeout: float, **options: Any) -> None:
        deadline = time.monotonic() + timeout
        said = ""
        while reason := _what_is_missing():
            if time.monotonic() >= deadline:
                raise CommandError(f"Waited {timeout:g} s in vain: {reason}.")
            if reason != said:
                self.stderr.write(f"Waiting: {reason}.")
                said = reason
            time.sleep(min(POLL_S, timeout))
        self.stdout.write("The schema is complete.")


def _what_is_missing() -> str:
    try:
        pending = pending_migrations()
    except (DatabaseError, InterfaceError) as error:
        connection.close()
        return f"the database does not answer ({type(error).__name__})"
    if not pending:
        return ""
    return f"{len(pending)} migrations are pending, first {pending[0]}; run `migrate`"
