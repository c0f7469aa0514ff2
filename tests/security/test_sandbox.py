"""Foreign code reaches nothing, and ends within its limits."""

import os
import socket
import time
from collections.abc import Iterator

import pytest

from blocks.errors import BlockError
from blocks.world import CodeResult
from executions.world.code import SandboxedCode

CANARY = "CANARY-7f3a"


async def run(language: str, source: str, **options: object) -> CodeResult:
    return await SandboxedCode().run(language, source, **options)  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def canary_in_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_CANARY", CANARY)


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        yield server


@pytest.mark.parametrize(
    ("language", "source", "result"),
    [
        # the last expression is the result
        ("python", "a = 1\na + x", 43),
        ("javascript", "let a = 1; a + x", 43),
        # containers and what JSON cannot say
        ("python", "[(1, 2), {'a': None}, 2 ** 70]", [[1, 2], {"a": None}, str(2**70)]),
        ("python", "float('inf')", None),
        (
            "javascript",
            "({a: [1, undefined, NaN], b: 2n})",
            {"a": [1, None, None], "b": "2"},
        ),
        # nothing to say
        ("python", "a = 1", None),
        ("javascript", "undefined", None),
        ("javascript", "(() => 1)", None),
        # a promise is waited for
        ("javascript", "(async () => (await 4) + x)()", 46),
    ],
)
async def test_code_gives_its_last_value(language, source, result):
    assert (await run(language, source, inputs={"x": 42})).result == result


@pytest.mark.parametrize(
    ("language", "source"),
    [
        ("python", "print('hé', 1)"),
        ("javascript", "console.log('hé', 1)"),
    ],
)
async def test_what_is_printed_is_kept(language, source):
    assert (await run(language, source)).stdout == "hé 1\n"


@pytest.mark.parametrize(
    ("language", "source", "part"),
    [
        ("python", "1 / 0", "ZeroDivisionError"),
        ("python", "def f(:", "SyntaxError"),
        ("javascript", "nothing.here", "ReferenceError"),
        ("javascript", "let let", "SyntaxError"),
        ("javascript", "Promise.reject(new Error('no'))", "no"),
        # recursion ends the code, not the process
        ("python", "def f(): return f()\nf()", "RecursionError"),
        ("javascript", "function f() { return f() } f()", "call stack"),
    ],
)
async def test_a_failure_of_the_code_is_told(language, source, part):
    assert part in ((await run(language, source)).error or "")


ESCAPES = [
    "(1).__class__.__bases__[0].__subclasses__()",
    "__import__('os').system('touch escaped')",
    "import subprocess; subprocess.run(['touch', 'escaped'])",
    "import ctypes",
    "try:\n None.x\nexcept AttributeError as e:\n r=e.obj.__class__",
    "def g():\n yield\nr=g().gi_frame.f_builtins\nr['open']('/etc/passwd').read()",
    "().__\uff43lass__.__base__.__subclasses__()",
    "f'{().__class__.__base__.__subclasses__()}'",
    "'{0.__class__.__init__.__globals__}'.format(print)",
    "import os\nstr(os.environ)",
    "import sys\nstr(sys.modules)",
    "open('/etc/passwd').read()",
    "open('/proc/self/environ').read()",
    "from pathlib import Path\nPath('/etc/passwd').read_text()",
    "breakpoint()",
    "exec('import os')",
    "eval('__import__(\"os\")')",
    "type('X', (), {})().__class__.__mro__[1].__subclasses__()",
]
JS_ESCAPES = [
    "Function('return this')().process.env",
    "[].constructor.constructor('return process')().exit()",
    "import('os').then(os => os.exec(['id']))",
    "import('std').then(std => std.loadFile('/etc/passwd'))",
    "require('fs').readFileSync('/etc/passwd')",
    "std.loadFile('/etc/passwd')",
    "new Worker('x')",
    "fetch('http://127.0.0.1/')",
    "Object.getPrototypeOf(console.log).constructor('return scriptArgs')()",
]


@pytest.mark.parametrize(
    ("language", "source"),
    [("python", source) for source in ESCAPES]
    + [("javascript", source) for source in JS_ESCAPES],
)
async def test_nothing_of_the_host_is_reached(language, source, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    try:
        seen = repr(await run(language, source))
    except BlockError as error:
        seen = str(error)
    assert CANARY not in seen
    assert "root:" not in seen
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(
    ("language", "source"),
    [
        ("python", "import socket\nsocket.create_connection(('127.0.0.1', {port}), 1)"),
        (
            "python",
            "import urllib.request\nurllib.request.urlopen('http://127.0.0.1:{port}')",
        ),
        ("javascript", "fetch('http://127.0.0.1:{port}/')"),
    ],
)
async def test_no_connection_is_made(language, source, listener):
    port = listener.getsockname()[1]
    done = await run(language, source.replace("{port}", str(port)))
    assert done.error
    with pytest.raises(BlockingIOError):
        listener.accept()


@pytest.mark.parametrize(
    ("language", "source", "code"),
    [
        ("python", "while True: pass", "timeout"),
        ("javascript", "while (true) {}", "timeout"),
        ("javascript", "(async () => { while (true) await 0 })()", "timeout"),
        ("python", "9 ** 9 ** 9", "too_large"),
        ("python", "'a' * 10 ** 10", "too_large"),
        ("python", "a = []\nwhile True: a.append('x' * 1000)", "too_large"),
        ("javascript", "'x'.repeat(2 ** 28).split('')", "too_large"),
        ("python", "while True: print('a' * 1000)", "too_large"),
        ("python", "'a' * 2_000_000", "too_large"),
        ("javascript", "'a'.repeat(2000000)", "too_large"),
    ],
)
async def test_limits_end_the_code(language, source, code):
    began = time.monotonic()
    with pytest.raises(BlockError) as caught:
        await run(language, source, timeout_s=2)
    assert caught.value.code == code
    assert time.monotonic() - began < 9


async def test_what_cannot_be_stored_is_refused():
    with pytest.raises(BlockError, match="cannot be stored"):
        await run("javascript", r"'\ud800'")


async def test_other_languages_are_refused():
    with pytest.raises(BlockError, match="only python and javascript") as caught:
        await run("bash", "id")
    assert caught.value.code == "unavailable"


async def test_a_cancelled_run_leaves_no_process():
    import asyncio

    before = _children()
    task = asyncio.create_task(run("python", "while True: pass"))
    await asyncio.sleep(1)
    assert _children() - before
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not _children() - before


def _children() -> set[str]:
    with open(f"/proc/self/task/{os.getpid()}/children") as file:
        return set(file.read().split())
