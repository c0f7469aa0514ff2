"""The master key may be kept elsewhere than in the environment."""

import sys
from base64 import urlsafe_b64encode
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from autogpt_site.env import load_env
from autogpt_site.master_key import master_key_from

KEY, OLD = (urlsafe_b64encode(bytes([n]) * 32).decode() for n in (1, 2))


@pytest.fixture(autouse=True)
def _embedded(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("DATABASE_URL", "REDIS_URL", "ENCRYPTION_MASTER_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))


def printing(text: str) -> str:
    return f"{sys.executable} -c 'print(\"{text}\")'"


def test_it_may_be_in_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    (tmp_path / "key").write_text(f"{KEY}\n")
    monkeypatch.setenv("ENCRYPTION_MASTER_KEY_FILE", str(tmp_path / "key"))
    assert load_env().encryption_master_key == KEY


def test_a_command_may_print_it(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ENCRYPTION_MASTER_KEY_COMMAND", printing(KEY))
    assert load_env().encryption_master_key == KEY
    monkeypatch.setenv("ENCRYPTION_MASTER_KEY", OLD)
    assert load_env().encryption_master_key == OLD


def test_older_ones_are_a_list(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ENCRYPTION_MASTER_KEYS_OLD", f"{KEY}, {OLD}")
    assert load_env().encryption_master_keys_old == (KEY, OLD)
    monkeypatch.setenv("ENCRYPTION_MASTER_KEYS_OLD", "short")
    with pytest.raises(ImproperlyConfigured, match=r"KEYS_OLD.*32 bytes") as caught:
        load_env()
    assert "short" not in str(caught.value)


@pytest.mark.parametrize(
    ("file", "command", "text"),
    [
        pytest.param("/nowhere/key", "", "No such file", id="no file"),
        pytest.param("/dev/null", "", "is empty", id="empty file"),
        pytest.param(None, "/nowhere/tool", "does not run", id="no command"),
        pytest.param(None, "'", "does not run", id="no line of a shell"),
        pytest.param(None, f"{sys.executable} -c 'exit(3)'", "status 3", id="failed"),
        pytest.param(None, printing(""), "printed nothing", id="nothing"),
    ],
)
def test_what_gives_none_says_why(file: str | None, command: str, text: str):
    with pytest.raises(ImproperlyConfigured, match=text):
        master_key_from(Path(file) if file else None, command)


def test_what_is_kept_must_be_a_key(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ENCRYPTION_MASTER_KEY_COMMAND", printing("s3cret"))
    with pytest.raises(ImproperlyConfigured, match="32 bytes") as caught:
        load_env()
    assert "s3cret" not in str(caught.value)


def test_nothing_given_is_nothing():
    assert master_key_from(None, "") == ""
