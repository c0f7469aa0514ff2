"""Values of any kind, told apart and put in order as JSON sees them."""

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from blocks.expressions.budget import Budget
from blocks.expressions.operators import equal
from blocks.ordering import by_path, group_key, identity, sort_key

SCALARS = st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=3)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=2), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(VALUES, VALUES)
def test_only_equal_values_have_one_identity(one, other):
    assert (identity(one) == identity(other)) is equal(Budget(), one, other)


@given(st.lists(VALUES, max_size=8))
def test_any_values_have_an_order(values):
    ordered = sorted(values, key=sort_key)
    keys = [sort_key(value) for value in ordered]
    assert keys == sorted(keys)


@given(VALUES)
def test_a_copy_is_the_same_value(value):
    copy = orjson.loads(orjson.dumps(value))
    assert identity(copy) == identity(value)
    assert group_key(copy) == group_key(value)


PATHS = [
    pytest.param({"a": {"b": 1}}, "a.b", 1, id="nested"),
    pytest.param({"a": [5, 6]}, "a.1", 6, id="place"),
    pytest.param({"a": [5]}, "a.1", None, id="beyond-the-end"),
    pytest.param({"a": [5]}, "a.-1", None, id="no-place"),
    pytest.param({"a": 1}, "a.b", None, id="into-a-number"),
    pytest.param("text", "", "text", id="itself"),
]


@pytest.mark.parametrize(("item", "path", "value"), PATHS)
def test_path(item, path, value):
    assert by_path(item, path) == value
