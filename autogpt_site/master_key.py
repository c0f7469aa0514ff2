"""The master key from elsewhere than the environment: a file or a key service."""

import shlex
import subprocess
from pathlib import Path
from typing import Final

from django.core.exceptions import ImproperlyConfigured

WITHIN_S: Final = 30.0


def master_key_from(file: Path | None, command: str) -> str:
    """What the file holds or the command prints; empty if neither is given.

    Raises:
        ImproperlyConfigured: it cannot be read, or there is nothing in it.
    """
    if file is not None:
        return _there(_read(file), f"the file {file} is empty")
    if command:
        return _there(_printed_by(command), "the command printed nothing")
    return ""


def _there(text: str, fault: str) -> str:
    if not text.strip():
        raise ImproperlyConfigured(f"No ENCRYPTION_MASTER_KEY: {fault}.")
    return text.strip()


def _read(file: Path) -> str:
    try:
        return file.read_text()
    except OSError as error:
        raise ImproperlyConfigured(
            f"ENCRYPTION_MASTER_KEY_FILE cannot be read: {error.strerror}."
        ) from None


def _printed_by(command: str) -> str:
    """Run without a shell; what it prints is shown nowhere."""
    try:
        done = subprocess.run(  # noqa: S603 - whoever runs the site wrote it
            shlex.split(command), capture_output=True, text=True, timeout=WITHIN_S
        )
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        raise ImproperlyConfigured(
            f"ENCRYPTION_MASTER_KEY_COMMAND does not run: {type(error).__name__}."
        ) from None
    if done.returncode:
        raise ImproperlyConfigured(
            f"ENCRYPTION_MASTER_KEY_COMMAND ended with status {done.returncode}."
        )
    return done.stdout
