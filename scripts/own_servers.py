"""Starts PostgreSQL and Redis servers that live only as long as a block of code."""

import glob
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import redis

HOST = "127.0.0.1"

_START_TIMEOUT_S = 60.0
_STOP_TIMEOUT_S = 15.0
_POSTGRESQL_FOLDERS = "/usr/lib/postgresql/*/bin"
_POSTGRESQL_OPTIONS = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",
    "max_connections": "300",
    # The data are thrown away, so no crash can cost anything.
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
}

Command = list[str | Path]


class ServicesError(Exception):
    """One sentence for the person at the terminal."""


def may_create_databases(url: str) -> bool:
    """Whether the server answers and the role of the URL has that right."""
    query = "SELECT rolsuper OR rolcreatedb FROM pg_roles WHERE rolname = current_user"
    try:
        maintenance = urlsplit(url)._replace(path="/postgres").geturl()
        with psycopg.connect(maintenance, connect_timeout=5) as connection:
            row = connection.execute(query).fetchone()
    except (psycopg.Error, ValueError):  # a malformed URL answers nobody either
        return False
    return bool(row and row[0])


def is_redis(url: str) -> bool:
    """Whether a Redis answers there and takes us in."""
    try:
        with redis.Redis.from_url(url, socket_connect_timeout=5) as client:
            return bool(client.ping())
    except (redis.RedisError, ValueError):
        return False


@contextmanager
def own_postgresql(**options: str) -> Iterator[str]:
    """The URL, without a database, of a server whose only role may do anything.

    `options` go before those that suit a server whose data are thrown away.

    Raises:
        ServicesError: it is not installed or does not start.
    """
    user, port = unprivileged_user(), free_port()
    with folder_of(user) as folder:
        programs, data = new_cluster(folder, user)
        log = folder / "log"
        settings = {**_POSTGRESQL_OPTIONS, **options}
        server: Command = [programs / "postgres", "-D", data, "-p", str(port)]
        server += (f"--{name}={value}" for name, value in settings.items())
        url = f"postgresql://postgres@{HOST}:{port}"
        with _running(server, log, user, lambda: may_create_databases(url)):
            yield url


def new_cluster(folder: Path, user: str | None) -> tuple[Path, Path]:
    """Make a cluster in the folder; where its programs are, and its data.

    Raises:
        ServicesError: PostgreSQL is not installed.
    """
    programs = postgresql_programs(_folders_with_postgresql())
    if not programs:
        raise ServicesError(
            f"PostgreSQL is needed: set DATABASE_URL, start it on {HOST}:5432 with "
            "trust authentication, or install it (Debian and Ubuntu: apt-get install "
            "postgresql)."
        )
    data = folder / "data"
    initdb: Command = [programs / "initdb", "-D", data, "-U", "postgres", "-A", "trust"]
    _finish([*initdb, "-E", "UTF8", "--locale=C", "--no-sync"], folder, user)
    return programs, data


def _folders_with_postgresql() -> list[Path]:
    on_path = shutil.which("initdb")
    newest_first = sorted(glob.glob(_POSTGRESQL_FOLDERS), key=_version, reverse=True)
    linked = [Path(on_path).resolve().parent] if on_path else []
    return [*linked, *map(Path, newest_first)]


def _version(folder: str) -> int:
    name = Path(folder).parent.name
    return int(name) if name.isdigit() else 0


def postgresql_programs(folders: Iterable[Path]) -> Path | None:
    """The first folder with all that a server of our own takes."""
    for folder in folders:
        if all((folder / name).exists() for name in ("initdb", "postgres")):
            return folder
    return None


def unprivileged_user() -> str | None:
    """Who runs PostgreSQL, which refuses to be root; None is ourselves.

    Raises:
        ServicesError: we are root and there is nobody else.
    """
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with suppress(KeyError):
            return pwd.getpwnam(name).pw_name
    raise ServicesError(
        "PostgreSQL refuses to run as root and there is no user postgres or nobody: "
        "run this as an ordinary user."
    )


@contextmanager
def own_redis() -> Iterator[str]:
    """The URL of an empty server.

    Raises:
        ServicesError: it is not installed or does not start.
    """
    program = shutil.which("redis-server")
    if not program:
        raise ServicesError(
            f"Redis is needed: set REDIS_URL, start it on {HOST}:6379, or install it "
            "(Debian and Ubuntu: apt-get install redis-server)."
        )
    port = free_port()
    with folder_of(None) as folder:
        server: Command = [program, "--port", str(port), "--bind", HOST]
        server += ["--dir", folder, "--save", "", "--appendonly", "no"]
        url = f"redis://{HOST}:{port}/0"
        with _running(server, folder / "log", None, lambda: is_redis(url)):
            yield url


def free_port() -> int:
    """A port nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


@contextmanager
def folder_of(user: str | None, within: Path | None = None) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="services-", dir=within) as name:
        if user:
            shutil.chown(name, user)
        yield Path(name)


def as_user(user: str | None) -> dict[str, Any]:
    if user is None:
        return {}
    group = pwd.getpwnam(user).pw_gid
    return {"user": user, "group": group, "extra_groups": []}


def _finish(command: Command, folder: Path, user: str | None) -> None:
    done = subprocess.run(  # noqa: S603
        command, cwd=folder, capture_output=True, text=True, **as_user(user)
    )
    if done.returncode:
        raise ServicesError(f"{command[0]} failed: {done.stderr.strip()}")


@contextmanager
def _running(
    command: Command, log: Path, user: str | None, answers: Callable[[], bool]
) -> Iterator[None]:
    """Hold the server up, away from the terminal's Ctrl-C, which is for the command."""
    with log.open("wb") as output:
        server = subprocess.Popen(  # noqa: S603
            command,
            cwd=log.parent,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            **as_user(user),
        )
    try:
        if not _comes_up(server, answers):
            said = log.read_text(errors="replace")[-2000:].strip()
            raise ServicesError(f"{command[0]} did not start: {said}")
        yield
    finally:
        _stop(server)


def _comes_up(server: "subprocess.Popen[bytes]", answers: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + _START_TIMEOUT_S
    while server.poll() is None and time.monotonic() < deadline:
        if answers():
            return True
        time.sleep(0.1)
    return False


def _stop(server: "subprocess.Popen[bytes]") -> None:
    server.send_signal(signal.SIGINT)  # PostgreSQL's fast shutdown; Redis takes it too
    try:
        server.wait(_STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()
