"""Serializers that refuse what they do not know."""

from typing import Any

import pytest
from rest_framework import exceptions, serializers

from core.http import StrictSerializer, problem_response


class Inner(StrictSerializer):
    size = serializers.IntegerField()


class Outer(StrictSerializer):
    id = serializers.CharField(read_only=True)
    name = serializers.CharField()
    parts = Inner(many=True, required=False)


@pytest.mark.parametrize(
    ("data", "fields"),
    [
        pytest.param({"name": "a"}, [], id="known"),
        pytest.param({"name": "a", "nmae": "b"}, ["nmae"], id="unknown"),
        # All at once: what is unknown, and what is missing for it.
        pytest.param({"nmae": "b"}, ["name", "nmae"], id="unknown-and-missing"),
        # It is there to be read only.
        pytest.param({"name": "a", "id": "b"}, ["id"], id="read-only"),
        pytest.param(
            {"name": "a", "parts": [{"size": 1}, {"size": 1, "x": 2}]},
            ["parts[1].x"],
            id="unknown-deep-inside",
        ),
        pytest.param([], [""], id="not-an-object"),
    ],
)
def test_strict_serializers_name_what_they_do_not_know(data: Any, fields: list[str]):
    serializer = Outer(data=data)
    if serializer.is_valid():
        found = []
    else:
        answer = problem_response(exceptions.ValidationError(serializer.errors))
        found = sorted(fault["field"] for fault in answer.data["errors"])
    assert found == fields
