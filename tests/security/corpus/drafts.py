"""Graphs and schedules: texts that must stay as they are, links that must not be."""

import csv
import html
import io
import re
from html.parser import HTMLParser
from typing import Any, Final

from django.test import Client

from executions.models import Execution
from tests.accounts.test_races import AT_ONCE, together
from tests.factories import INPUT, NOTE, OUTPUT, document, link, node
from tests.security.corpus.block_targets import Play
from tests.security.corpus.facts import Facts, noted
from tests.security.corpus.rows import Row
from tests.security.corpus.runs import run_at_once
from tests.security.corpus.stage import JSON, STORE, Stage
from tests.security.corpus.tools import Target, Tools, of_kind, starting, with_part

GRAPHS: Final = "/api/v1/graphs/"
ROUNDS: Final = 3
HARMLESS: Final = "a harmless text"


def stored_as_it_is(row: Row, tools: Tools) -> Facts:
    """Through save, load and save again, in every place that takes free text, and
    through a run."""
    stage, text = Stage(), str(row.value)
    client = stage.client("userA")
    answer = client.post(GRAPHS, _with(text, row.kind), JSON)
    facts: Facts = {"status": answer.status_code, "audit": noted()}
    if answer.status_code != 201:
        return facts | {"stored": "refused"}
    id_ = answer.json()["id"]
    same = [_is_same(client, id_, text) for _ in range(ROUNDS)]
    run = run_at_once(tools, client, id_, {"Text": text})
    same.append(run.outputs == {"Text": [text]})
    return facts | {
        "stored": "unchanged" if all(same) else "changed",
        "reads_back": all(same),
        **_shown(stage, row, run, tools),
    }


def _with(text: str, kind: str) -> Any:
    nodes = [
        node("in", INPUT, name="Text"),
        node("out", OUTPUT, name="Text"),
        node("note", NOTE, text=text),
    ]
    body = document(nodes, ["in.result -> out.value"]) | {"description": text}
    body["name"] = text if kind == "xss" else "x"
    for each in body["nodes"]:
        each["metadata"]["customized_name"] = text
    return body


def _is_same(client: Client, id_: str, text: str) -> bool:
    """As it is read; it is saved again as it was read."""
    path = f"{GRAPHS}{id_}/"
    read = client.get(path).json()
    note = next(each for each in read["nodes"] if each["id"] == "note")
    draft = {name: read[name] for name in ("name", "description", "nodes", "links")}
    assert client.put(path, draft, JSON).status_code == 200
    return (
        read["description"] == text
        and note["input_default"]["text"] == text
        and note["metadata"]["customized_name"] == text
    )


# --- In pages -------------------------------------------------------------------------


class _Seen(HTMLParser):
    """Scripts, handlers and script addresses of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.scripts = self.handlers = 0
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.scripts += tag == "script"
        for name, value in attrs:
            address = re.sub(r"[\x00-\x20]", "", html.unescape(value or "")).lower()
            self.handlers += name.startswith("on") or address.startswith("javascript:")


def _shown(stage: Stage, row: Row, run: Execution, tools: Tools) -> Facts:
    """What the pages make of it, beside the same pages with a harmless text."""
    if "csp" not in row.expect:
        return {}
    browser = stage.client("userA cookie")
    client = stage.client("userA")
    other = client.post(GRAPHS, _with(HARMLESS, row.kind), JSON)
    plain = run_at_once(tools, client, other.json()["id"], {"Text": HARMLESS})
    pairs = [
        (f"/agents/{run.graph_id}/", f"/agents/{plain.graph_id}/"),
        (f"/runs/{run.id}/", f"/runs/{plain.id}/"),
        ("/runs/", ""),
        ("/agents/", ""),
    ]
    added = handlers = 0
    for path, control in pairs:
        page = browser.get(path)
        assert page.status_code == 200, path
        seen = _Seen(page.content.decode())
        handlers += seen.handlers
        if control:
            added += seen.scripts - _Seen(browser.get(control).content.decode()).scripts
    return {
        "dom_scripts_added": added,
        "dialogs": handlers,
        "csp": page["Content-Security-Policy"],
    }


# --- Others ---------------------------------------------------------------------------


def dynamic_pin(row: Row, tools: Tools) -> Facts:
    stage = Stage()
    body = document([node("a", STORE), node("b", STORE)])
    body["links"] = [link(f"a.{row.value} -> b.input")]
    return _refused(stage, GRAPHS, body)


def as_csv(row: Row, tools: Tools) -> Facts:
    """Outputs become CSV by a block; as JSON they stay what they are."""
    stage, value = Stage(), row.value
    client = stage.client("userA")
    nodes = [node("in", INPUT, name="Text"), node("out", OUTPUT, name="Text")]
    body = document(nodes, ["in.result -> out.value"])
    graph = client.post(GRAPHS, body, JSON).json()["id"]
    run = run_at_once(tools, client, graph, {"Text": value})
    read = client.get(f"/api/v1/executions/{run.id}/").json()["outputs"]
    play = Play("CreateCSV", {"rows": [[read["Text"][0]]], "store": False})
    ((_, text),) = play.run().outputs
    ((cell,),) = csv.reader(io.StringIO(text))
    return {
        "cell_prefix": cell.removesuffix(value),
        "json_export": "unchanged" if read == {"Text": [value]} else "changed",
    }


def cron(row: Row, tools: Tools) -> Facts:
    stage = Stage()
    body = {"graph": str(stage.graphs["A"].id), "cron": row.value}
    return _refused(stage, "/api/v1/schedules/", body)


def _refused(stage: Stage, path: str, body: Any) -> Facts:
    counted = stage.counts()
    answer = stage.client("userA").post(path, body, JSON)
    return {
        "status": answer.status_code,
        "text": answer.content.decode(),
        "stored": stage.counts() != counted,
    }


def writers_at_once(row: Row, tools: Tools) -> Facts:
    """Several save what they made of the same revision: one is stored, the others are
    told, and nothing is lost unseen."""
    assert row.given["two_writers_same_version"] is True
    stage = Stage()
    path, client = stage.path("/api/graphs/<A>/"), stage.client("userA")
    seen, names = client.get(path)["ETag"], iter(range(1000))

    def write() -> int:
        body = {"name": f"writer {next(names)}"}
        return client.patch(path, body, JSON, headers={"If-Match": seen}).status_code

    answers = together(write)
    revision = client.get(path).json()["revision"]
    assert sum(answers.values()) == AT_ONCE
    (refused,) = set(answers) - {200}
    return {
        "status": refused,
        "lost_updates": answers[200] - (revision - stage.graphs["A"].revision),
    }


TARGETS = [
    Target(of_kind("xss", "legit-control"), stored_as_it_is),
    Target(starting("POST /api/schedules/ cron"), cron),
    Target(starting("GET /api/executions/export.csv with"), as_csv),
    Target(starting("link: dynamic pin"), dynamic_pin),
    Target(with_part("two_writers"), writers_at_once, "transactions"),
]
