"""Files through a real server: up, into a run, out of it, down."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.factories import OUTPUT, document, node
from tests.servers import Site, ended, new_agent, running_site, start_run

FILE_INPUT = "95ead23f-8283-4654-aef3-10c053b74a31"
PROCESSOR = "6d1f5b0e-52c1-4a6d-8a52-2f0d6f3f8a17"
MIB = 1024 * 1024


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with running_site(tmp_path_factory.mktemp("site")) as site:
        yield site


@pytest.fixture
def client(site: Site) -> Iterator[httpx.Client]:
    with site.demo() as client:
        yield client


def upload(client: httpx.Client, content: bytes, name: str = "a.txt") -> Any:
    return client.post("/files/", files={"file": (name, content)})


def test_large_file_goes_in_and_out_as_it_was(site: Site, client: httpx.Client):
    """Larger than any body that other addresses take."""
    content = hashlib.sha256(b"seed").digest() * (20 * MIB // 32)
    made = upload(client, content)
    assert made.status_code == 201, made.text
    file = made.json()
    assert file["sha256"] == hashlib.sha256(content).hexdigest()
    answer = client.get(f"/files/{file['id']}/content/")
    assert answer.content == content
    assert answer.headers["content-security-policy"].startswith("sandbox;")
    part = client.get(f"/files/{file['id']}/content/", headers={"Range": "bytes=-5"})
    assert (part.status_code, part.content) == (206, content[-5:])
    assert client.delete(f"/files/{file['id']}/").status_code == 204
    assert site.process.complaints() == []


def test_file_over_the_limit_is_refused(site: Site, client: httpx.Client):
    """FL16"""
    refused = upload(client, b"a" * 60_000_000)
    assert refused.status_code == 413
    assert refused.headers["content-type"] == "application/problem+json"


def test_run_takes_a_file_and_gives_one(client: httpx.Client):
    given = upload(client, b"b\na\n", "letters.txt").json()
    nodes = [
        node("in", FILE_INPUT, name="letters"),
        node("sort", PROCESSOR, operation="sort lines"),
        node("out", OUTPUT, name="sorted"),
    ]
    links = ["in.result -> sort.file", "sort.file -> out.value"]
    agent = new_agent(client, document(nodes, links))
    schema = client.get(f"/graphs/{agent}/").json()["input_schema"]
    assert schema["properties"]["letters"]["format"] == "file"
    started = start_run(client, agent, {"letters": given["ref"]})
    run = ended(client, started["id"])
    assert run["status"] == "COMPLETED", run["errors"]
    (ref,) = run["outputs"]["sorted"]
    id_ = ref.removeprefix("workspace://")
    assert client.get(f"/files/{id_}/content/").content == b"a\nb\n"
    assert client.get(f"/files/{id_}/").json()["name"] == "letters.txt"
    listed = client.get("/files/", params={"execution": run["id"]}).json()
    assert [file["id"] for file in listed["results"]] == [id_]


def test_run_cannot_read_the_disk(site: Site, client: httpx.Client):
    nodes = [
        node("in", FILE_INPUT, name="letters"),
        node("out", OUTPUT, name="letters"),
    ]
    agent = new_agent(client, document(nodes, ["in.result -> out.value"]))
    secret = Path(site.folder / "demo-password")
    for source in (str(secret), f"file://{secret}", "workspace://../demo-password"):
        run = ended(client, start_run(client, agent, {"letters": source})["id"])
        assert run["status"] == "FAILED"
        assert [error["code"] for error in run["errors"]] == ["no_file"]
