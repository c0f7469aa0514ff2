"""Run an agent from a file, without server or database."""

import asyncio
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import orjson
from django.conf import settings
from django.core.management.base import BaseCommand

from blocks.values import JsonObject, JsonValue
from core import jsonio
from core.egress import EgressClient, parse_allow
from executions.local import run_locally
from graphs.domain.bundle import Bundle, unpack
from graphs.domain.faults import FormatFault, GraphFormatError


class Command(BaseCommand):
    help = "Run an agent from a file and print what came out as one JSON object."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="an exported agent")
        parser.add_argument(
            "--input",
            action="append",
            default=[],
            metavar="NAME=JSON",
            help="a value for an input of the agent; text needs no quotes",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        result = _run(options["file"], options["input"])
        self.stdout.write(orjson.dumps(result).decode())
        if result["status"] != "COMPLETED":
            raise SystemExit(1)


def _run(path: Path, inputs: list[str]) -> JsonObject:
    try:
        bundle = unpack(jsonio.loads(path.read_bytes(), limits=jsonio.GRAPH))
        values = _values(inputs)
    except GraphFormatError as error:
        return _refused(*map(_as_error, error.errors))
    except jsonio.JsonError as error:
        return _refused(
            {"code": error.code, "message": str(error), "field": error.path}
        )
    except (OSError, ValueError) as error:
        return _refused({"code": "bad_argument", "message": str(error)})
    return asyncio.run(_run_with_client(bundle, values))


async def _run_with_client(bundle: Bundle, values: JsonObject) -> JsonObject:
    client = EgressClient(allow=parse_allow(settings.EGRESS_ALLOW))
    try:
        return await run_locally(
            bundle.top,
            values,
            limits=settings.LIMITS,
            client=client,
            others={**bundle.parts, bundle.id: bundle.top},
        )
    finally:
        await client.aclose()


def _values(pairs: list[str]) -> JsonObject:
    values: JsonObject = {}
    for name, value in map(_named, pairs):
        if name in values:
            raise ValueError(f"--input {name!r} is given twice")
        values[name] = value
    return values


def _named(pair: str) -> tuple[str, JsonValue]:
    """`NAME=JSON`; what is no JSON is taken as text."""
    name, found, text = pair.partition("=")
    if not found:
        raise ValueError(f"--input {pair!r}: write NAME=JSON")
    try:
        return name, jsonio.loads(text.encode())
    except jsonio.JsonError as error:
        if error.code != "syntax":
            raise
        return name, text


def _as_error(fault: FormatFault) -> JsonObject:
    return {"code": fault.code, "message": fault.message, "field": fault.field}


def _refused(*errors: JsonObject) -> JsonObject:
    return {
        "status": "FAILED",
        "outputs": {},
        "errors": list(errors),
        "node_executions": 0,
    }
