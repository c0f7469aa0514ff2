import time
from uuid import uuid4

import orjson
import pytest
from django.urls import reverse
from rest_framework.test import APIClient

from accounts.models import User
from graphs import services
from graphs.models import Graph, GraphEvent
from tests.conftest import SignedIn
from tests.factories import (
    CALCULATOR,
    INPUT,
    NOTE,
    OUTPUT,
    STORE,
    UNKNOWN,
    document,
    link,
    make_graph,
    node,
)

GRAPHS = "/api/v1/graphs/"
PROBLEM = "application/problem+json"


@pytest.fixture
def client(alice: User, signed_in: SignedIn) -> APIClient:
    return signed_in(alice)


@pytest.fixture
def graph(alice: User) -> Graph:
    return make_graph(alice)


def of(graph: Graph, more: str = "") -> str:
    return f"{GRAPHS}{graph.id}/{more}"


def rows() -> tuple[int, int]:
    return Graph.objects.count(), GraphEvent.objects.count()


# --- Creating and reading -------------------------------------------------------------


def test_it_works(client: APIClient):
    body = document()
    answer = client.post(GRAPHS, body)
    assert answer.status_code == 201
    assert answer.headers["ETag"] == '"1"'
    made = answer.json()
    assert made["nodes"] == body["nodes"]
    assert made["links"] == body["links"]
    assert made["input_schema"]["required"] == ["Input"]
    assert list(made["output_schema"]["properties"]) == ["Output"]
    assert (made["name"], made["revision"], made["version"]) == ("Sum", 1, None)
    again = client.get(f"{GRAPHS}{made['id']}/")
    assert again.json() == made
    assert again.headers["ETag"] == '"1"'


def test_a_graph_may_be_empty(client: APIClient):
    made = client.post(GRAPHS, {}).json()
    assert (made["name"], made["nodes"], made["links"]) == ("Untitled agent", [], [])


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("Write SQL: SELECT name FROM users WHERE a < 5;", id="sql"),
        pytest.param("O'Brien & Sons <sales@obrien.example>", id="markup"),
        pytest.param("&lt;already escaped&gt; &amp;amp;", id="escapes"),
        pytest.param("\\u0000 as six characters", id="escaped nul"),
        pytest.param("  spaces around\n\ttabs  ", id="white space"),
        pytest.param("\U0001f469\u200d\U0001f4bb e\u0301 \u202ertl", id="unicode"),
    ],
)
def test_text_is_stored_as_it_came(client: APIClient, text: str):
    body = document([node("n", NOTE, text=text)]) | {"description": text}
    made = client.post(GRAPHS, body).json()
    for _ in range(3):
        assert made["description"] == text
        assert made["nodes"][0]["input_default"]["text"] == text
        draft = {key: made[key] for key in ("name", "description", "nodes", "links")}
        made = client.put(f"{GRAPHS}{made['id']}/", draft).json()


def test_the_list_has_rows_without_nodes(client: APIClient, graph: Graph):
    page = client.get(GRAPHS).json()
    assert set(page) == {"next", "previous", "results"}
    (row,) = page["results"]
    assert set(row) == {
        "id", "name", "description", "version", "revision", "node_count", "is_active",
        "created_at", "updated_at", "last_execution",
    }  # fmt: skip
    assert (row["id"], row["node_count"]) == (str(graph.id), 3)
    assert row["last_execution"] is None


def test_the_list_names_the_last_run(client: APIClient, graph: Graph, alice: User):
    assert client.post(of(graph, "executions/"), {"inputs": {"Input": 1}}).status_code
    started = client.post(of(graph, "executions/"), {"inputs": {"Input": 8}}).json()
    (row,) = client.get(GRAPHS).json()["results"]
    assert row["last_execution"]["id"] == started["id"]
    assert row["last_execution"]["status"] == "QUEUED"
    assert row["last_execution"]["created_at"].endswith("Z")


def test_the_list_is_newest_first_in_pages(client: APIClient, alice: User):
    made = [str(make_graph(alice).id) for _ in range(3)]
    page = client.get(GRAPHS, {"limit": 2}).json()
    assert [row["id"] for row in page["results"]] == [made[2], made[1]]
    page = client.get(page["next"]).json()
    assert [row["id"] for row in page["results"]] == [made[0]]
    assert page["next"] is None


def test_the_list_hides_inactive_graphs_unless_asked(client: APIClient, graph: Graph):
    assert client.patch(of(graph), {"is_active": False}).status_code == 200
    assert client.get(GRAPHS).json()["results"] == []
    page = client.get(GRAPHS, {"include_inactive": "true"}).json()
    assert page["results"][0]["is_active"] is False


# --- Saving ---------------------------------------------------------------------------


def test_saving_a_draft(client: APIClient, graph: Graph):
    body = document([node("c", CALCULATOR)]) | {"name": "New"}
    answer = client.put(of(graph), body, headers={"If-Match": '"1"'})
    assert answer.status_code == 200
    assert answer.headers["ETag"] == '"2"'
    assert answer.json() == client.get(of(graph)).json()
    assert answer.json()["name"] == "New"


@pytest.mark.parametrize(
    ("header", "status"),
    [
        pytest.param('"2"', 200, id="as it is"),
        pytest.param('W/"2"', 200, id="weakened by a proxy"),
        pytest.param("*", 200, id="any"),
        pytest.param(None, 200, id="none"),
        pytest.param('"1"', 412, id="an old one"),
        pytest.param('"3"', 412, id="one to come"),
        pytest.param("2", 400, id="no ETag"),
        pytest.param('"abc"', 400, id="of someone else"),
        pytest.param('"99999999999999"', 400, id="far too large"),
    ],
)
@pytest.mark.parametrize("method", ["put", "patch"])
def test_if_match(client: APIClient, graph: Graph, method: str, header, status):
    client.patch(of(graph), {"name": "Second"})
    before = Graph.objects.get(id=graph.id).draft
    body = document() if method == "put" else {"name": "Third"}
    headers = {"If-Match": header} if header else {}
    answer = getattr(client, method)(of(graph), body, headers=headers)
    assert answer.status_code == status
    if status != 200:
        assert answer.headers["Content-Type"] == PROBLEM
        assert Graph.objects.get(id=graph.id).draft == before


def test_an_editor_may_save_after_publishing(client: APIClient, graph: Graph):
    client.post(of(graph, "publish/"))
    headers = {"If-Match": '"1"'}
    answer = client.put(of(graph), document([node("s", STORE)]), headers=headers)
    assert answer.status_code == 200


def test_placeholders_of_an_import_can_be_saved(client: APIClient):
    body = document([node("u", UNKNOWN, x=1)])
    id = client.post(f"{GRAPHS}import/", body).json()["id"]
    moved = body | {"nodes": [body["nodes"][0] | {"metadata": {"x": 1}}]}
    answer = client.put(f"{GRAPHS}{id}/", moved)
    assert answer.status_code == 200
    assert answer.json()["nodes"][0]["input_default"] == {"x": 1}


def test_settings_stay_unless_they_are_sent(client: APIClient):
    body = document() | {"settings": {"max_parallel": 2}}
    id = client.post(GRAPHS, body).json()["id"]
    kept = client.put(f"{GRAPHS}{id}/", document([]))
    assert kept.json()["settings"] == {"max_parallel": 2}
    sent = client.put(f"{GRAPHS}{id}/", document([]) | {"settings": {}})
    assert sent.json()["settings"] == {}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        pytest.param({"name": ""}, "name", id="empty name"),
        pytest.param({"name": "x" * 201}, "name", id="long name"),
        pytest.param({"name": None}, "name", id="null name"),
        pytest.param({"is_active": "perhaps"}, "is_active", id="no truth"),
        pytest.param({"id": str(uuid4())}, "id", id="id"),
        pytest.param({"version": 99}, "version", id="version"),
        pytest.param({"created_at": "1999-01-01T00:00:00Z"}, "created_at", id="date"),
        pytest.param({"owner": str(uuid4())}, "owner", id="owner"),
    ],
)
def test_what_a_patch_refuses(client: APIClient, graph: Graph, body, field):
    answer = client.patch(of(graph), body)
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert Graph.objects.get(id=graph.id).revision == 1


@pytest.mark.parametrize(
    ("body", "field"),
    [
        pytest.param({"owner": "x"}, "owner", id="owner"),
        pytest.param({"workspace": "x"}, "workspace", id="workspace"),
        pytest.param(
            {"input_schema": {"$ref": "http://evil.example/s.json"}},
            "input_schema",
            id="a schema from elsewhere",
        ),
        pytest.param({"name": 1}, "name", id="name a number"),
        pytest.param({"nodes": {}}, "nodes", id="nodes an object"),
        pytest.param({"nodes": [1]}, "nodes[0]", id="a node a number"),
        pytest.param(
            {"nodes": [node("a", UNKNOWN)]}, "nodes[0].block_id", id="unknown block"
        ),
        pytest.param(
            {"nodes": [node("a", CALCULATOR, a="9" * (2**20 + 1))]},
            "nodes[0].input_default.a",
            id="a large constant",
        ),
        pytest.param(
            {"nodes": [node("a", CALCULATOR, a="x")]},
            "nodes[0].input_default.a",
            id="no number",
        ),
        pytest.param(
            document([node("a", STORE)]) | {"links": [link("a.output -> b.input")]},
            "links[0].sink_id",
            id="a link to nowhere",
        ),
        pytest.param(
            document([node("a", STORE)]) | {"links": [link("a.nopin -> a.input")]},
            "links[0].source_name",
            id="a link from no pin",
        ),
        pytest.param(
            document([node("a", STORE)])
            | {"links": [link("a.output_@___class__ -> a.input")]},
            "links[0].source_name",
            id="a link to a private field",
        ),
    ],
)
def test_nothing_is_stored_of_a_bad_draft(client: APIClient, graph: Graph, body, field):
    before = rows()
    for answer in (client.post(GRAPHS, body), client.put(of(graph), body)):
        assert answer.status_code == 400
        assert answer.headers["Content-Type"] == PROBLEM
        assert field in [error["field"] for error in answer.json()["errors"]]
    assert rows() == before


@pytest.mark.parametrize("path", ["", "import/", "validate/"])
@pytest.mark.parametrize(
    ("body", "status"),
    [
        pytest.param(b"{", 400, id="no JSON"),
        pytest.param(b"[]", 400, id="a list"),
        pytest.param(b'{"name": "\\u0000"}', 400, id="a NUL"),
        pytest.param(b'{"name": "\\ud800"}', 400, id="half a character"),
        pytest.param(b'{"a": 1, "a": 2}', 400, id="a key twice"),
        pytest.param(b'{"nodes": [NaN]}', 400, id="NaN"),
        pytest.param(b'{"a": ' + b"[" * 70 + b"]" * 70 + b"}", 400, id="too deep"),
        pytest.param(b'{"a": "' + b"x" * 11_000_000 + b'"}', 413, id="too large"),
    ],
)
def test_malformed_bodies(client: APIClient, path: str, body: bytes, status: int):
    answer = client.post(GRAPHS + path, body, content_type="application/json")
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == PROBLEM
    assert rows() == (0, 0)


def test_many_faults_are_counted(client: APIClient):
    answer = client.post(GRAPHS, {"nodes": [1] * 1_500})
    errors = answer.json()["errors"]
    assert len(errors) == 1_001
    assert errors[-1]["message"] == "500 more faults are not listed."


def test_cycles_are_legal(client: APIClient):
    links = ["a.output -> b.input", "b.output -> a.input"]
    body = document([node("a", STORE), node("b", STORE)], links)
    made = client.post(GRAPHS, body)
    assert made.status_code == 201
    found = client.get(f"{GRAPHS}{made.json()['id']}/findings/").json()["findings"]
    (cycle,) = [one for one in found if one["rule"] == "cycle"]
    assert cycle["severity"] == "warning"


# --- Publishing, findings, exchange ---------------------------------------------------


def test_publishing(client: APIClient, graph: Graph):
    answer = client.post(of(graph, "publish/"))
    assert (answer.status_code, answer.json()) == (201, {"version": 1})
    assert client.get(of(graph)).json()["version"] == 1
    versions = client.get(of(graph, "versions/")).json()["results"]
    assert [row["version"] for row in versions] == [1]
    assert versions[0]["created_by"] == str(graph.owner_id)


def test_publishing_with_errors(client: APIClient, alice: User):
    graph = make_graph(alice, document([node("c", CALCULATOR, operation="Add")]))
    answer = client.post(of(graph, "publish/"))
    assert answer.status_code == 422
    errors = answer.json()["errors"]
    assert [(one["rule"], one["field"]) for one in errors] == [
        ("missing-required-pin", "nodes.c.a"),
        ("missing-required-pin", "nodes.c.b"),
    ]
    assert client.get(of(graph, "versions/")).json()["results"] == []


def test_findings_of_a_stored_graph(client: APIClient, graph: Graph):
    findings = client.get(of(graph, "findings/")).json()["findings"]
    assert [one["rule"] for one in findings] == ["error-handling"]
    assert set(findings[0]) == {
        "rule", "severity", "node_id", "pin", "link_id", "message", "hint", "fix",
    }  # fmt: skip


def test_validating_stores_nothing(client: APIClient):
    body = document([node("c", CALCULATOR, a="x")])
    answer = client.post(f"{GRAPHS}validate/", body)
    rules = {one["rule"] for one in answer.json()["findings"]}
    assert {"missing-required-pin", "wrong-constant"} <= rules
    assert rows() == (0, 0)


def test_validating_tells_faults_of_the_form_as_findings(client: APIClient):
    findings = client.post(f"{GRAPHS}validate/", {"nodes": [1]}).json()["findings"]
    assert [(one["rule"], one["severity"]) for one in findings] == [("format", "error")]


def test_importing_an_export(client: APIClient, graph: Graph):
    agent = client.get(of(graph, "export/"))
    assert agent.headers["Content-Disposition"] == 'attachment; filename="sum.json"'
    answer = client.post(f"{GRAPHS}import/", agent.json())
    assert answer.status_code == 201
    made = answer.json()
    assert made["id"] != str(graph.id)
    assert (made["report"]["nodes"], made["report"]["blocks_missing"]) == (3, [])
    copy = client.get(f"{GRAPHS}{made['id']}/").json()
    assert copy["nodes"] == client.get(of(graph)).json()["nodes"]


def test_importing_what_is_no_agent(client: APIClient):
    answer = client.post(f"{GRAPHS}import/", {"nodes": [{"id": "a"}]})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == "nodes[0].block_id"
    assert rows() == (0, 0)


def test_deleting(client: APIClient, graph: Graph):
    assert client.delete(of(graph)).status_code == 204
    assert client.get(of(graph)).status_code == 404
    assert client.delete(of(graph)).status_code == 404
    assert client.get(GRAPHS).json()["results"] == []


# --- Who may --------------------------------------------------------------------------

CALLS = [
    ("get", ""), ("put", ""), ("patch", ""), ("delete", ""), ("post", "publish/"),
    ("get", "export/"), ("get", "findings/"), ("get", "versions/"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "more"), CALLS)
def test_charlie_sees_nothing(graph: Graph, charlie: User, signed_in, method, more):
    client, body = signed_in(charlie), document([])
    if method == "patch":
        body = {"name": "Charlie's"}
    args = [] if method in ("get", "delete") else [body]
    answer = getattr(client, method)(of(graph, more), *args)
    nowhere = getattr(client, method)(f"{GRAPHS}{uuid4()}/{more}", *args)
    assert answer.status_code == nowhere.status_code == 404
    assert answer.json() == nowhere.json()
    assert client.get(GRAPHS).json()["results"] == []
    assert Graph.objects.get(id=graph.id).revision == 1


@pytest.mark.parametrize(("method", "more"), CALLS)
def test_strangers_are_told_to_sign_in(graph: Graph, anyone: APIClient, method, more):
    answer = getattr(anyone, method)(of(graph, more))
    assert answer.status_code == 401
    assert "WWW-Authenticate" in answer.headers


@pytest.mark.parametrize("path", ["", "import/", "validate/"])
def test_strangers_make_nothing(anyone: APIClient, db: None, path: str):
    assert anyone.post(GRAPHS + path, document()).status_code == 401
    assert rows() == (0, 0)


# --- Cost -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "more", "most"),
    [
        pytest.param("get", "", 2, id="read"),
        pytest.param("get", "findings/", 2, id="findings"),
        pytest.param("get", "export/", 2, id="export"),
        pytest.param("put", "", 7, id="save"),
    ],
)
def test_queries_do_not_grow_with_the_graph(
    client, alice, django_assert_max_num_queries, method, more, most
):
    nodes = [node(f"n{i}", INPUT, name=f"i{i}") for i in range(30)]
    nodes += [node(f"o{i}", OUTPUT, name=f"o{i}") for i in range(30)]
    links = [f"n{i}.result -> o{i}.value" for i in range(30)]
    body = document(nodes, links)
    graph = make_graph(alice, body)
    with django_assert_max_num_queries(most):
        if method == "get":
            client.get(of(graph, more))
        else:
            client.put(of(graph), body | {"name": "New"})


def test_queries_of_the_list_do_not_grow(client, alice, django_assert_num_queries):
    for _ in range(5):
        make_graph(alice)
    with django_assert_num_queries(3):
        assert len(client.get(GRAPHS).json()["results"]) == 5


def test_a_large_graph_is_saved_in_time(client: APIClient, graph: Graph):
    nodes = [node(f"n{i}", CALCULATOR, operation="Add", b=3) for i in range(20_000)]
    links = [f"n{i}.result -> n{i + 1}.a" for i in range(19_999)]
    body = orjson.dumps(document(nodes, links))
    start = time.process_time()
    answer = client.put(of(graph), body, content_type="application/json")
    assert time.process_time() - start < 30  # quadratic, it takes minutes
    assert answer.status_code == 200
    frozen = services.graph_freeze(Graph.objects.get(id=graph.id), "draft")
    assert frozen.nodes.count() == 20_000


def test_addresses_have_names():
    assert reverse("graphs") == GRAPHS


def test_what_is_wrong_in_an_imported_agent_is_told_and_kept(client: APIClient):
    """It comes from elsewhere, and no node of it may be lost."""
    body = document(
        [node("c", CALCULATOR, operation="Add", a="x", b=1), node("o", OUTPUT)],
        ["c.nowhere -> o.value"],
    )
    answer = client.post(f"{GRAPHS}import/", body)
    assert answer.status_code == 201
    rules = {one["rule"] for one in answer.json()["report"]["findings"]}
    assert {"wrong-constant", "unknown-pin"} <= rules
    kept = client.get(f"{GRAPHS}{answer.json()['id']}/export/").json()
    assert kept["nodes"][0]["input_default"]["a"] == "x"
    assert kept["links"][0]["source_name"] == "nowhere"
