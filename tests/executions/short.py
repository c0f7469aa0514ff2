"""Short ways to write nodes and cases of runs."""

import pytest

from tests.graphs_by_hand import graph
from tests.zoo import ECHO, INPUT, OUTPUT

FAILED, COMPLETED = "FAILED", "COMPLETED"


def const(value):
    return (ECHO, {"value": value})


def given(name, **constants):
    return (INPUT, {"name": name, **constants})


def out(name="out", **constants):
    return (OUTPUT, {"name": name, **constants})


def case(case_id, nodes, links, outputs, status=COMPLETED, **more):
    return pytest.param(graph(nodes, *links), outputs, status, more, id=case_id)
