"""Files: hostile names, hostile contents, and too much of them."""

import os
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.security.corpus.facts import Facts, noted
from tests.security.corpus.measures import measured
from tests.security.corpus.rows import Row
from tests.security.corpus.stage import Stage
from tests.security.corpus.tools import Target, Tools, both, starting

FILES = "/api/v1/files/"
CONTENT = b"hello"


def file_name(row: Row, tools: Tools) -> Facts:
    """An upload with a hostile name, and its download."""
    client = Stage().client("userA")
    file = SimpleUploadedFile("x", CONTENT)
    file._name = row.value  # type: ignore[attr-defined]
    answer = client.post(FILES, {"file": file})
    facts: Facts = {
        "status": answer.status_code,
        "text": answer.content.decode(),
        "stored_path": _paths_are_ours(tools.folder),
        "header_injected": False,
        "audit": noted(),
    }
    if answer.status_code != 201:
        return facts
    return facts | {"header_injected": _is_injected(client, answer.json()["id"])}


def _paths_are_ours(folder: Path) -> bool:
    """Everything that was written has a name that the server made."""
    files = [Path(at) / name for at, _, names in os.walk(folder) for name in names]
    return all(_is_id(file.stem) for file in files)


def _is_id(text: str) -> bool:
    try:
        return bool(UUID(text))
    except ValueError:
        return False


def _is_injected(client: Client, id_: str) -> bool:
    read = client.get(f"{FILES}{id_}/content/")
    assert b"".join(_parts(read)) == CONTENT
    said = str(read.headers)
    return "X" in read.headers or "\n" in said or "\r" in said


def _parts(answer: Any) -> list[bytes]:
    parts = list(answer.streaming_content)
    answer.close()
    return parts


def file_shown(row: Row, tools: Tools) -> Facts:
    """What stands in a file is never a page of ours."""
    client = Stage().client("userA")
    name = row.target.partition("<")[2].partition(" ")[0].rstrip(">") or "txt"
    value = row.value if isinstance(row.value, bytes) else row.value.encode()
    made = client.post(FILES, {"file": SimpleUploadedFile(f"x.{name}", value)}).json()
    answer = client.get(f"{FILES}{made['id']}/content/")
    assert b"".join(_parts(answer)) == value
    return {"status": answer.status_code, "headers": answer, "no_header": answer}


def file_content(row: Row, tools: Tools) -> Facts:
    """An upload whose content is the matter."""
    stage = Stage()
    counted = stage.counts()
    value = row.value if isinstance(row.value, bytes) else row.value.encode()
    client = stage.client("userA")

    def sent() -> Any:
        return client.post(FILES, {"file": SimpleUploadedFile("x", value)})

    done = measured(row, sent)
    return {
        **done.facts,
        "status": done.result.status_code,
        "text": done.result.content.decode(),
        "stored": stage.counts() != counted,
        "stored_path": _paths_are_ours(tools.folder),
        "executed": bool(tools.spy.programs),
    }


def _is_content(row: Row) -> bool:
    return not row.has_parts


TARGETS = [
    Target(starting("POST /api/files/ filename"), file_name),
    Target(both(starting("POST /api/files/"), _is_content), file_content),
    Target(both(starting("GET /api/files/<"), _is_content), file_shown),
]
