"""Cursor pages: complete, newest first, and safe against forged cursors."""

from base64 import b64encode
from typing import Any

import pytest
from django.db.models import QuerySet
from rest_framework import generics
from rest_framework.permissions import AllowAny
from rest_framework.test import APIRequestFactory

from accounts.models import Workspace
from accounts.serializers import WorkspaceOut

pytestmark = pytest.mark.django_db


class Workspaces(generics.ListAPIView[Workspace]):
    permission_classes = (AllowAny,)
    authentication_classes = ()
    serializer_class = WorkspaceOut

    def get_queryset(self) -> QuerySet[Workspace]:
        return Workspace.objects.all()


def get(address: str = "/", **query: str) -> Any:
    return Workspaces.as_view()(APIRequestFactory().get(address, query))


def cursor(text: str) -> str:
    return b64encode(text.encode()).decode()


def make(count: int) -> list[str]:
    return [str(Workspace.objects.create(name=str(n)).pk) for n in range(count)]


def test_it_works():
    made = make(3)
    answer = get()
    assert set(answer.data) == {"next", "previous", "results"}
    assert [row["id"] for row in answer.data["results"]] == made[::-1]


def test_the_pages_together_are_the_list():
    made = make(7)
    found: list[str] = []
    answer = get(limit="3")
    while True:
        found += [row["id"] for row in answer.data["results"]]
        if answer.data["next"] is None:
            break
        answer = get(answer.data["next"])
    assert found == made[::-1]


def test_what_is_added_meanwhile_moves_nothing():
    made = make(4)
    first = get(limit="2")
    make(3)
    second = get(first.data["next"])
    assert [row["id"] for row in second.data["results"]] == made[1::-1]


def test_there_is_a_way_back():
    made = make(5)
    second = get(get(limit="2").data["next"])
    first = get(second.data["previous"])
    assert [row["id"] for row in first.data["results"]] == made[:2:-1]


def test_one_page_has_at_most_a_hundred():
    make(101)
    assert len(get(limit="1000").data["results"]) == 100


@pytest.mark.parametrize("limit", ["0", "-1", "x", "1.5", "", "9" * 5000, "²"])
def test_a_limit_that_is_no_count_is_refused(limit: str):
    answer = get(limit=limit)
    assert answer.status_code == 400
    assert answer.data["errors"][0]["field"] == "limit"


@pytest.mark.parametrize(
    "forged",
    [
        pytest.param("%%%", id="not-base64"),
        pytest.param("é", id="not-ascii"),
        pytest.param(cursor("nothing"), id="says-nothing"),
        pytest.param(b64encode(b"\xff\xfe").decode(), id="not-text"),
        # Where an id belongs.
        pytest.param(cursor("p=1"), id="number"),
        pytest.param(cursor("p='; DROP TABLE x"), id="sql"),
        pytest.param(cursor("p=%00"), id="nul"),
        pytest.param(cursor("o=" + "9" * 5000), id="huge-offset"),
        pytest.param(cursor("o=-1"), id="negative-offset"),
    ],
)
def test_a_forged_cursor_is_not_found(forged: str):
    assert get(cursor=forged).status_code == 404


def test_unknown_query_parameters_do_no_harm():
    make(1)
    assert len(get(page_size="-1", ordering="password").data["results"]) == 1
