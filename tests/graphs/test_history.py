from hypothesis import given
from hypothesis import strategies as st

from graphs.domain.history import applied, changes

ENTRIES = st.lists(
    st.fixed_dictionaries({"id": st.sampled_from("abcde"), "x": st.integers(0, 2)}),
    unique_by=lambda entry: entry["id"],
)
DOCUMENTS = st.fixed_dictionaries(
    {"name": st.sampled_from("pq"), "nodes": ENTRIES, "links": ENTRIES}
)


@given(DOCUMENTS, DOCUMENTS)
def test_what_changed_leads_from_one_state_to_the_other(before, after):
    changed = changes(before, after)
    assert applied(before, changed) == after
    assert bool(changed) is (before != after)


def test_a_moved_node_costs_one_node():
    before = {"name": "x", "nodes": [{"id": "a"}, {"id": "b"}], "links": []}
    after = before | {"nodes": [{"id": "a"}, {"id": "b", "x": 1}]}
    assert changes(before, after) == {
        "nodes": {"set": [{"id": "b", "x": 1}], "removed": []}
    }
