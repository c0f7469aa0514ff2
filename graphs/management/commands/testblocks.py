"""Run the examples of blocks of a file or of the whole folder of user blocks."""

import asyncio
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from blocks.registry import registry
from blocks.spec import BlockSpec
from blocks.testing import check_example
from blocks.user_blocks import UserBlocks, user_blocks


class Command(BaseCommand):
    help = "Run the examples of your blocks; says which fail, and how."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "path", nargs="?", type=Path, help="a file or folder; else BLOCKS_PATH"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        path = (options["path"] or Path(settings.BLOCKS_PATH)).resolve()
        blocks = _blocks_in(path if path.is_dir() else path.parent)
        wanted = [r for r in blocks.refusals if _is_within(r.source, path)]
        failures = [f"refused: {refusal}" for refusal in wanted]
        specs = [s for s in registry if _is_within(_file_of(s), path)]
        failures += list(_failures(specs))
        for failure in failures:
            self.stderr.write(failure)
        count = sum(len(spec.examples) for spec in specs)
        if wanted:
            raise CommandError(f"{_counted(len(wanted), 'file')} refused.")
        if failures:
            raise CommandError(f"{len(failures)} failed, of {count} examples.")
        if not specs:
            raise CommandError(f"There are no blocks in {path}.")
        told = f"{_counted(count, 'example')} of {_counted(len(specs), 'block')}"
        self.stdout.write(f"{told} passed.")


def _counted(count: int, thing: str) -> str:
    return f"{count} {thing}" if count == 1 else f"{count} {thing}s"


def _blocks_in(folder: Path) -> UserBlocks:
    if folder == Path(settings.BLOCKS_PATH).resolve():
        return user_blocks
    blocks = UserBlocks(folder, registry)
    blocks.refresh()
    return blocks


def _file_of(spec: BlockSpec) -> str:
    code = type(spec.block).run.__code__
    return code.co_filename


def _is_within(file: str, path: Path) -> bool:
    found = Path(file).resolve()
    return found == path or path in found.parents


def _failures(specs: list[BlockSpec]) -> Iterator[str]:
    for spec in specs:
        if not spec.examples:
            yield f"{spec.name} has no example"
        for example in spec.examples:
            try:
                asyncio.run(check_example(spec, example))
            except AssertionError as error:
                yield str(error)
