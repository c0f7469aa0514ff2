import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from accounts.models import User
from graphs.models import Graph
from tests.factories import CALCULATOR, document, make_graph, node


@pytest.fixture
def written(tmp_path: Path):
    def write(body: object) -> str:
        path = tmp_path / "agent.json"
        path.write_text(body if isinstance(body, str) else json.dumps(body))
        return str(path)

    return write


def printed(*args: str):
    """What the command printed as JSON, and its exit code."""
    out = StringIO()
    try:
        call_command(*args, stdout=out)
    except SystemExit as end:
        return json.loads(out.getvalue()), end.code
    return json.loads(out.getvalue()), 0


@pytest.mark.parametrize(
    ("body", "rule", "code"),
    [
        pytest.param(document(), "error-handling", 0, id="sound"),
        pytest.param(
            document([node("c", CALCULATOR)]), "missing-required-pin", 1, id="errors"
        ),
        pytest.param({"nodes": [1]}, "format", 1, id="no agent"),
        pytest.param([], "format", 1, id="a list"),
        pytest.param("{", "format", 1, id="no JSON"),
    ],
)
def test_validategraph_needs_no_database(written, body, rule, code):
    findings, exit_code = printed("validategraph", written(body))
    assert rule in [one["rule"] for one in findings]
    assert exit_code == code


def test_validategraph_without_a_file():
    with pytest.raises(CommandError, match=r"Cannot read .*nowhere\.json"):
        call_command("validategraph", "/nowhere.json")


def test_an_agent_goes_in_and_out(written, alice: User):
    path = written(document())
    result, _ = printed("importgraph", path, "--owner", "alice@example.org")
    graph = Graph.objects.get(id=result["id"])
    assert graph.owner == alice
    assert result["report"]["nodes"] == 3
    agent, _ = printed("exportgraph", result["id"])
    assert agent["name"] == "Sum"
    assert [one["id"] for one in agent["nodes"]] == ["in", "sum", "out"]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        pytest.param({"nodes": [1]}, r"nodes\[0\]: must be an object", id="no agent"),
        pytest.param("{", "not JSON", id="no JSON"),
    ],
)
def test_what_is_no_agent_is_not_imported(written, alice: User, body, message):
    with pytest.raises(CommandError, match=message):
        call_command("importgraph", written(body), "--owner", "alice@example.org")
    assert not Graph.objects.exists()


@pytest.mark.django_db
def test_the_owner_must_be_there(written):
    with pytest.raises(CommandError, match=r"nobody@example\.org"):
        call_command(
            "importgraph", written(document()), "--owner", "nobody@example.org"
        )


def test_a_deleted_agent_is_not_exported(alice: User):
    graph = make_graph(alice)
    Graph.objects.update(deleted_at=graph.created_at)
    with pytest.raises(CommandError, match=str(graph.id)):
        call_command("exportgraph", str(graph.id))
