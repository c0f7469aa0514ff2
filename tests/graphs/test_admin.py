import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from graphs import services
from graphs.models import Graph, GraphEvent, GraphVersion
from tests.factories import make_graph


@pytest.fixture
def staff(alice: User, client: Client) -> Client:
    alice.is_staff, alice.role = True, User.Role.ADMIN
    alice.save()
    client.force_login(alice)
    return client


@pytest.fixture
def graph(alice: User) -> Graph:
    graph = make_graph(alice)
    services.graph_publish(user=alice, graph=graph)
    return graph


@pytest.mark.parametrize("model", [Graph, GraphVersion, GraphEvent])
def test_rows_can_be_read_and_not_changed(staff: Client, graph: Graph, model):
    name = f"admin:graphs_{model._meta.model_name}"
    page = staff.get(reverse(f"{name}_changelist"), {"q": "sum"})
    assert page.status_code == 200
    assert b"Sum" in page.content
    row = model.objects.first()
    address = reverse(f"{name}_change", args=[row.pk])
    assert staff.get(address).status_code == 200
    assert staff.post(address, {"name": "x"}).status_code == 403
    assert staff.get(reverse(f"{name}_add")).status_code == 403
    assert staff.get(reverse(f"{name}_delete", args=[row.pk])).status_code == 403


def test_a_graph_links_to_what_belongs_to_it(staff: Client, graph: Graph):
    page = staff.get(reverse("admin:graphs_graph_change", args=[graph.pk]))
    text = page.content.decode()
    for listed in ("graphs_graphversion", "graphs_graphevent", "executions_execution"):
        address = f"{reverse(f'admin:{listed}_changelist')}?graph__id__exact={graph.pk}"
        assert address in text
        assert staff.get(address).status_code == 200
    assert reverse("admin:accounts_user_change", args=[graph.owner_id]) in text


def test_lists_cost_the_same_for_many_rows(
    staff: Client, alice: User, django_assert_max_num_queries
):
    for _ in range(10):
        make_graph(alice)
    with django_assert_max_num_queries(10):
        staff.get(reverse("admin:graphs_graph_changelist"))


def test_a_long_draft_is_cut_and_says_so(staff: Client, graph: Graph):
    graph.draft = {"name": "x" * 30_000}
    graph.save()
    page = staff.get(reverse("admin:graphs_graph_change", args=[graph.pk]))
    assert "more characters" in page.content.decode()
