"""Calculator and CountItems at their edges."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from blocks.library.maths import Operation, _calculate, _rounded
from tests.blocks.calls import emitted

RESULTS = [
    pytest.param("Divide", 1, 0, False, None, id="infinity-is-null"),
    pytest.param("Divide", 0, 0, False, None, id="zero-by-zero"),
    pytest.param("Divide", 1, 0, True, None, id="infinity-is-not-rounded"),
    pytest.param("Power", 10, 400, False, None, id="overflow-is-not-a-number"),
    pytest.param("Power", 10, 400, True, None, id="not-a-number-is-not-rounded"),
    pytest.param("Power", 9, 9e99, False, None, id="huge-power"),
    pytest.param("Power", -8, 0.5, False, None, id="complex"),
    pytest.param("Power", 0, -1, False, None, id="zero-to-minus-one"),
    pytest.param("Multiply", 1e200, 1e200, True, None, id="float-overflow"),
    pytest.param("Add", 1e300, 0, True, 1e300, id="too-large-to-round"),
    pytest.param("Divide", 5, 2, True, 2, id="half-to-even"),
    pytest.param("Divide", 7, 2, True, 4, id="half-to-even-upwards"),
    pytest.param("Add", "1", "2.5", False, 3.5, id="numeric-text"),
]


@pytest.mark.parametrize(("operation", "a", "b", "rounded", "result"), RESULTS)
async def test_result(operation, a, b, rounded, result):
    inputs = {"operation": operation, "a": a, "b": b, "round_result": rounded}
    [(_, found)] = await emitted("Calculator", inputs)
    assert found == result
    assert type(found) is type(result)


@settings(deadline=None)
@given(st.sampled_from(Operation), st.floats(), st.floats())
def test_calculating_never_fails(operation, a, b):
    result = _calculate(operation, a, b)
    assert type(result) is float
    assert isinstance(_rounded(result), int | float)


COUNTS = [
    pytest.param([], 0, id="empty-list"),
    pytest.param("", 0, id="empty-text"),
    pytest.param({"a": 1, "b": 2}, 2, id="object"),
    pytest.param(False, -1, id="boolean"),
    pytest.param(1.5, -1, id="number"),
]


@pytest.mark.parametrize(("collection", "count"), COUNTS)
async def test_count(collection, count):
    assert await emitted("CountItems", {"collection": collection}) == [("count", count)]
