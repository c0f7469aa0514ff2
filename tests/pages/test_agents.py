"""The list of agents; making, importing and deleting one; the builder's page."""

import json
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from executions.domain.status import ExecutionStatus
from graphs.domain.transfer import AGENT_EXECUTOR
from graphs.models import Graph
from tests.factories import STORE, Json, document, make_graph, node
from tests.pages.world import Markup, browser_of, make_agent, make_run

pytestmark = pytest.mark.django_db

MISSING_BLOCK = "00000000-0000-4000-8000-000000000000"
LLM_NODE = node("write", "1f292d4a-41a4-4977-9684-7c8d560b9f91", prompt="x")


def calling(other: str) -> Json:
    return node(f"call {other}", AGENT_EXECUTOR, graph_id=other)


def import_file(browser: Client, content: bytes) -> Any:
    file = SimpleUploadedFile("agent.json", content, "application/json")
    return browser.post("/agents/import/", {"file": file})


def agent_file(**changed: object) -> bytes:
    return json.dumps({"name": "Borrowed", "nodes": [], "links": []} | changed).encode()


def test_without_agents_the_list_says_what_they_are(alice: User) -> None:
    text = browser_of(alice).get("/agents/").text

    assert "Draw your first agent" in text
    assert "New agent" in text


def test_a_row_leads_to_the_builder_and_to_the_last_run(alice: User) -> None:
    agent = make_agent(alice)
    make_run(agent, ExecutionStatus.FAILED)
    last = make_run(agent, ExecutionStatus.TIMED_OUT)

    page = Markup(browser_of(alice).get("/agents/").text)

    assert f"/agents/{agent.id}/" in page.links
    assert f"/runs/{last.id}/" in page.links
    assert "chip--timed-out" in page.classes
    assert "chip--failed" not in page.classes


def test_an_inactive_agent_is_marked_and_not_lost(alice: User) -> None:
    agent = make_agent(alice, "Resting")
    before = browser_of(alice).get("/agents/").text
    Graph.objects.filter(id=agent.id).update(is_active=False)

    after = browser_of(alice).get("/agents/").text

    assert "Inactive" not in before
    assert "Resting" in after
    assert "Inactive" in after


def test_the_list_goes_on_where_it_ended(alice: User) -> None:
    for number in range(51):
        make_agent(alice, f"Agent-{number:02}")
    browser = browser_of(alice)

    first = browser.get("/agents/").text
    more = next(link for link in Markup(first).links if "before=" in link)
    second = browser.get(more).text

    assert "Agent-01" in first
    assert "Agent-00" not in first
    assert "Agent-00" in second
    assert "Agent-01" not in second
    assert "data-more" not in second


def test_the_list_asks_the_same_number_of_questions_however_long(
    alice: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    browser = browser_of(alice)
    make_run(make_agent(alice))
    with django_assert_num_queries(100, exact=False) as few:  # type: ignore[call-arg]
        browser.get("/agents/")
    for number in range(10):
        make_run(make_agent(alice, f"Agent {number}"))

    with django_assert_num_queries(len(few)):
        browser.get("/agents/")


def test_a_new_agent_opens_in_the_builder(alice: User) -> None:
    answer = browser_of(alice).post("/agents/new/")

    made = Graph.objects.get()
    assert answer["Location"] == f"/agents/{made.id}/"
    assert made.name == "Untitled agent"
    assert made.owner == alice


def test_the_builder_page_holds_what_the_builder_needs(alice: User) -> None:
    agent = make_agent(alice, "A & B")

    answer = browser_of(alice).get(f"/agents/{agent.id}/")

    assert f'id="builder" data-graph-id="{agent.id}"' in answer.text
    assert "A &amp; B" in answer.text
    assert settings.CSRF_COOKIE_NAME in answer.cookies


def test_an_imported_agent_opens_in_the_builder(alice: User) -> None:
    browser = browser_of(alice)

    answer = import_file(browser, agent_file(**document() | {"name": "Borrowed"}))

    made = Graph.objects.get()
    assert answer["Location"] == f"/agents/{made.id}/"
    assert "Imported “Borrowed”" in browser.get(answer["Location"]).text


def test_an_import_says_that_blocks_are_missing(alice: User) -> None:
    browser = browser_of(alice)
    node = {"id": "a", "block_id": MISSING_BLOCK, "input_default": {}, "metadata": {}}

    answer = import_file(browser, agent_file(nodes=[node]))

    made = Graph.objects.get()
    assert answer["Location"] == f"/agents/{made.id}/report/"
    text = browser.get(answer["Location"]).text
    assert "Block not installed" in text
    assert MISSING_BLOCK in text
    assert "1 node, kept as placeholder." in text


def test_the_report_tells_what_is_in_the_agent(alice: User) -> None:
    agent = make_graph(alice, document([node("a", STORE), node("b", STORE)]))

    text = browser_of(alice).get(f"/agents/{agent.id}/report/").text

    assert "2 nodes, 0 links" in text
    assert "<li>Store Value \u00d72</li>" in text


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        # What each agent of the file lacks is told beside its name.
        pytest.param(
            {"nodes": [LLM_NODE]},
            ["Credential to choose: OpenAI", "API key"],
            id="credential",
        ),
        pytest.param(
            {"sub_graphs": [{"id": "x", "name": "Helper", "nodes": [], "links": []}]}
            | {"nodes": [calling("x"), calling("y")]},
            ["Sub-agent", "Helper", "are not here", "<code>y</code>"],
            id="sub-agents",
        ),
    ],
)
def test_the_report_tells_what_is_left_to_do(
    alice: User, changed: dict[str, Any], said: list[str]
) -> None:
    browser = browser_of(alice)

    answer = import_file(browser, agent_file(**changed))

    text = browser.get(answer["Location"]).text
    assert [words for words in said if words not in text] == []


def test_the_report_is_for_those_who_may_see_the_agent(
    alice: User, charlie: User
) -> None:
    agent = make_graph(alice)

    assert browser_of(alice).get(f"/agents/{agent.id}/report/").status_code == 200
    assert browser_of(charlie).get(f"/agents/{agent.id}/report/").status_code == 404


@pytest.mark.parametrize(
    ("content", "said"),
    [
        # What is wrong is said in the page, where it is, and nothing is stored.
        pytest.param(b"{", "not JSON at line 1", id="not JSON"),
        pytest.param(b"\xff\xfe", "UTF-8", id="not UTF-8"),
        pytest.param(b"[]", "was not imported", id="no object"),
        pytest.param(agent_file(nodes={}), "<code>nodes</code>", id="no list"),
        pytest.param(b"", "empty", id="empty file"),
        pytest.param(b" " * (10 * 2**20 + 1), "over the limit", id="too large"),
    ],
)
def test_a_faulty_file_is_refused_with_its_faults(
    alice: User, content: bytes, said: str
) -> None:
    answer = import_file(browser_of(alice), content)

    assert answer.status_code == 400
    assert said in answer.text
    assert not Graph.objects.exists()


def test_an_import_without_a_file_asks_for_one(alice: User) -> None:
    answer = browser_of(alice).post("/agents/import/")

    assert answer.status_code == 400
    assert "Choose a file first" in answer.text


def test_deleting_asks_first_and_names_the_agent(alice: User) -> None:
    agent = make_agent(alice, "Old friend")
    browser = browser_of(alice)

    question = browser.get(f"/agents/{agent.id}/delete/").text
    kept = browser.get("/agents/").text
    answer = browser.post(f"/agents/{agent.id}/delete/", follow=True).text

    assert "Delete “Old friend”?" in question
    assert f"/agents/{agent.id}/" in Markup(kept).links
    assert "Deleted “Old friend”" in answer
    assert f"/agents/{agent.id}/" not in Markup(answer).links


def test_nobody_deletes_the_agent_of_another(alice: User, charlie: User) -> None:
    agent = make_agent(alice)

    answer = browser_of(charlie).post(f"/agents/{agent.id}/delete/")

    assert answer.status_code == 404
    assert browser_of(alice).get(f"/agents/{agent.id}/").status_code == 200
