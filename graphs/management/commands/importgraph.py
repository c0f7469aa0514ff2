"""Store an exported agent for a user."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import orjson
from django.core.management.base import BaseCommand, CommandError

from accounts.models import User
from core import jsonio
from graphs.agent_file import read_agent
from graphs.domain.faults import GraphFormatError
from graphs.services import graph_import


class Command(BaseCommand):
    help = 'Import an agent and print {"id", "report"}.'
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE.json")
        parser.add_argument("--owner", required=True, metavar="EMAIL")

    def handle(self, *args: Any, **options: Any) -> None:
        owner = _owner(options["owner"])
        try:
            document = read_agent(options["file"])
            graph, report = graph_import(user=owner, document=document)
        except jsonio.JsonError as error:
            raise CommandError(f"This is no agent: {error}") from None
        except GraphFormatError as error:
            raise CommandError(f"This is no agent:\n{_listed(error)}") from None
        printed = {"id": str(graph.id), "report": report.to_json()}
        self.stdout.write(orjson.dumps(printed).decode())


def _listed(error: GraphFormatError) -> str:
    faults = error.errors
    return "\n".join(
        f"{fault.field or 'document'}: {fault.message}" for fault in faults
    )


def _owner(email: str) -> User:
    try:
        return User.objects.get_by_natural_key(email)
    except User.DoesNotExist:
        message = f"No user has the e-mail address {email}. Register it first."
        raise CommandError(message) from None
