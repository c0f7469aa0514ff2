"""Write the page of the documentation that lists all blocks of the library."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.core.management.base import BaseCommand

from blocks.registry import registry
from blocks.spec import BlockSpec
from graphs.block_catalogue import catalogue_page

PAGE: Final = Path("docs", "blocks.md")


class Command(BaseCommand):
    help = "Write docs/blocks.md from what the blocks declare."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--to", type=Path, metavar="FILE", help="another file")

    def handle(self, *args: Any, **options: Any) -> None:
        path = options["to"] or Path(settings.BASE_DIR) / PAGE
        path.write_text(catalogue_page(filter(is_ours, registry)), encoding="utf-8")
        self.stdout.write(f"Written: {path}")


def is_ours(spec: BlockSpec) -> bool:
    """It belongs to the library, not to the user."""
    return type(spec.block).__module__.startswith("blocks.library.")
