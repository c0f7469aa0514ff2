"""Agents by hand: pairing and static links."""

import pytest

from .hand_builder import (
    COUNTDOWN,
    STORE,
    agent,
    block,
    calc,
    completed,
    given,
    out,
    step,
)

PAIRING = [
    # First with first; the third value waits for ever and is no failure.
    pytest.param(
        agent(
            "s.item > c.a\nt.item > c.b\nc.result > o.value",
            s=step(1, 2, 3),
            t=step(10, 20),
            c=calc(),
            o=out(),
        ),
        {},
        completed({"o": [11.0, 22.0]}, ran=6),
        id="unequal_queues",
    ),
    # A default never stands in for a linked pin.
    pytest.param(
        agent(
            "x.result > c.b\nc.result > o.value", x=given(), c=calc(a=1, b=5), o=out()
        ),
        {},
        completed({}, ran=1),
        id="default_under_silent_link",
    ),
    # A constant under a linked pin gives way.
    pytest.param(
        agent(
            "x.result > c.a\nc.result > o.value", x=given(), c=calc(a=100, b=5), o=out()
        ),
        {"x": 1},
        completed({"o": [6.0]}, ran=3),
        id="constant_under_link",
    ),
    # A diamond joins: 3 * 2 + (3 + 1).
    pytest.param(
        agent(
            "x.result > p.a\nx.result > q.a\np.result > r.a\n"
            "q.result > r.b\nr.result > o.value",
            x=given(),
            p=calc("Multiply", b=2),
            q=calc(b=1),
            r=calc(),
            o=out(),
        ),
        {"x": 3},
        completed({"o": [10.0]}, ran=5),
        id="diamond",
    ),
    # Two links into one pin are one queue.
    pytest.param(
        agent("s.item > o.value\ns.key > o.value", s=step("a", "b"), o=out()),
        {},
        completed({"o": ["a", 0, "b", 1]}, ran=5),
        id="two_links_one_pin",
    ),
    # Item and key of one source meet again at the next node.
    pytest.param(
        agent(
            "s.item > c.a\ns.key > c.b\nc.result > o.value",
            s=step(10, 20, 30),
            c=calc(),
            o=out(),
        ),
        {},
        completed({"o": [10.0, 21.0, 32.0]}, ran=7),
        id="item_with_key",
    ),
    # Outputs of one node go on in start order, though the second ends first.
    pytest.param(
        agent(
            "s.item > t.seconds\ns.item > t.input_message\nt.output_message > o.value",
            s=step(1, 0),
            t=block(COUNTDOWN),
            o=out(),
        ),
        {},
        completed({"o": [1, 0]}, ran=5),
        id="start_order",
    ),
    # An input and two calculators without links: entry nodes, all of them run.
    pytest.param(
        agent(x=given(), c=calc(a=1, b=1), d=calc(a=2, b=2)),
        {"x": 1},
        completed({}, ran=3),
        id="isolated_nodes",
    ),
]

STATIC = [
    # Upstream's own example: three values wait, one static value completes them.
    pytest.param(
        agent(
            "s.item > c.a\nv.output >> c.b\nc.result > o.value",
            s=step(4, 4, 4),
            v=block(STORE, input=5),
            c=calc(),
            o=out(),
        ),
        {},
        completed({"o": [9.0, 9.0, 9.0]}, ran=8),
        id="static_value",
    ),
    # The flag follows from the source block, whatever the file says; and late.
    pytest.param(
        agent(
            "s.item > c.a\nu.output > v.input\nv.output > c.b\nc.result > o.value",
            s=step(1, 2, 3),
            u=block(STORE, input=5),
            v=block(STORE),
            c=calc(),
            o=out(),
        ),
        {},
        completed({"o": [6.0, 7.0, 8.0]}, ran=9),
        id="static_late_without_flag",
    ),
    # Early: the values take a second longer than the static one.
    pytest.param(
        agent(
            "x.result > c.b\ns.item > t.input_message\nt.output_message > c.a\n"
            "c.result > o.value",
            x=given(),
            s=step(7, 8),
            t=block(COUNTDOWN, seconds=1),
            c=calc(),
            o=out(),
        ),
        {"x": 1},
        completed({"o": [8.0, 9.0]}, ran=8),
        id="static_early",
    ),
    # With static pins only, one firing for the one pair of values.
    pytest.param(
        agent(
            "x.result > c.a\ny.result > c.b\nc.result > o.value",
            x=given("x"),
            y=given("y"),
            c=calc(),
            o=out(),
        ),
        {"x": 2, "y": 3},
        completed({"o": [5.0]}, ran=4),
        id="two_inputs",
    ),
    # A refreshed static value fires a node that waits on nothing else.
    pytest.param(
        agent(
            "s.item > v.input\nv.output > o.value",
            s=step(1, 2, 3),
            v=block(STORE),
            o=out(),
        ),
        {},
        completed({"o": [1, 2, 3]}, ran=7),
        id="static_refreshed",
    ),
    # Refreshed beside another static pin, whose last value is used again.
    pytest.param(
        agent(
            "s.item > v.input\nv.output > c.a\nw.output > c.b\nc.result > o.value",
            s=step(1, 2, 3),
            v=block(STORE),
            w=block(STORE, input=10),
            c=calc(),
            o=out(),
        ),
        {},
        completed({"o": [11.0, 12.0, 13.0]}, ran=11),
        id="static_refreshed_beside_static",
    ),
    # A static flag on a link from another block is honoured.
    pytest.param(
        agent(
            "s.item > c.a\nb.result >> c.b\nc.result > o.value",
            s=step(1, 2, 3),
            b=calc(a=1, b=1),
            c=calc(),
            o=out(),
        ),
        {},
        completed({"o": [3.0, 4.0, 5.0]}, ran=8),
        id="flag_on_plain_source",
    ),
    # Without the flag the value is spent on the first.
    pytest.param(
        agent(
            "s.item > c.a\nb.result > c.b\nc.result > o.value",
            s=step(1, 2, 3),
            b=calc(a=1, b=1),
            c=calc(),
            o=out(),
        ),
        {},
        completed({"o": [3.0]}, ran=4),
        id="no_flag_on_plain_source",
    ),
    # `data` that says something wins over `input`.
    pytest.param(
        agent(
            "x.result > v.input\nv.output > o.value",
            x=given(),
            v=block(STORE, data="kept"),
            o=out(),
        ),
        {"x": 1},
        completed({"o": ["kept"]}, ran=3),
        id="store_data",
    ),
]
