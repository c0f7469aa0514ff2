"""`manage.py rotatekeys`: new keys, while the site goes on."""

from argparse import ArgumentParser
from typing import Any, Final

from django.core.management import BaseCommand, CommandError

from accounts.rotation import Renewed, renew_data_keys, rewrap
from core.crypto import DecryptionError

WIDTH: Final = 30


class Command(BaseCommand):
    help = (
        "Wrap the data keys with the first master key, and with --data-keys also seal "
        "everything with new ones. May be stopped and begun again at any time."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--data-keys",
            action="store_true",
            help="also replace the data keys and seal every value anew",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            wrapped = rewrap(self._progress)
            done = (
                renew_data_keys(self._progress) if options["data_keys"] else Renewed()
            )
        except DecryptionError as error:
            raise CommandError(
                f"{error}. Put every older master key into ENCRYPTION_MASTER_KEYS_OLD."
            ) from None
        self._end_line()
        self.stdout.write(f"{wrapped} keys wrapped, {done.sealed} values sealed anew.")
        if done.unreadable:
            raise CommandError(
                f"{done.unreadable} values do not open; the log names their rows."
            )

    def _progress(self, what: str, done: int, total: int) -> None:
        filled = WIDTH if not total else WIDTH * done // total
        bar = "#" * filled + "-" * (WIDTH - filled)
        text = f"[{bar}] {what}: {done:,} of {total:,}"
        if self._is_screen:
            self.stderr.write(f"\r{text:<79}", ending="")
        elif done >= total:
            self.stderr.write(text)

    def _end_line(self) -> None:
        if self._is_screen:
            self.stderr.write("")

    @property
    def _is_screen(self) -> bool:
        return self.stderr.isatty()
