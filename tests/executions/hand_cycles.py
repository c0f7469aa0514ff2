"""Agents by hand: cycles and failures."""

import pytest

from .hand_builder import (
    ADD_TO_LIST,
    CALCULATOR,
    CONDITION,
    COUNT,
    STEP,
    STORE,
    agent,
    block,
    calc,
    completed,
    failed,
    given,
    out,
    refused,
    step,
    when,
)

FAILS = block(CONDITION, value1="a", operator="<", value2=1)

COUNTER = (
    "z.result > i.a\ni.result > w.value1\nw.yes_output > i.a\nw.no_output > o.value"
)
ACCUMULATE = "e.updated_list > a.list\na.updated_list > a.list\ns.item > a.entry\n"

CYCLES = [
    # Counts 1..5; the no branch gives its default, value2.
    pytest.param(
        agent(COUNTER, z=calc(a=0, b=0), i=calc(b=1), w=when("<", 5), o=out()),
        {},
        completed({"o": [5]}, ran=12),
        id="counter",
    ),
    # A static value starts the same loop: each value on its only linked pin fires it.
    *(
        pytest.param(
            agent(
                COUNTER.replace("z.result", pin),
                z=seed,
                i=calc(b=1),
                w=when("<", 5),
                o=out(),
            ),
            values,
            completed({"o": [5]}, ran=12),
            id=f"counter from {pin}",
        )
        for seed, pin, values in (
            (given(), "z.result", {"x": 0}),
            (block(STORE, input=0), "z.output", {}),
        )
    ),
    # The bound of the loop comes from an input: a static link serves every turn.
    pytest.param(
        agent(
            COUNTER + "\nx.result > w.value2",
            x=given(),
            z=calc(a=0, b=0),
            i=calc(b=1),
            w=block(CONDITION, operator="<"),
            o=out(),
        ),
        {"x": 4},
        completed({"o": [4]}, ran=11),
        id="counter_bounded_by_input",
    ),
    # Each entry meets the list that the one before it left.
    pytest.param(
        agent(
            ACCUMULATE + "a.updated_list > o.value",
            e=block(ADD_TO_LIST, list=[]),
            s=step(1, 2, 3),
            a=block(ADD_TO_LIST),
            o=out(),
        ),
        {},
        completed({"o": [[1], [1, 2], [1, 2, 3]]}, ran=8),
        id="accumulate",
    ),
    # Accumulate until the count is reached, then let the list out.
    pytest.param(
        agent(
            ACCUMULATE + "a.updated_list > n.collection\nn.count > w.value1\n"
            "a.updated_list > w.yes_value\nw.yes_output > o.value",
            e=block(ADD_TO_LIST, list=[]),
            s=step("a", "b", "c", "d", "e"),
            a=block(ADD_TO_LIST),
            n=block(COUNT),
            w=when(">=", 5),
            o=out(),
        ),
        {},
        completed({"o": [["a", "b", "c", "d", "e"]]}, ran=18),
        id="accumulate_until_count",
    ),
    # Two tokens in one cycle: 2 counts down twice, 3 three times.
    pytest.param(
        agent(
            "s.item > d.a\nd.result > w.value1\nw.yes_output > d.a\n"
            "w.no_output > o.value",
            s=step(2, 3),
            d=calc("Subtract", b=1),
            w=when(">", 0),
            o=out(),
        ),
        {},
        completed({"o": [0, 0]}, ran=13),
        id="two_tokens_in_a_cycle",
    ),
    # A loop of three turns in a loop of two: 1 + 2 * 11 + 2 firings.
    pytest.param(
        agent(
            "z.result > u.value1\nu.yes_output > r.a\nr.result > i.a\n"
            "i.result > w.value1\nw.yes_output > i.a\nw.no_output > tick.value\n"
            "u.yes_output > h.a\nw.no_output > h.b\nh.result > d.a\n"
            "d.result > u.value1\nu.no_output > done.value",
            z=calc(a=1, b=0),
            u=when("<=", 2),
            r=calc("Multiply", b=0),
            i=calc(b=1),
            w=when("<", 3),
            h=calc(),
            d=calc("Subtract", b=2),
            tick=out("tick"),
            done=out("done"),
        ),
        {},
        completed({"tick": [3, 3], "done": [2]}, ran=25),
        id="nested_loops",
    ),
    # No bound at all: the budget of node executions ends it and says so.
    pytest.param(
        agent("z.result > i.a\ni.result > i.a", z=calc(a=0, b=0), i=calc(b=1)),
        {},
        failed("node executions", ran=2000),
        id="endless",
    ),
    # Nothing could start it.
    pytest.param(
        agent("i.result > i.a", i=calc(b=1)), {}, refused("entry"), id="cycle_alone"
    ),
    # A node of a cycle nobody enters never fires; the rest of the agent does.
    pytest.param(
        agent(
            "i.result > j.a\nj.result > i.a",
            i=calc(b=1),
            j=calc(b=1),
            o=out(value=1),
        ),
        {},
        completed({"o": [1]}, ran=1),
        id="cycle_without_entry",
    ),
]

FAILURES = [
    # Handled by a link from `error`: the run is complete.
    pytest.param(
        agent("f.error > e.value", f=FAILS, e=out("e")),
        {},
        completed({"e": ["*Comparison failed*"]}, ran=2),
        id="handled",
    ),
    # Unhandled: the rest runs on and its outputs stay.
    pytest.param(
        agent("x.result > o.value", x=given(), f=FAILS, o=out()),
        {"x": 1},
        failed("Comparison failed", outputs={"o": [1]}, ran=3),
        id="unhandled",
    ),
    # An input error is an ordinary failure with its text on `error`.
    pytest.param(
        agent("x.result > c.a\nc.error > e.value", x=given(), c=calc(b=1), e=out("e")),
        {"x": "abc"},
        completed({"e": ["*abc*"]}, ran=3),
        id="input_error_handled",
    ),
    # The handler's own failure counts for itself.
    pytest.param(
        agent("f.error > c.a", f=FAILS, c=calc(b=1)),
        {},
        failed("c", ran=2),
        id="handler_fails",
    ),
    # A link from a part of `error` is no link from `error`.
    pytest.param(
        agent("f.error_#_x > e.value", f=FAILS, e=out("e")),
        {},
        failed("Comparison failed", ran=1),
        id="part_of_error_linked",
    ),
    # Handled although what it leads to never fires.
    pytest.param(
        agent("f.error > c.a\nx.result > c.b", x=given(), f=FAILS, c=calc()),
        {},
        completed({}, ran=2),
        id="handler_never_fires",
    ),
    # One bad item of three goes to `error`, the others on.
    pytest.param(
        agent(
            "s.item > c.a\nc.result > o.value\nc.error > e.value",
            s=step("1", "x", "3"),
            c=block(CALCULATOR, operation="Add", b=10),
            o=out(),
            e=out("e"),
        ),
        {},
        completed({"o": [11.0, 13.0], "e": ["*x*"]}, ran=7),
        id="error_in_loop_handled",
    ),
    # Unhandled: each failed firing has its own entry.
    pytest.param(
        agent(
            "s.item > c.a\nc.result > o.value",
            s=step("1", "x", "y", "4"),
            c=calc(b=10),
            o=out(),
        ),
        {},
        failed("x", "y", outputs={"o": [11.0, 14.0]}, ran=7),
        id="errors_in_loop_unhandled",
    ),
    # More items than one step-through takes.
    pytest.param(
        agent(
            "x.result > s.items",
            x=given(),
            s=block(STEP),
        ),
        {"x": list(range(10_001))},
        failed("10,000", ran=2),
        id="10001_items",
    ),
]
