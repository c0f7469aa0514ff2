"""Run one block, or a batch of them, without server or database."""

import asyncio
import time
from argparse import ArgumentParser
from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path
from typing import Any

import orjson
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from blocks.context import Spend, Wait
from blocks.errors import BlockError, BlockInputError
from blocks.invoke import check_step, failure_of, prepare
from blocks.registry import registry
from blocks.values import JsonObject, JsonValue
from core import jsonio
from core.egress import EgressClient, parse_allow
from executions.engine.context import NodeContext, RunIdentity
from executions.world.local import local_world

Output = tuple[str, JsonValue]
Call = tuple[object, object]
"""A block, by id or name, and its inputs, as they were given."""


class Command(BaseCommand):
    help = "Run a block and print each output as one JSON line."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("block_id", nargs="?", help="or its name: Calculator")
        parser.add_argument("--inputs", default="{}", metavar="JSON")
        parser.add_argument(
            "--batch",
            type=Path,
            metavar="FILE.jsonl",
            help='lines {"block_id", "inputs"} in, lines {"outputs": […]} out',
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["batch"]:
            try:
                asyncio.run(self._batch(options["batch"]))
            except OSError as error:
                raise CommandError(f"The batch cannot be read: {error}") from None
        elif options["block_id"]:
            asyncio.run(self._one(options["block_id"], options["inputs"].encode()))
        else:
            raise CommandError("Name a block id, or a file with --batch.")

    async def _one(self, block_id: str, inputs: bytes) -> None:
        failed = False
        async for pin, value in _outputs_of(lambda: (block_id, _read(inputs))):
            self._print({"pin": pin, "value": value})
            failed = failed or pin == "error"
        if failed:
            raise SystemExit(1)

    async def _batch(self, path: Path) -> None:
        with path.open("rb") as lines:
            for line in lines:
                if line.strip():
                    call = partial(_call_of, line)
                    outputs = [list(o) async for o in _outputs_of(call)]
                    self._print({"outputs": outputs})

    def _print(self, document: dict[str, Any]) -> None:
        self.stdout.write(orjson.dumps(document).decode())


def _call_of(line: bytes) -> Call:
    document = _read(line)
    return document.get("block_id"), document.get("inputs", {})


async def _outputs_of(call: Callable[[], Call]) -> AsyncIterator[Output]:
    """What the block emits, with a failure as a last output on `error`; a call that
    cannot be read is one."""
    client = EgressClient(allow=parse_allow(settings.EGRESS_ALLOW))
    try:
        async for output in _run(*call(), client):
            yield output
    except Exception as error:
        yield "error", str(failure_of(error))
    finally:
        await client.aclose()


async def _run(
    block_id: object, inputs: object, client: EgressClient
) -> AsyncIterator[Output]:
    spec = registry.find(block_id) if isinstance(block_id, str) else None
    if spec is None:
        raise BlockError(
            f"no block has the id or name {block_id!r}", code="unknown_block"
        )
    if not isinstance(inputs, dict):
        raise BlockInputError("inputs must be a JSON object")
    context = NodeContext(
        run=RunIdentity(),
        node_id="block",
        number=1,
        attempt=1,
        world=local_world(client, settings.LIMITS),
        clock=time.time,
    )
    async for step in spec.block.run(prepare(spec, inputs, {}), context):
        checked = check_step(spec, step)
        if isinstance(checked, Wait):
            await asyncio.sleep(checked.seconds)
        elif not isinstance(checked, Spend):
            yield checked[0], checked[1].value


def _read(text: bytes) -> JsonObject:
    try:
        document = jsonio.loads(text, limits=jsonio.GRAPH)
    except jsonio.JsonError as error:
        raise BlockInputError(f"the inputs are no valid JSON: {error}") from None
    if not isinstance(document, dict):
        raise BlockInputError("write one JSON object")
    return document
