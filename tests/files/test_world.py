"""Files for blocks: the same rules in the storage and in memory."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from django.db import connection

from accounts.models import User
from accounts.services import workspace_ensure
from blocks.context import Caller, NodeIdentity
from blocks.errors import BlockError
from blocks.testing import FakeHttp
from blocks.world import Files
from core.ids import new_id
from core.limits import Limits
from executions.models import StoredFile
from executions.world.files import WorkspaceFiles
from executions.world.passing_files import passing_files

pytestmark = pytest.mark.django_db(transaction=True)

LIMITS = Limits(file_bytes=100, workspace_file_bytes=150)
PAGE = "https://files.example/a%20b.csv?x=1"
NAMED = {"Content-Disposition": 'attachment; filename="../report.csv"'}
CALLS = (
    ("GET", PAGE, 200, {}, b"a,b"),
    ("GET", "https://files.example/named", 200, NAMED, b"a,b"),
    ("GET", "https://files.example/gone", 404, {}, b"no"),
    ("GET", "https://files.example/large", 200, {}, b"n" * 101),
)

FilesOf = Callable[[Caller], Files]


@pytest.fixture(params=["stored", "passing"])
def files_of(request: pytest.FixtureRequest) -> Iterator[FilesOf]:
    http = FakeHttp(CALLS)
    if request.param == "passing":
        yield passing_files(http, LIMITS)
        return
    with ThreadPoolExecutor(1) as lookers:
        yield lambda caller: WorkspaceFiles(
            caller=caller, http=http, limits=LIMITS, executor=lookers
        )
        lookers.submit(lambda: connection.close()).result()


@pytest.fixture
def caller(alice: User) -> NodeIdentity:
    return NodeIdentity(
        user_id=str(alice.id),
        workspace_id=str(workspace_ensure(alice).id),
        execution_id=str(new_id()),
        node_id="node",
    )


async def code_of(files: Files, source: str, **more) -> str:
    with pytest.raises(BlockError) as caught:
        await files.read(source, **more)
    return caught.value.code


async def test_what_is_written_can_be_read(files_of: FilesOf, caller):
    files = files_of(caller)
    written = await files.write("../a.txt", b"hello", media_type="image/png")
    assert (written.name, written.media_type, written.size) == (
        "a.txt", "text/plain", 5,
    )  # fmt: skip
    assert await files.read(written.ref) == (written, b"hello")
    assert await files.read(f" {written.ref}#text/plain ") == (written, b"hello")


@pytest.mark.parametrize(
    ("source", "name", "kind", "content"),
    [
        pytest.param("data:,a%20b", "file.txt", "text/plain", b"a b", id="plain"),
        pytest.param("DATA:;base64,aGk=", "file.txt", "text/plain", b"hi", id="base64"),
        pytest.param("data:text/csv,a", "file.csv", "text/csv", b"a", id="claimed"),
        pytest.param(
            "data:image/png,hello", "file.txt", "text/plain", b"hello", id="a-lie"
        ),
        pytest.param(PAGE, "a b.csv", "text/csv", b"a,b", id="address"),
        pytest.param(
            "https://files.example/named", "report.csv", "text/csv", b"a,b", id="named"
        ),
    ],
)
async def test_other_sources(files_of: FilesOf, caller, source, name, kind, content):
    file, read = await files_of(caller).read(source)
    assert (file.name, file.media_type, read) == (name, kind, content)


@pytest.mark.parametrize(
    ("source", "code"),
    [
        pytest.param("/etc/passwd", "no_file", id="path"),
        pytest.param("file:///etc/passwd", "no_file", id="file-address"),
        pytest.param("../db.sqlite3", "no_file", id="relative-path"),
        pytest.param("workspace://../../etc/passwd", "no_file", id="path-as-id"),
        pytest.param("workspace://", "no_file", id="no-id"),
        pytest.param(f"workspace://{new_id()}", "no_file", id="nobodys"),
        pytest.param("", "no_file", id="nothing"),
        pytest.param("ftp://files.example/a", "no_file", id="other-scheme"),
        pytest.param("data:text/plain", "no_file", id="no-comma"),
        pytest.param("data:;base64,%%%", "no_file", id="not-base64"),
        pytest.param("data:," + "n" * 101, "too_large", id="large-data"),
        pytest.param("data:," + "%41" * 101, "too_large", id="large-when-decoded"),
        pytest.param("https://files.example/gone", "no_file", id="not-there"),
        pytest.param("https://files.example/large", "too_large", id="large-answer"),
    ],
)
async def test_what_is_no_file(files_of: FilesOf, caller, source: str, code: str):
    assert await code_of(files_of(caller), source) == code


async def test_size_is_limited_both_ways(files_of: FilesOf, caller):
    files = files_of(caller)
    with pytest.raises(BlockError, match="too large") as caught:
        await files.write("a", b"n" * 101)
    assert caught.value.code == "too_large"
    written = await files.write("a", b"n" * 100)
    assert await code_of(files, written.ref, max_bytes=99) == "too_large"


async def test_room_is_limited(files_of: FilesOf, caller):
    files = files_of(caller)
    await files.write("a", b"n" * 100)
    with pytest.raises(BlockError) as caught:
        await files.write("b", b"n" * 51)
    assert caught.value.code == "storage_full"


@pytest.mark.parametrize("how", ["done", "failed"])
async def test_scratch_is_gone_afterwards(files_of: FilesOf, caller, how: str):
    place = Path()
    try:
        async with files_of(caller).scratch() as place:
            (place / "a").write_bytes(b"x")
            assert place.stat().st_mode & 0o077 == 0
            if how == "failed":
                raise KeyError
    except KeyError:
        pass
    assert not place.exists()


@pytest.fixture
def lookers() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as pool:
        yield pool
        pool.submit(lambda: connection.close()).result()


def stored(caller: Caller, lookers: ThreadPoolExecutor) -> WorkspaceFiles:
    return WorkspaceFiles(
        caller=caller, http=FakeHttp(), limits=LIMITS, executor=lookers
    )


@pytest.fixture
def elsewhere(caller, charlie: User) -> NodeIdentity:
    return replace(caller, workspace_id=str(workspace_ensure(charlie).id))


async def test_files_of_another_workspace_are_not_there(
    lookers: ThreadPoolExecutor, caller, elsewhere
):
    written = await stored(caller, lookers).write("a", b"hello")
    assert await code_of(stored(elsewhere, lookers), written.ref) == "no_file"


async def test_another_attempt_writes_the_same_file(
    lookers: ThreadPoolExecutor, caller
):
    first = await stored(caller, lookers).write("a", b"hello")
    again = await stored(replace(caller, attempt=2), lookers).write("a", b"hello")
    other = await stored(replace(caller, number=2), lookers).write("a", b"hello")
    assert first == again
    assert first.ref != other.ref
    assert lookers.submit(StoredFile.objects.count).result() == 2


async def test_content_that_is_gone(lookers: ThreadPoolExecutor, caller, folder: Path):
    files = stored(caller, lookers)
    written = await files.write("a", b"hello")
    for path in folder.rglob(written.ref.removeprefix("workspace://")):
        path.unlink()
    assert await code_of(files, written.ref) == "no_file"
