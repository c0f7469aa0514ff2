"""Delete now what retention would delete bit by bit."""

import sys
from argparse import ArgumentParser
from typing import Any, Final

from django.core.management.base import BaseCommand

from executions import retention

BAR: Final = 40


class Command(BaseCommand):
    help = "Delete runs that have been kept for as long as they are to be kept."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--dry-run", action="store_true", help="only say how many there are"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        total = sum(retention.due(policy).count() for policy in retention.policies())
        if options["dry_run"]:
            self.stdout.write(f"{total:,} runs would be deleted")
            return
        deleted = 0
        for count in retention.batches():
            deleted += count
            self._show(deleted, total)
        self.stdout.write(f"{deleted:,} runs deleted, {total - deleted:,} still needed")

    def _show(self, deleted: int, total: int) -> None:
        """A bar for who watches; nothing in a log."""
        if not sys.stderr.isatty():
            return
        done = BAR * deleted // max(1, total)
        bar = "#" * done + "." * (BAR - done)
        self.stderr.write(f"\r[{bar}] {deleted:,} of {total:,}", ending="")
