from graphs.domain.constants import settled
from tests.factories import CALCULATOR, COMBINE, TEMPLATE, UNKNOWN
from tests.graphs_by_hand import graph


def test_a_graph_runs_without_the_constants_that_are_not_set():
    given = graph(
        {
            "a": (CALCULATOR, {"a": "", "b": 2, "operation": "", "round_result": ""}),
            "b": (COMBINE, {"input": "", "delimiter": ""}),
            "c": (TEMPLATE, {"format": "", "values": None}),
            "d": (UNKNOWN, {"x": ""}),
        }
    )
    constants = {id_: node.constants for id_, node in settled(given).nodes.items()}
    assert constants == {
        "a": {"b": 2},
        "b": {"delimiter": ""},
        "c": {"format": "", "values": None},
        "d": {"x": ""},
    }
    assert list(constants) == ["a", "b", "c", "d"]


def test_a_graph_with_nothing_to_leave_out_is_the_same_graph():
    given = graph({"a": (CALCULATOR, {"a": 1})})
    assert settled(given) is given
