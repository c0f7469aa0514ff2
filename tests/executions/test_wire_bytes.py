"""Events put together by hand read as if a library had written them."""

import orjson
from hypothesis import given
from hypothesis import strategies as st

from executions.domain.events import Completed, Emitted, Started
from executions.domain.wire import to_json

# Text that has a UTF-8 form, quotes, controls and all.
texts = st.text(st.characters(exclude_categories=["Cs"]))
counts = st.integers(0, 2**53)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | texts,
    lambda inner: st.lists(inner) | st.dictionaries(texts, inner),
)


@given(texts, counts, counts, counts, counts)
def test_a_start(node: str, number: int, attempt: int, seq: int, at: int) -> None:
    told = {"seq": seq, "at": at, "type": "node.started", "node_id": node}
    told |= {"number": number, "attempt": attempt}
    assert to_json(Started(node, number, attempt), seq, at) == orjson.dumps(told)


@given(texts, counts, counts, texts, values)
def test_an_emission(
    node: str, number: int, index: int, pin: str, value: object
) -> None:
    told = {"seq": 7, "at": 1, "type": "node.emitted", "node_id": node}
    told |= {"number": number, "index": index, "pin": pin, "value": value}
    event = Emitted(node, number, index, pin, value, orjson.dumps(value))
    assert to_json(event, 7, 1) == orjson.dumps(told)


@given(texts, counts)
def test_an_end(node: str, number: int) -> None:
    told = {"seq": 7, "at": 1, "type": "node.completed"}
    told |= {"node_id": node, "number": number}
    assert to_json(Completed(node, number), 7, 1) == orjson.dumps(told)
