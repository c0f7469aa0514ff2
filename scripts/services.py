"""Runs a command with the environment of services mode: PostgreSQL, Redis, secrets.

`python -m scripts.services -- pytest` takes each server from DATABASE_URL or REDIS_URL,
else from its usual port on this machine, else starts one of its own for the time of the
command. `--nowhere` names servers that do not exist, for commands that only read the
settings.
"""

import base64
import getpass
import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from urllib.parse import urlsplit

import psycopg
import redis
from psycopg import sql

from scripts.commands import say
from scripts.own_servers import (
    HOST,
    ServicesError,
    is_redis,
    may_create_databases,
    own_postgresql,
    own_redis,
)

NOWHERE = {
    "DATABASE_URL": f"postgresql://nobody@{HOST}:1/nowhere",
    "REDIS_URL": f"redis://{HOST}:1/0",
}

# 0 is the one that others use without saying so.
_REDIS_DATABASES = range(15, 0, -1)


def main(arguments: list[str]) -> int:
    """Run what follows `--`; answer its exit code."""
    options, command = split_command(arguments)
    if not command or options not in ([], ["--nowhere"]):
        say("Usage: python -m scripts.services [--nowhere] -- COMMAND ...")
        return 2
    # Otherwise SIGTERM would end this process and leave its servers behind.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        with ExitStack() as stack:
            urls = NOWHERE if options else stack.enter_context(servers())
            return run(command, environment(os.environ, urls))
    except ServicesError as error:
        say(str(error))
        return 1


def split_command(arguments: list[str]) -> tuple[list[str], list[str]]:
    """The arguments before the first `--`, and those after it."""
    if "--" not in arguments:
        return arguments, []
    at = arguments.index("--")
    return arguments[:at], arguments[at + 1 :]


def environment(given: Mapping[str, str], urls: Mapping[str, str]) -> dict[str, str]:
    """What is given, these servers, and a throw-away value for each secret unset."""
    return {**throw_away_secrets(), **{k: v for k, v in given.items() if v}, **urls}


def throw_away_secrets() -> dict[str, str]:
    """New keys that pass every check and protect nothing."""
    return {
        "SECRET_KEY": secrets.token_urlsafe(48),
        "JWT_SECRET": secrets.token_urlsafe(48),
        "ENCRYPTION_MASTER_KEY": base64.urlsafe_b64encode(os.urandom(32)).decode(),
    }


def run(command: list[str], env: Mapping[str, str]) -> int:
    """Run the command; asked to stop, let it clean up first."""
    child = subprocess.Popen(command, env=env)  # noqa: S603
    try:
        return child.wait()
    except KeyboardInterrupt:  # the terminal has told the child too
        return child.wait()
    except SystemExit:
        child.send_signal(signal.SIGINT)
        child.wait()
        raise


@contextmanager
def servers() -> Iterator[dict[str, str]]:
    """Both URLs; what was started or made for them is gone afterwards."""
    with postgresql() as database_url, redis_server() as redis_url:
        say(f"PostgreSQL at {address(database_url)}, Redis at {address(redis_url)}.")
        yield {"DATABASE_URL": database_url, "REDIS_URL": redis_url}


def address(url: str) -> str:
    """Host, port and database of a URL: what may be printed of it."""
    parts = urlsplit(url)
    return f"{parts.hostname}:{parts.port or 'default port'}{parts.path}"


# --- PostgreSQL -----------------------------------------------------------------------


@contextmanager
def postgresql(**options: str) -> Iterator[str]:
    """The URL of a server that lets us make databases; `options` are for one of our
    own."""
    if given := os.environ.get("DATABASE_URL"):
        if not may_create_databases(given):
            raise ServicesError(
                f"DATABASE_URL names {address(given)}, which does not answer or "
                "does not let its user create databases."
            )
        yield given
    elif found := _usual_postgresql():
        yield from _with_own_database(found)
    else:
        with own_postgresql(**options) as started:
            yield f"{started}/autogpt"


def _usual_postgresql() -> str:
    users = dict.fromkeys(("postgres", getpass.getuser()))
    urls = (f"postgresql://{user}@{HOST}:5432" for user in users)
    return next((url for url in urls if may_create_databases(f"{url}/postgres")), "")


def _with_own_database(server: str) -> Iterator[str]:
    """A name nobody else uses; the tests make the database and drop it if they can."""
    name = f"autogpt_test_{os.getpid()}"
    try:
        yield f"{server}/{name}"
    finally:
        drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
        with (
            suppress(psycopg.OperationalError),
            psycopg.connect(f"{server}/postgres", autocommit=True) as connection,
        ):
            connection.execute(drop.format(sql.Identifier(f"test_{name}")))


# --- Redis ----------------------------------------------------------------------------


@contextmanager
def redis_server() -> Iterator[str]:
    """The URL of a database that holds nobody's data, unless REDIS_URL names one."""
    if given := os.environ.get("REDIS_URL"):
        if not is_redis(given):
            raise ServicesError(
                f"REDIS_URL names {address(given)}: it does not answer."
            )
        yield given
    elif found := _usual_redis():
        yield found
    else:
        with own_redis() as started:
            yield started


def _usual_redis() -> str:
    urls = (f"redis://{HOST}:6379/{number}" for number in _REDIS_DATABASES)
    return next(filter(_is_empty_redis, urls), "")


def _is_empty_redis(url: str) -> bool:
    try:
        with redis.Redis.from_url(url, socket_connect_timeout=5) as client:
            return bool(client.dbsize() == 0)
    except redis.RedisError:
        return False


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
