"""Code of users, each run in a process of its own that is killed at its limits."""

import asyncio
import json
import os
import signal
import sys
from asyncio import StreamReader, StreamWriter
from asyncio.subprocess import PIPE, Process
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, cast
from weakref import WeakKeyDictionary

from blocks.errors import BlockError
from blocks.values import JsonObject
from blocks.world import MIB, CodeResult
from core import jsonio

LANGUAGES: Final = ("python", "javascript")
MAX_SECONDS: Final = 300.0
MAX_SOURCE_BYTES: Final = MIB
MEMORY_BYTES: Final = 64 * MIB
_ADDRESS_SPACE_BYTES: Final = 2048 * MIB
_AT_ONCE: Final = 4
_START_SECONDS: Final = 5.0
_CHILD: Final = Path(__file__).with_name("code_child.py")

_FAULTS: Final = {
    "timeout": ("timeout", "the code took longer than {seconds:g} s and was stopped"),
    "memory": ("too_large", "the code used more memory than {memory:,} bytes"),
    "too_large": (
        "too_large",
        "the code printed and returned more than {output:,} bytes",
    ),
}


class SandboxedCode:
    """Nothing of the host can be reached: no environment, network, files or modules
    of ours. The same for everybody, so one serves a process."""

    def __init__(self, *, at_once: int = _AT_ONCE) -> None:
        self._at_once = at_once
        self._turns: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = (
            WeakKeyDictionary()
        )

    async def run(
        self,
        language: str,
        source: str,
        *,
        inputs: JsonObject | None = None,
        timeout_s: float = 30.0,
        max_output_bytes: int = MIB,
    ) -> CodeResult:
        """
        Raises:
            BlockError: code `timeout`, `too_large`, `unavailable` or `crashed`.
        """
        seconds = min(timeout_s, MAX_SECONDS)
        job = _job(language, source, inputs or {}, seconds, max_output_bytes)
        async with self._turn():
            answer = await _answer(job, seconds, max_output_bytes)
        if fault := answer.get("fault"):
            raise _fault(str(fault), seconds, max_output_bytes)
        return _result(answer)

    def _turn(self) -> asyncio.Semaphore:
        loop = asyncio.get_running_loop()
        return self._turns.setdefault(loop, asyncio.Semaphore(self._at_once))


def _job(
    language: str, source: str, inputs: JsonObject, seconds: float, output: int
) -> bytes:
    if language not in LANGUAGES:
        known = " and ".join(LANGUAGES)
        raise BlockError(
            f"code in {language!r} cannot be run here, only {known}", code="unavailable"
        )
    job = {
        "language": language,
        "source": source,
        "inputs": inputs,
        "timeout_s": seconds,
        "max_output_bytes": output,
        "memory_bytes": MEMORY_BYTES,
        "address_space_bytes": _ADDRESS_SPACE_BYTES,
    }
    if len(source.encode()) > MAX_SOURCE_BYTES:
        raise BlockError(
            f"the code is longer than {MAX_SOURCE_BYTES:,} bytes", code="too_large"
        )
    return json.dumps(job).encode()


async def _answer(job: bytes, seconds: float, output: int) -> JsonObject:
    with TemporaryDirectory() as empty:
        child = await asyncio.create_subprocess_exec(
            sys.executable,
            "-I",
            str(_CHILD),
            stdin=PIPE,
            stdout=PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env={},
            cwd=empty,
            start_new_session=True,
        )
        try:
            async with asyncio.timeout(seconds + _START_SECONDS):
                said = await _exchange(child, job, output + 1024)
        except TimeoutError:
            return {"fault": "timeout"}
        finally:
            await _end(child)
    return _parsed(said, child.returncode)


async def _exchange(child: Process, job: bytes, limit: int) -> bytes:
    to_child, from_child = cast(StreamWriter, child.stdin), child.stdout
    with suppress(ConnectionError):  # it died while it was told: its code says why
        to_child.write(job)
        await to_child.drain()
        to_child.close()
    said = bytearray()
    while piece := await cast(StreamReader, from_child).read(65_536):
        said += piece
        if len(said) > limit:
            return b'{"fault": "too_large"}'
    await child.wait()
    return bytes(said)


async def _end(child: Process) -> None:
    """Also what it started; safe when all are gone."""
    with suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    await child.wait()


def _parsed(said: bytes, code: int | None) -> JsonObject:
    if said:
        return _checked(said)
    if code == -signal.SIGXCPU:
        return {"fault": "timeout"}
    raise BlockError(
        "the code brought its process down, maybe by using too much memory",
        code="crashed",
    )


def _checked(said: bytes) -> JsonObject:
    """What comes from the child is not to be believed."""
    limits = jsonio.Limits(size=len(said))
    try:
        answer = jsonio.loads(said, limits=limits)
    except jsonio.JsonError as error:
        raise BlockError(
            f"the result of the code cannot be stored: {error.message}",
            code="bad_output",
        ) from None
    return cast(JsonObject, answer)


def _result(answer: JsonObject) -> CodeResult:
    error = answer["error"]
    return CodeResult(
        result=answer["result"],
        stdout=str(answer["stdout"]),
        stderr=str(answer["stderr"]),
        error=None if error is None else str(error),
    )


def _fault(fault: str, seconds: float, output: int) -> BlockError:
    code, text = _FAULTS[fault]
    message = text.format(seconds=seconds, memory=MEMORY_BYTES, output=output)
    return BlockError(message, code=code)
