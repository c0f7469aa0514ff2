from threading import Barrier, Thread
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.db.models import F
from django.http import Http404

from accounts.models import User
from graphs import services
from graphs.domain.document import from_document
from graphs.domain.faults import GraphFormatError
from graphs.domain.history import applied
from graphs.domain.parse import parse_graph
from graphs.domain.transfer import AGENT_EXECUTOR
from graphs.models import Graph, GraphEvent, GraphVersion, Link, Node
from graphs.selectors import graph_list, load_version, load_version_document
from tests.factories import (
    CALCULATOR,
    OUTPUT,
    STORE,
    UNKNOWN,
    document,
    make_graph,
    make_user,
    node,
    node_of,
)

pytestmark = pytest.mark.django_db


def parsed(body):
    return parse_graph(body, strict_blocks=True)


def draft_of(*nodes, **changed):
    return parse_graph(document(list(nodes)) | changed, strict_blocks=False)


def kinds_of(graph: Graph) -> list[tuple[int, str]]:
    events = GraphEvent.objects.filter(graph=graph)
    return list(events.values_list("revision", "kind"))


def rebuilt(graph: Graph) -> dict:
    """The draft as its events tell it."""
    draft: dict = {}
    for event in GraphEvent.objects.filter(graph=graph):
        body = event.body.get("draft", {})
        is_first = event.revision == 1
        draft = body if is_first else applied(draft, body)
    return draft


def test_a_new_graph_is_in_the_workspace_of_its_owner(alice: User):
    graph = services.graph_create(user=alice, name="Mine")
    stored = Graph.objects.get(id=graph.id)
    assert (stored.name, stored.owner, stored.revision) == ("Mine", alice, 1)
    assert alice in stored.workspace.members.all()
    assert stored.version is None
    assert from_document(stored.draft).nodes == {}
    assert kinds_of(stored) == [(1, "graph.created")]


def test_saving_replaces_the_draft_and_leaves_an_event(alice: User):
    graph = make_graph(alice)
    saved = services.graph_save_draft(
        user=alice, graph=graph, draft=draft_of(node("c", CALCULATOR), name="Now")
    )
    stored = Graph.objects.get(id=graph.id)
    assert (saved.revision, stored.revision) == (2, 2)
    assert (stored.name, stored.node_count) == ("Now", 1)
    assert stored.draft == saved.draft
    assert stored.updated_at == saved.updated_at > graph.updated_at
    assert kinds_of(graph) == [(1, "graph.created"), (2, "draft.saved")]
    assert rebuilt(graph) == stored.draft


def test_saving_what_is_there_changes_nothing(alice: User):
    graph = make_graph(alice)
    same = parse_graph(document(), strict_blocks=True)
    assert services.graph_save_draft(user=alice, graph=graph, draft=same).revision == 1
    assert kinds_of(graph) == [(1, "graph.created")]


def test_a_writer_who_saw_an_old_revision_is_refused(alice: User):
    graph = make_graph(alice)
    services.graph_patch(user=alice, graph=graph, name="Other")
    with pytest.raises(services.RevisionConflict) as caught:
        services.graph_save_draft(
            user=alice, graph=graph, draft=draft_of(), expected_revision=1
        )
    assert caught.value.current == 2
    with pytest.raises(services.RevisionConflict):
        services.graph_save_draft(
            user=alice, graph=graph, draft=draft_of(), expected_revision=9
        )
    assert len(kinds_of(graph)) == 2


def test_publishing_does_not_stand_in_the_way_of_an_editor(alice: User):
    graph = make_graph(alice)
    services.graph_publish(user=alice, graph=graph)
    saved = services.graph_save_draft(
        user=alice, graph=graph, draft=draft_of(), expected_revision=1
    )
    assert saved.revision == 3


def test_what_came_with_an_import_stays(alice: User):
    body = document() | {"instructions": "Go."}
    graph = services.graph_import(user=alice, document=body).graph
    services.graph_save_draft(user=alice, graph=graph, draft=draft_of())
    assert Graph.objects.get(id=graph.id).draft["extra"] == {"instructions": "Go."}


def test_changing_name_and_state(alice: User):
    graph = make_graph(alice)
    services.graph_patch(user=alice, graph=graph, name="New", description="")
    changed = services.graph_patch(user=alice, graph=graph, is_active=False)
    stored = Graph.objects.get(id=graph.id)
    assert (stored.name, stored.description, stored.is_active) == ("New", "", False)
    assert stored.draft["name"] == "New"
    assert changed.revision == stored.revision == 3
    assert GraphEvent.objects.get(graph=graph, revision=3).body == {
        "draft": {},
        "is_active": False,
    }
    assert services.graph_patch(user=alice, graph=graph).revision == 3
    assert rebuilt(graph) == stored.draft


def test_publishing_numbers_the_versions(alice: User):
    graph = make_graph(alice)
    first = services.graph_publish(user=alice, graph=graph)
    again = services.graph_publish(user=alice, graph=graph)
    assert first.number == again.number == 1
    assert again.id == first.id
    services.graph_patch(user=alice, graph=graph, name="Second")
    second = services.graph_publish(user=alice, graph=graph)
    assert second.number == 2
    assert Graph.objects.get(id=graph.id).version == 2
    assert load_version(first.id).name == "Sum"
    assert load_version(second.id).name == "Second"
    assert [kind for _, kind in kinds_of(graph)] == [
        "graph.created", "graph.published", "graph.changed", "graph.published",
    ]  # fmt: skip


def test_publishing_numbers_what_a_run_had_frozen(alice: User):
    graph = make_graph(alice)
    frozen = services.graph_freeze(graph, "draft")
    published = services.graph_publish(user=alice, graph=graph)
    assert published.id == frozen.id
    graph.refresh_from_db()
    assert services.graph_freeze(graph, "draft").id == frozen.id
    assert GraphVersion.objects.count() == 1


def test_a_graph_with_errors_is_not_published(alice: User):
    graph = make_graph(alice, document([node("c", CALCULATOR)]))
    with pytest.raises(services.ErrorFindings) as caught:
        services.graph_publish(user=alice, graph=graph)
    assert {one.rule for one in caught.value.findings} == {"missing-required-pin"}
    assert GraphVersion.objects.count() == 0
    assert Graph.objects.get(id=graph.id).version is None


def test_freezing_makes_one_version_of_a_revision(alice: User):
    graph = make_graph(alice)
    frozen = services.graph_freeze(graph, "draft", user=alice)
    assert services.graph_freeze(graph=graph, version="draft").id == frozen.id
    assert (frozen.revision, frozen.number, frozen.created_by) == (1, None, alice)
    graph = services.graph_patch(user=alice, graph=graph, name="Other")
    other = services.graph_freeze(graph, "draft")
    assert other.id != frozen.id
    assert load_version_document(frozen.id)["name"] == "Sum"
    assert load_version_document(other.id)["name"] == "Other"


def test_a_frozen_version_has_its_nodes_and_links_as_rows(alice: User):
    body = document()
    body["nodes"][1]["metadata"] = {"customized_name": "The sum " + "x" * 300}
    frozen = services.graph_freeze(make_graph(alice, body), "draft")
    nodes = Node.objects.filter(version=frozen).order_by("node_id")
    assert [(row.node_id, row.block_name) for row in nodes] == [
        ("in", "AgentNumberInputBlock"),
        ("out", "AgentOutputBlock"),
        ("sum", "CalculatorBlock"),
    ]
    assert nodes[2].name == ("The sum " + "x" * 300)[:200]
    links = Link.objects.filter(version=frozen).order_by("link_id")
    assert [
        (row.source.node_id, row.source_name, row.sink.node_id) for row in links
    ] == [
        ("in", "result", "sum"),
        ("sum", "result", "out"),
    ]


def test_which_version_a_run_takes(alice: User):
    graph = make_graph(alice)
    assert services.graph_freeze(graph).number is None
    first = services.graph_publish(user=alice, graph=graph)
    graph = services.graph_patch(user=alice, graph=graph, name="Edited")
    assert services.graph_freeze(graph).id == first.id
    assert services.graph_freeze(graph, 1).id == first.id
    assert services.graph_freeze(graph, "draft").id != first.id
    with pytest.raises(services.UnknownVersion, match="no version 2"):
        services.graph_freeze(graph, 2)


def test_the_version_of_another_graph_is_unknown(alice: User):
    services.graph_publish(user=alice, graph=make_graph(alice))
    with pytest.raises(services.UnknownVersion):
        services.graph_freeze(make_graph(alice), 1)


def test_importing_keeps_placeholders(alice: User):
    body = document([node("u", UNKNOWN, x=1)])
    graph, report = services.graph_import(user=alice, document=body)
    assert report.blocks_missing[0].node_ids == ("u",)
    assert node_of(from_document(graph.draft), "u").constants == {"x": 1}
    assert kinds_of(graph) == [(1, "graph.imported")]
    frozen = services.graph_freeze(graph, "draft")
    assert Node.objects.get(version=frozen).block_name == ""


def test_what_is_no_agent_is_not_stored(alice: User):
    with pytest.raises(GraphFormatError):
        services.graph_import(user=alice, document={"nodes": 1})
    assert not Graph.objects.exists()


def test_a_deleted_graph_is_gone_for_its_owner_and_its_runs_are_not(alice: User):
    graph = make_graph(alice)
    frozen = services.graph_freeze(graph, "draft")
    services.graph_delete(user=alice, graph=graph)
    assert not graph_list(alice).exists()
    assert load_version_document(frozen.id)["name"] == "Sum"
    assert kinds_of(graph)[-1] == (2, "graph.deleted")
    for write in (services.graph_delete, services.graph_publish, services.graph_patch):
        with pytest.raises(Http404):
            write(user=alice, graph=graph)


def test_the_list_hides_what_is_not_active(alice: User):
    graph = make_graph(alice)
    services.graph_patch(user=alice, graph=graph, is_active=False)
    assert list(graph_list(alice)) == []
    row: Any = graph_list(alice, include_inactive=True).get()
    assert (row.last_run_id, row.last_run_status, row.last_run_at) == (None,) * 3


# --- At the same time -----------------------------------------------------------------


def at_once(number: int, write) -> list[Any]:
    """What `write(n)` gave or raised in so many threads."""
    barrier = Barrier(number)
    results: list[Any] = [None] * number

    def run(place: int) -> None:
        barrier.wait()
        try:
            results[place] = write(place)
        except Exception as error:
            results[place] = error
        finally:
            connection.close()

    threads = [Thread(target=run, args=(place,)) for place in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def with_races(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    """The first so many writers find their row edited between reading and writing."""
    read, left = services._fresh, iter(range(number))

    def fresh(id: UUID) -> Graph:
        row = read(id)
        if next(left, None) is not None:
            Graph.objects.filter(id=id).update(revision=F("revision") + 1)
        return row

    monkeypatch.setattr(services, "_fresh", fresh)


def test_a_writer_who_was_overtaken_tries_again(alice: User, monkeypatch):
    graph = make_graph(alice)
    with_races(monkeypatch, 2)
    changed = services.graph_patch(user=alice, graph=graph, name="Mine")
    stored = Graph.objects.get(id=graph.id)
    assert (changed.revision, stored.revision) == (2, 2)
    assert stored.name == "Mine"


def test_a_writer_who_is_always_overtaken_is_told(alice: User, monkeypatch):
    graph = make_graph(alice)
    with_races(monkeypatch, 100)
    with pytest.raises(services.RevisionConflict):
        services.graph_patch(user=alice, graph=graph, name="Mine")
    assert Graph.objects.get(id=graph.id).name == "Sum"


@pytest.mark.django_db(transaction=True)
def test_of_two_writers_who_saw_the_same_one_wins():
    user = make_user()
    graph = make_graph(user)

    def save(place: int) -> Graph:
        draft = draft_of(name=f"Name {place}")
        return services.graph_save_draft(
            user=user, graph=graph, draft=draft, expected_revision=1
        )

    results = at_once(6, save)
    won = [one for one in results if isinstance(one, Graph)]
    lost = [one for one in results if isinstance(one, services.RevisionConflict)]
    assert (len(won), len(lost)) == (1, 5)
    assert Graph.objects.get(id=graph.id).name == won[0].name


@pytest.mark.django_db(transaction=True)
def test_writers_who_expect_nothing_all_get_through():
    user = make_user()
    graph = make_graph(user)
    results = at_once(
        4, lambda n: services.graph_patch(user=user, graph=graph, name=f"Name {n}")
    )
    assert all(isinstance(one, Graph) for one in results)
    assert [revision for revision, _ in kinds_of(graph)] == [1, 2, 3, 4, 5]
    assert rebuilt(graph) == Graph.objects.get(id=graph.id).draft


@pytest.mark.django_db(transaction=True)
def test_runs_that_freeze_at_once_share_one_version():
    user = make_user()
    graph = make_graph(user)
    results = at_once(6, lambda _: services.graph_freeze(graph, "draft"))
    assert len({one.id for one in results}) == 1
    assert Node.objects.count() == 3


@pytest.mark.django_db(transaction=True)
def test_publishing_at_once_gives_one_number():
    user = make_user()
    graph = make_graph(user)
    results = at_once(6, lambda _: services.graph_publish(user=user, graph=graph))
    assert {one.number for one in results} == {1}
    assert GraphVersion.objects.get().number == 1


def test_agents_and_credentials_of_others_cannot_be_named(alice: User, charlie: User):
    theirs = make_graph(charlie)
    calling = document(
        [node("x", AGENT_EXECUTOR, graph_id=str(theirs.id)), node("o", OUTPUT)]
    )
    with pytest.raises(GraphFormatError, match="there is no agent"):
        services.graph_create(
            user=alice, graph=parse_graph(calling, strict_blocks=True)
        )
    naming = document([node("u", STORE, credentials={"id": str(theirs.id)})])
    with pytest.raises(GraphFormatError, match="there is no credential"):
        services.graph_create(user=alice, graph=parsed(naming))
    assert not graph_list(alice).exists()


def test_what_was_named_before_may_stay_when_it_is_gone(alice: User):
    gone = make_graph(alice)
    draft = parsed(document([node("x", AGENT_EXECUTOR, graph_id=str(gone.id))]))
    graph = services.graph_create(user=alice, graph=draft)
    services.graph_delete(user=alice, graph=gone)
    services.graph_save_draft(user=alice, graph=graph, draft=draft)
