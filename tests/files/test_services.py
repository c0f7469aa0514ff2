"""Row and content go together, whatever fails between."""

from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from django.core.files.storage import FileSystemStorage
from django.utils import timezone

from accounts.models import User
from accounts.selectors import default_workspace
from core.ids import new_id
from core.limits import Limits
from executions import retention
from executions.files import selectors, services
from executions.models import Execution, StoredFile
from tests.executions.rows import make_execution
from tests.files.conftest import contents

pytestmark = pytest.mark.django_db


def store(user: User, content: bytes = b"hello", **more) -> StoredFile:
    given = {
        "workspace_id": default_workspace(user).id,
        "owner_id": user.id,
        "name": "a.txt",
        "content": BytesIO(content),
        "size": len(content),
        "limits": Limits(),
    }
    return services.file_create(**{**given, **more})


def test_content_is_private_on_the_disk(alice: User, folder: Path):
    store(alice)
    (path,) = contents(folder)
    assert path.stat().st_mode & 0o077 == 0
    assert path.parent.stat().st_mode & 0o077 == 0


def test_no_more_is_stored_than_was_announced(alice: User, folder: Path):
    made = store(alice, b"hello and more", size=5)
    assert (contents(folder)[0].read_bytes(), made.size) == (b"hello", 5)


def test_size_is_what_came(alice: User):
    assert store(alice, b"hello", size=9).size == 5


def test_write_that_fails_leaves_nothing(
    alice: User, folder: Path, monkeypatch: pytest.MonkeyPatch
):
    def fails(self: object, name: str, content: object) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(FileSystemStorage, "_save", fails)
    with pytest.raises(OSError, match="No space"):
        store(alice)
    assert not StoredFile.objects.exists()
    assert contents(folder) == []


def test_what_died_between_is_seen_by_nobody_and_cleared_away(
    alice: User, folder: Path
):
    made = store(alice)
    past = timezone.now() - timedelta(seconds=1)
    StoredFile.objects.update(sha256="", expires_at=past)
    assert list(selectors.file_list(alice)) == []
    assert services.expire() == 1
    assert not StoredFile.objects.filter(id=made.id).exists()
    assert contents(folder) == []
    assert services.expire() == 0


def test_what_does_not_expire_stays(alice: User):
    store(alice)
    assert services.expire() == 0
    assert StoredFile.objects.count() == 1


def test_storage_that_is_away_delays_a_deletion(
    alice: User, folder: Path, monkeypatch: pytest.MonkeyPatch
):
    def fails(self: object, name: str) -> None:
        raise OSError("away")

    made = store(alice)
    with monkeypatch.context() as away:
        away.setattr(FileSystemStorage, "delete", fails)
        services.file_delete(file=made)
        assert list(selectors.file_list(alice)) == []
        assert len(contents(folder)) == 1
    StoredFile.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert services.expire() == 1
    assert contents(folder) == []


def test_repeated_write_is_one_file(alice: User, folder: Path):
    key = new_id()
    first, second = store(alice, written_as=key), store(alice, written_as=key)
    assert first.id == second.id
    assert len(contents(folder)) == 1


def test_repeated_write_ends_what_died_between(alice: User, folder: Path):
    key = new_id()
    first = store(alice, written_as=key)
    StoredFile.objects.update(sha256="", expires_at=timezone.now())
    contents(folder)[0].write_bytes(b"hel")
    second = store(alice, written_as=key)
    assert (second.id, second.sha256, second.expires_at) == (
        first.id, first.sha256, None,
    )  # fmt: skip
    assert contents(folder)[0].read_bytes() == b"hello"


def test_room_is_counted_for_each_workspace(alice: User, charlie: User):
    limits = replace(Limits(), workspace_file_bytes=8)
    store(alice, limits=limits)
    store(charlie, limits=limits)
    with pytest.raises(services.StorageFull, match="5 bytes of 8; 5 more"):
        store(alice, limits=limits)


def test_file_outlives_the_run_that_made_it(alice: User):
    made = store(alice)
    run = make_execution(alice)
    StoredFile.objects.update(execution=run)
    Execution.objects.filter(id=run.id).update(ended_at=timezone.now())
    assert retention.delete([run.id]) == 1
    assert [file.id for file in selectors.file_list(alice, run.id)] == [made.id]
