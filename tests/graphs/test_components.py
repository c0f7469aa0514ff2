import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphs.domain.components import cycles, reachable

GRAPHS = st.integers(0, 8).flatmap(
    lambda size: st.fixed_dictionaries(
        {
            node: st.lists(st.integers(0, max(size - 1, 0)), unique=True, max_size=size)
            for node in range(size)
        }
    )
)


@pytest.mark.parametrize(
    ("successors", "expected"),
    [
        pytest.param({}, [], id="nothing"),
        pytest.param({1: [2], 2: []}, [], id="a link"),
        pytest.param({1: [1]}, [[1]], id="a node that feeds itself"),
        pytest.param({1: [2], 2: [1]}, [[1, 2]], id="two nodes"),
        pytest.param({1: [2], 2: [3], 3: [2, 4], 4: []}, [[2, 3]], id="behind a node"),
        pytest.param(
            {4: [3], 3: [4], 1: [2], 2: [1, 4]}, [[4, 3], [1, 2]], id="in given order"
        ),
    ],
)
def test_cycles(successors, expected):
    assert cycles(successors) == expected


@given(GRAPHS)
def test_nodes_of_a_cycle_are_those_that_reach_themselves(successors):
    looped = {
        node for node in successors if node in reachable(successors[node], successors)
    }
    found = cycles(successors)
    assert {node for cycle in found for node in cycle} == looped
    for cycle in found:
        for node in cycle:
            assert set(cycle) <= reachable([node], successors)
    assert sum(map(len, found)) == len(looped)


def test_a_long_chain_needs_no_deep_stack():
    size = 50_000
    successors = {node: [node + 1] for node in range(size)} | {size: [0]}
    assert len(cycles(successors)[0]) == size + 1
