"""The process that runs foreign code: shuts itself in, runs it, answers, ends.

Started by code.py with nothing in its environment; one job on stdin, one answer on
stdout. It imports nothing of the project, so whoever breaks out finds nothing in it.
"""

import ctypes
import json
import math
import os
import resource
import signal
import sys
import time
from contextlib import suppress
from typing import Any, Final

_PR_SET_PDEATHSIG: Final = 1
_PR_SET_NO_NEW_PRIVS: Final = 38
_NEW_USERS: Final = 0x10000000
_NEW_NETWORK: Final = 0x40000000
_NOBODY: Final = 65534
_SAFE_BITS: Final = 63
_DEPTH: Final = 60

_JAVASCRIPT: Final = """
(() => {
  const run = globalThis.eval, encode = JSON.stringify, decode = JSON.parse;
  const text = String, bound = Object.defineProperty;
  const out = [], err = [];
  const shown = (value) => {
    if (typeof value === "string") return value;
    if (value instanceof Error) return text(value) + "\\n" + text(value.stack);
    try { return encode(value) ?? text(value); } catch { return text(value); }
  };
  const into = (lines) => (...values) => { lines.push(values.map(shown).join(" ")); };
  const log = into(out), warn = into(err);
  globalThis.console = { log, info: log, debug: log, warn, error: warn };
  let value = null, error = null;
  const fail = (reason) => { error = shown(reason); };
  const start = (source, inputs) => {
    const given = decode(inputs);
    for (const name of Object.keys(given))
      bound(globalThis, name, { value: given[name], writable: true,
                                configurable: true, enumerable: true });
    try {
      value = run(source);
      if (value instanceof Promise)
        value.then((found) => { value = found; }, fail);
    } catch (reason) { fail(reason); }
  };
  const written = (lines) => lines.length ? lines.join("\\n") + "\\n" : "";
  const plain = (_, inner) => typeof inner === "bigint" ? text(inner) : inner;
  // Nothing that the code has put on the prototype of objects is asked.
  const finish = () => encode({
    __proto__: null,
    result: typeof value === "function" || typeof value === "symbol" ? null : value,
    stdout: written(out), stderr: written(err), error,
  }, plain);
  globalThis.start = start;
  globalThis.finish = finish;
})()
"""


class Refused(Exception):
    """Its text is one of `timeout`, `memory`, `too_large`."""


def main() -> None:
    job = json.load(sys.stdin)
    _shut_in(job)
    run = {"python": run_python, "javascript": run_javascript}[job["language"]]
    try:
        answer = json.dumps(run(job))
        if len(answer) > job["max_output_bytes"]:
            raise Refused("too_large")
    except Refused as refusal:
        answer = json.dumps({"fault": str(refusal)})
    except MemoryError:
        answer = json.dumps({"fault": "memory"})
    sys.stdout.write(answer)


def _shut_in(job: dict[str, Any]) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    # Root may leave the network at once, others in a user namespace of their own.
    # Where neither is allowed, the interpreters still have no way to open a socket.
    if libc.unshare(_NEW_NETWORK) != 0:
        libc.unshare(_NEW_USERS | _NEW_NETWORK)
    seconds = math.ceil(job["timeout_s"]) + 2
    for name, limit in (
        (resource.RLIMIT_AS, job["address_space_bytes"]),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, 64),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(name, (limit, limit))
    # The first limit says why it ends, the second one is sure.
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))


def run_python(job: dict[str, Any]) -> dict[str, Any]:
    from pydantic_monty import CollectStreams, Monty, MontyCrashedError, MontyError

    printed = CollectStreams(max_bytes=job["max_output_bytes"])
    pool = Monty(min_processes=1, max_processes=1, request_timeout=job["timeout_s"] + 1)
    limits: Any = {
        "max_feed_duration_secs": job["timeout_s"],
        "max_memory": job["memory_bytes"],
    }
    result: Any = None
    error: str | None = None
    try:
        with pool, pool.checkout(limits=limits) as session:
            result = session.feed_run(
                job["source"], inputs=job["inputs"], print_callback=printed
            )
    except MontyCrashedError as crash:
        raise Refused(
            "timeout" if getattr(crash, "timed_out", False) else "memory"
        ) from None
    except MontyError as failure:
        error = _python_error(failure, job["max_output_bytes"])
    written = {"stdout": "", "stderr": ""}
    for stream, piece in printed.output:
        written[stream] += piece
    return {"result": plain(result), **written, "error": error}


def _python_error(failure: Any, max_printed: int) -> str:
    inner = failure.exception()
    text = str(failure)
    if isinstance(inner, MemoryError):
        is_print = text.endswith(f"> {max_printed} bytes")
        raise Refused("too_large" if is_print else "memory")
    if isinstance(inner, TimeoutError):
        raise Refused("timeout")
    return failure.display() if hasattr(failure, "display") else text


def run_javascript(job: dict[str, Any]) -> dict[str, Any]:
    import quickjs  # type: ignore[import-untyped]

    _drop_rights()
    context = quickjs.Context()
    context.set_memory_limit(job["memory_bytes"])
    context.set_max_stack_size(1024 * 1024)
    context.eval(_JAVASCRIPT)
    start, finish = context.get("start"), context.get("finish")
    context.eval("delete globalThis.start; delete globalThis.finish")
    context.set_time_limit(job["timeout_s"])
    end = time.monotonic() + job["timeout_s"]
    try:
        start(job["source"], json.dumps(job["inputs"]))
        while context.execute_pending_job():
            if time.monotonic() > end:
                raise Refused("timeout")
        answer = json.loads(finish())
    except quickjs.JSException as failure:
        answer = {"result": None, "stdout": "", "stderr": "", "error": str(failure)}
    _refuse_javascript(answer["error"] or "")
    return {**answer, "result": plain(answer.get("result"))}


def _refuse_javascript(error: str) -> None:
    if "out of memory" in error:
        raise Refused("memory")
    if "InternalError: interrupted" in error:
        raise Refused("timeout")


def _drop_rights() -> None:
    """An empty root and nobody's rights, where the system lets us."""
    with suppress(OSError):
        os.chroot(".")
    with suppress(OSError):
        os.setgroups([])
        os.setresgid(_NOBODY, _NOBODY, _NOBODY)
        os.setresuid(_NOBODY, _NOBODY, _NOBODY)


def plain(value: Any, depth: int = 0) -> Any:
    """As JSON can say it: what is no JSON becomes text, infinity null."""
    if depth > _DEPTH:
        raise Refused("too_large")
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int):
        return value if value.bit_length() <= _SAFE_BITS else _digits(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {str(key): plain(each, depth + 1) for key, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(each, depth + 1) for each in value]
    return str(value)


def _digits(value: int) -> str:
    try:
        return str(value)
    except ValueError:  # longer than Python is willing to write out
        raise Refused("too_large") from None


if __name__ == "__main__":
    main()
