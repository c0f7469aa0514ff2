"""Print a stored agent in the format in which agents are exchanged."""

from argparse import ArgumentParser
from typing import Any
from uuid import UUID

import orjson
from django.core.management.base import BaseCommand, CommandError

from graphs.exporting import exported
from graphs.models import Graph


class Command(BaseCommand):
    help = "Print an agent as JSON, without its secrets."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("id", type=UUID)

    def handle(self, *args: Any, **options: Any) -> None:
        graph = Graph.objects.filter(id=options["id"], deleted_at=None).first()
        if graph is None:
            raise CommandError(f"No agent has the id {options['id']}.")
        printed = orjson.dumps(exported(graph), option=orjson.OPT_INDENT_2)
        self.stdout.write(printed.decode())
