"""Write a new block: one file, with an example that passes."""

import re
import uuid
from argparse import ArgumentParser
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from graphs.block_template import block_source

_NAME: Final = re.compile(r"[A-Z][A-Za-z0-9]*")


class Command(BaseCommand):
    help = "Write a new block into the folder of user blocks."
    # It also serves while another file in the folder is wrong.
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help="such as WordCount")
        parser.add_argument(
            "--folder", type=Path, help="where to; by default BLOCKS_PATH"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        name = options["name"].removesuffix("Block")
        if not _NAME.fullmatch(name):
            raise CommandError(
                f"{options['name']!r} is no name for a block: write it like WordCount."
            )
        folder = options["folder"] or Path(settings.BLOCKS_PATH)
        path = folder / f"{_file_name(name)}.py"
        self._write(path, block_source(name, str(uuid.uuid4())))
        self.stdout.write(
            f"Written: {path}\n"
            f"Test it: python manage.py testblocks {path}\n"
            "A server in embedded mode takes it at once; others at their next start."
        )

    def _write(self, path: Path, source: str) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("x", encoding="utf-8") as file:
                file.write(source)
        except FileExistsError:
            raise CommandError(
                f"{path} is there already; choose another name."
            ) from None
        except OSError as error:
            raise CommandError(f"{path} cannot be written: {error}") from None


def _file_name(name: str) -> str:
    """`word_count` of `WordCount`, `http_get` of `HTTPGet`."""
    apart = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name)
    return apart.lower()
