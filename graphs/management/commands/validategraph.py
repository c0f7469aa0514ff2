"""Say everything that is wrong with an agent in a file."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import orjson
from django.core.management.base import BaseCommand

from core import jsonio
from graphs.agent_file import read_agent
from graphs.domain.bundle import check_document
from graphs.domain.findings import Finding, errors_of
from graphs.domain.transfer import format_finding


class Command(BaseCommand):
    help = "Print the findings about an agent as JSON; exit 1 if any is an error."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE.json")

    def handle(self, *args: Any, **options: Any) -> None:
        findings = _findings(options["file"])
        documents = [finding.to_json() for finding in findings]
        self.stdout.write(orjson.dumps(documents).decode())
        if errors_of(findings):
            raise SystemExit(1)


def _findings(path: Path) -> list[Finding]:
    try:
        return check_document(read_agent(path))
    except jsonio.JsonError as error:
        return [format_finding(error.path, error.message)]
