"""StoreValue and UniversalTypeConverter at their edges."""

import pytest

from tests.blocks.calls import emitted, failure

STORED = [
    pytest.param({"input": 0}, 0, id="falsy-input-is-kept"),
    pytest.param({"input": "x", "data": ""}, "x", id="empty-data-is-no-constant"),
    pytest.param({"input": "x", "data": [0]}, [0], id="data-wins"),
]


@pytest.mark.parametrize(("inputs", "value"), STORED)
async def test_value_is_stored(inputs, value):
    assert await emitted("StoreValue", inputs) == [("output", value)]


CONVERTED = [
    pytest.param("5", "number", 5.0, id="text-to-number"),
    pytest.param("abc", "number", 0.0, id="bad-text-to-zero"),
    pytest.param([1, 2], "number", 2.0, id="list-to-its-length"),
    pytest.param(True, "number", 1.0, id="boolean-to-number"),
    pytest.param("1e999", "number", None, id="infinite-is-null"),
    pytest.param({"a": 1}, "string", '{"a":1}', id="object-to-json"),
    pytest.param("x", "string", "x", id="text-stays"),
    pytest.param("TRUE", "boolean", True, id="true-in-any-case"),
    pytest.param("1", "boolean", True, id="one"),
    pytest.param("yes", "boolean", False, id="other-words-are-false"),
    pytest.param([], "boolean", False, id="empty-list-is-false"),
    pytest.param(0.5, "boolean", True, id="number-is-true"),
    pytest.param(" [1] ", "list", [1], id="json-to-list"),
    pytest.param("[1", "list", ["[1"], id="bad-json-to-list-of-it"),
    pytest.param('{"a": 1}', "list", ['{"a": 1}'], id="object-text-to-list-of-it"),
    pytest.param(5, "list", [5], id="number-to-list-of-it"),
    pytest.param("x", "dictionary", {"value": "x"}, id="text-is-wrapped"),
    pytest.param("5", "dictionary", {"value": 5}, id="json-number-is-wrapped"),
    pytest.param(True, "dictionary", {"value": True}, id="boolean-is-wrapped"),
]


@pytest.mark.parametrize(("value", "kind", "wanted"), CONVERTED)
async def test_value_is_converted(value, kind, wanted):
    inputs = {"value": value, "type": kind}
    [(_, found)] = await emitted("UniversalTypeConverter", inputs)
    assert found == wanted
    assert type(found) is type(wanted)


async def test_unknown_type_is_refused():
    inputs = {"value": 1, "type": "colour"}
    assert "pin 'type'" in await failure("UniversalTypeConverter", inputs)
