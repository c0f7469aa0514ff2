"""What could be better about an agent in a file; needs no server or database."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import orjson
from django.core.management.base import BaseCommand, CommandError

from core import jsonio
from graphs.agent_file import read_agent
from graphs.domain.bundle import unpack
from graphs.domain.faults import GraphFormatError
from graphs.domain.suggestions import suggest


class Command(BaseCommand):
    help = "Print as JSON what could be better about an agent that is not wrong."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE.json")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            bundle = unpack(read_agent(options["file"]))
        except (jsonio.JsonError, GraphFormatError) as error:
            raise CommandError(f"This is no agent: {error}") from None
        found = [one.to_json() for one in suggest(bundle.top)]
        self.stdout.write(orjson.dumps(found).decode())
