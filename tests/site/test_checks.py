"""System checks: each wrong setting is named by its id."""

import json
import os
import sqlite3
import subprocess
import sys
from base64 import urlsafe_b64encode
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from pytest_django import Settings

from autogpt_site.checks import settings_check

GOOD = {
    "SERVICES_MODE": True,
    "DEBUG": False,
    "SECRET_KEY": "s" * 40,
    "SIMPLE_JWT": {"SIGNING_KEY": "j" * 40},
    "ENCRYPTION_MASTER_KEY": "m" * 44,
    "ALLOWED_HOSTS": ["agents.example.org"],
    "ADMIN_PATH": "admin/",
}


def found(settings: Settings, changed: dict[str, Any]) -> list[str | None]:
    for name, value in (GOOD | changed).items():
        setattr(settings, name, value)
    return [message.id for message in settings_check(None)]


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        pytest.param({}, [], id="good"),
        pytest.param({"SECRET_KEY": "short"}, ["E001"], id="short-secret"),
        pytest.param(
            {"SIMPLE_JWT": {"SIGNING_KEY": "short"}}, ["E001"], id="short-jwt-secret"
        ),
        pytest.param({"SECRET_KEY": "j" * 40}, ["E002"], id="one-secret-for-two"),
        pytest.param({"ALLOWED_HOSTS": ["a", "*"]}, ["E003"], id="any-host"),
        pytest.param({"DEBUG": True}, ["W001"], id="debug"),
        pytest.param({"ADMIN_PATH": "/"}, ["E004"], id="admin-everywhere"),
        pytest.param({"ADMIN_PATH": "api/v1/"}, ["E004"], id="admin-over-the-api"),
        # At home, with secrets that were made for it, more is allowed.
        pytest.param(
            {"SERVICES_MODE": False, "SECRET_KEY": "short", "ALLOWED_HOSTS": ["*"]},
            [],
            id="embedded",
        ),
    ],
)
def test_each_setting(settings: Settings, changed: dict[str, Any], expected: list[str]):
    assert found(settings, changed) == [f"autogpt_site.{name}" for name in expected]


def test_an_old_sqlite(settings: Settings, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 34, 9))
    assert found(settings, {"SERVICES_MODE": False}) == ["autogpt_site.E005"]
    assert found(settings, {"SERVICES_MODE": True}) == []


def test_no_message_shows_a_secret(settings: Settings):
    for name, value in (GOOD | {"SECRET_KEY": "kq7-short"}).items():
        setattr(settings, name, value)
    assert "kq7-short" not in str(settings_check(None))


def test_a_deployment_has_no_warning(tmp_path: Path):
    def secret(size: int = 48) -> str:
        return urlsafe_b64encode(os.urandom(size)).decode()

    env = os.environ | {
        "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none",
        "REDIS_URL": "redis://127.0.0.1:1/0",
        "SECRET_KEY": secret(),
        "JWT_SECRET": secret(),
        "ENCRYPTION_MASTER_KEY": secret(32),
        "DATA_DIR": str(tmp_path),
    }
    command = ("manage.py", "check", "--deploy", "--fail-level", "WARNING")
    done = subprocess.run(
        [sys.executable, *command],
        cwd=django_settings.BASE_DIR,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, json.dumps([done.stdout, done.stderr])
