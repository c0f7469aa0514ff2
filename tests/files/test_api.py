"""Files over HTTP: in, out, and for whom."""

from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings
from rest_framework.test import APIClient

from accounts.models import User
from core.ids import new_id
from executions.files import selectors
from executions.models import StoredFile
from tests.conftest import SignedIn
from tests.files.conftest import contents

pytestmark = pytest.mark.django_db

FILES = "/api/v1/files/"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20
SVG = b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"


def upload(client: APIClient, content: bytes = b"hello", name: str = "a.txt") -> Any:
    file = BytesIO(content)
    file.name = name
    return client.post(FILES, {"file": file}, format="multipart")


def content_of(client: APIClient, id: str, **headers: str) -> tuple[Any, bytes]:
    """The answer, and its body where it has one."""
    answer: Any = client.get(f"{FILES}{id}/content/", headers=headers)
    body = b"".join(answer.streaming_content) if answer.streaming else b""
    return answer, body


def test_it_works(alice: User, signed_in: SignedIn, folder: Path):
    client = signed_in(alice)
    made = upload(client)
    assert made.status_code == 201, made.content
    file = made.json()
    assert (file["name"], file["media_type"], file["size"]) == (
        "a.txt",
        "text/plain",
        5,
    )
    assert file["ref"] == f"workspace://{file['id']}"
    assert file["sha256"].startswith("2cf24dba5fb0a30e26e83b2ac5b9e29e")
    path = f"{FILES}{file['id']}/"
    assert client.get(path).json() == file
    assert [row["id"] for row in client.get(FILES).json()["results"]] == [file["id"]]
    assert content_of(client, file["id"])[1] == b"hello"
    assert client.delete(path).status_code == 204
    assert client.get(path).status_code == 404
    assert client.get(f"{path}content/").status_code == 404
    assert contents(folder) == []


@pytest.mark.parametrize(
    ("content", "name", "kind"),
    [
        # What the bytes are counts, not what is claimed.
        pytest.param(PNG, "a.txt", "image/png", id="picture-as-text"),
        pytest.param(b"hello", "a.png", "text/plain", id="text-as-picture"),
        pytest.param(b"MZ\x90\0", "a.pdf", "application/octet-stream", id="program"),
        pytest.param(SVG, "a.png", "image/svg+xml", id="svg-as-picture"),
        pytest.param(b"<!DOCTYPE html>", "a.csv", "text/html", id="page-as-table"),
        # The name tells kin apart.
        pytest.param(b"a,b", "a.csv", "text/csv", id="table"),
        pytest.param(b"{}", "a.json", "application/json", id="json"),
        pytest.param(b"", "a.csv", "text/csv", id="empty"),
        pytest.param("é".encode() * 5000, "a", "text/plain", id="long-text"),
    ],
)
def test_types_are_told_by_bytes(
    alice: User, signed_in: SignedIn, content: bytes, name: str, kind: str
):
    made = upload(signed_in(alice), content, name)
    assert made.json()["media_type"] == kind


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        pytest.param("../../etc/cron.d/x", "x", id="FL01"),
        pytest.param("/etc/passwd", "passwd", id="FL02"),
        pytest.param("..\\..\\windows\\x.ini", "x.ini", id="backslashes"),
        pytest.param("a%2e%2e%2fb", "a%2e%2e%2fb", id="FL04"),
        pytest.param("x\0.png", "x.png", id="FL05"),
        pytest.param('a"\r\nX: 1.png', None, id="FL07"),
        pytest.param("n" * 300, "n" * 200, id="FL08"),
        pytest.param("n" * 300 + ".txt", "n" * 196 + ".txt", id="long-with-an-end"),
        pytest.param("txt.\u202egnp.exe", "txt.gnp.exe", id="right-to-left"),
        pytest.param("файл 1.txt", "файл 1.txt", id="not-ASCII"),
    ],
)
def test_no_name_is_a_path(
    alice: User, signed_in: SignedIn, folder: Path, name: str, shown: str | None
):
    """A name that cannot be sent is refused; others are shown without their path."""
    client = signed_in(alice)
    made = upload(client, name=name)
    assert made.status_code in (201, 400)
    if made.status_code == 400:
        assert contents(folder) == []
        return
    file = made.json()
    if shown is not None:
        assert file["name"] == shown
    (stored,) = contents(folder)
    row = StoredFile.objects.get()
    assert stored == folder / str(row.workspace_id) / str(row.id)
    header = content_of(client, file["id"])[0].headers["Content-Disposition"]
    assert header.startswith("attachment")
    assert "\r" not in header
    assert "\n" not in header


@pytest.mark.parametrize("content", [SVG, b"<!DOCTYPE html><script>", PNG, b"hello"])
def test_browsers_save_and_never_run(alice: User, signed_in: SignedIn, content: bytes):
    """FL14: what a stranger sent is no page of this site."""
    client = signed_in(alice)
    made = upload(client, content, "a.svg").json()
    headers = content_of(client, made["id"])[0].headers
    assert headers["Content-Disposition"].startswith("attachment")
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"].startswith("sandbox;")
    assert headers["Cache-Control"] == "private, no-store"
    assert headers["Content-Type"] == made["media_type"]


def test_files_of_others_are_not_there(
    alice: User, charlie: User, signed_in: SignedIn, folder: Path
):
    id_ = upload(signed_in(alice)).json()["id"]
    client = signed_in(charlie)
    for path in (f"{FILES}{id_}/", f"{FILES}{id_}/content/"):
        theirs = client.get(path)
        nobodys = client.get(path.replace(id_, str(new_id())))
        assert theirs.status_code == 404
        assert theirs.content == nobodys.content
    assert client.delete(f"{FILES}{id_}/").status_code == 404
    assert client.get(FILES).json()["results"] == []
    assert len(contents(folder)) == 1


def test_too_large_a_file_is_refused(
    alice: User, signed_in: SignedIn, settings: Settings, folder: Path
):
    settings.LIMITS = replace(settings.LIMITS, upload_bytes=10)
    client = signed_in(alice)
    assert upload(client, b"n" * 10).status_code == 201
    refused = upload(client, b"n" * 11)
    assert refused.status_code == 413
    assert refused.json()["errors"][0]["code"] == "file-too-large"
    assert len(contents(folder)) == 1


def test_workspace_has_so_much_room(
    alice: User, signed_in: SignedIn, settings: Settings, folder: Path
):
    settings.LIMITS = replace(settings.LIMITS, workspace_file_bytes=12)
    client = signed_in(alice)
    first = upload(client, b"n" * 10).json()["id"]
    refused = upload(client, b"n" * 3)
    assert refused.status_code == 413
    assert "10 bytes of 12" in refused.json()["detail"]
    assert upload(client, b"n" * 2).status_code == 201
    client.delete(f"{FILES}{first}/")
    assert upload(client, b"n" * 10).status_code == 201


@pytest.mark.parametrize(
    ("form", "code"),
    [
        pytest.param({}, "required", id="no-file"),
        pytest.param({"file": "text"}, "invalid", id="text-for-a-file"),
        pytest.param({"file": BytesIO(b"x"), "key": "a"}, "unknown_field", id="more"),
    ],
)
def test_forms_that_are_refused(
    alice: User, signed_in: SignedIn, folder: Path, form: Any, code: str
):
    answer = signed_in(alice).post(FILES, form, format="multipart")
    assert answer.status_code == 400
    assert code in [error["code"] for error in answer.json()["errors"]]
    assert contents(folder) == []


def test_other_bodies_are_refused(alice: User, signed_in: SignedIn):
    answer = signed_in(alice).post(FILES, {"file": "x"}, format="json")
    assert answer.status_code == 415


@pytest.mark.parametrize(
    ("wanted", "status", "content", "range_"),
    [
        pytest.param("bytes=0-1", 206, b"he", "bytes 0-1/5", id="first"),
        pytest.param("bytes=1-", 206, b"ello", "bytes 1-4/5", id="from"),
        pytest.param("bytes=-2", 206, b"lo", "bytes 3-4/5", id="last"),
        pytest.param("bytes=-9", 206, b"hello", "bytes 0-4/5", id="more-than-all"),
        pytest.param("bytes=3-99", 206, b"lo", "bytes 3-4/5", id="beyond"),
        # Not understood, hence as if not asked.
        pytest.param("bytes=0-0,2-3", 200, b"hello", None, id="several"),
        pytest.param("lines=0-1", 200, b"hello", None, id="other-unit"),
        pytest.param("bytes=-", 200, b"hello", None, id="nothing"),
    ],
)
def test_ranges(
    alice: User,
    signed_in: SignedIn,
    wanted: str,
    status: int,
    content: bytes,
    range_: str | None,
):
    client = signed_in(alice)
    answer, body = content_of(client, upload(client).json()["id"], Range=wanted)
    assert (answer.status_code, body) == (status, content)
    assert answer.headers.get("Content-Range") == range_
    assert answer.headers["Content-Length"] == str(len(content))


def test_range_outside_is_refused(alice: User, signed_in: SignedIn):
    client = signed_in(alice)
    id_ = upload(client).json()["id"]
    answer, _ = content_of(client, id_, Range="bytes=5-6")
    assert answer.status_code == 416
    assert answer.headers["Content-Range"] == "bytes */5"


def test_files_of_one_run_can_be_listed(alice: User, signed_in: SignedIn):
    client = signed_in(alice)
    upload(client)
    ours = upload(client).json()["id"]
    run = new_id()
    StoredFile.objects.filter(id=ours).update(execution=run)
    listed = client.get(FILES, {"execution": str(run)}).json()["results"]
    assert [row["id"] for row in listed] == [ours]


def test_content_that_is_gone_is_not_there(
    alice: User, signed_in: SignedIn, folder: Path
):
    client = signed_in(alice)
    id_ = upload(client).json()["id"]
    for path in contents(folder):
        path.unlink()
    assert content_of(client, id_)[0].status_code == 404
    assert selectors.file_get(alice, id_).size == 5
