"""`manage.py auditverify`: is the audit log as it was written?"""

from argparse import ArgumentParser
from typing import Any

from django.core.management import BaseCommand, CommandError

from accounts.audit.chain import anchor_text, chain_all, verify
from accounts.models import AuditHead


class Command(BaseCommand):
    help = "Check the chain of the audit log; names the first row that is wrong."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--anchor",
            help="SEQ:DIGEST from the log of a worker: also checks that nothing up to "
            "there was cut off",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        anchor = None if options["anchor"] is None else _parsed(options["anchor"])
        before = verify(anchor)
        if before.fault:
            raise CommandError(f"The audit log is not what was written: {before.fault}")
        chain_all()
        head = AuditHead.objects.filter(id=1).first() or AuditHead()
        self.stdout.write(f"{head.seq} rows, unbroken. Anchor: {anchor_text(head)}")


def _parsed(text: str) -> tuple[int, bytes]:
    seq, _, digest = text.partition(":")
    try:
        return int(seq), bytes.fromhex(digest)
    except ValueError:
        raise CommandError("--anchor must be SEQ:DIGEST, as the log has it") from None
