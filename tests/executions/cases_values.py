"""Cases of runs: parts of values, nulls, and failures."""

from tests.executions.short import FAILED, case, const, out
from tests.zoo import ADD, EACH, ECHO, FAILS

DYNAMIC = [
    *[
        case(
            f"source-{name}-of-{value}",
            {"a": (EACH, {"items": [value]}), "o": out()},
            [f"a.value{name} -> o.value"],
            {"out": [expected]} if fires else {},
        )
        for name, value, fires, expected in [
            ("_$_1", [10, 20, 30], True, 20),
            ("_#_key1_$_1", {"key1": [1, 2]}, True, 2),
            ("_@_field", {"field": "x"}, True, "x"),
            ("_$_-1", [1, 2, 3], True, 3),  # The last.
            ("_$_-4", [1, 2, 3], False, None),  # Before the first.
            ("_$_5", [1, 2, 3], False, None),
            ("_#_nope", {"key": 1}, False, None),
            ("_#_key", [1], False, None),  # A key of a list.
            ("_$_0", "text", False, None),  # Text is no list.
            ("_#_null", {"null": None}, False, None),  # Nulls flow only whole.
            ("_#_a_#_b", {"a": None}, False, None),
            ("_#_zero", {"zero": 0}, True, 0),
        ]
    ],
    # A null flows on the exact pin.
    case(
        "a-whole-null-flows",
        {"a": (EACH, {"items": [None]}), "o": out(value="own")},
        ["a.value -> o.value"],
        {"out": [None]},
    ),
    # Keys of one pin come along several links; the node waits for all of them.
    case(
        "a-sink-waits-for-all-its-keys",
        {"a": const(1), "b": const(2), "o": out()},
        ["a.value -> o.value_#_x", "b.value -> o.value_#_y_$_1"],
        {"out": [{"x": 1, "y": [None, 2]}]},
    ),
    # Whole value first, keys on top.
    case(
        "keys-go-on-top-of-the-whole-value",
        {"a": const({"x": 0, "z": 9}), "b": const(1), "o": out()},
        ["a.value -> o.value", "b.value -> o.value_#_x"],
        {"out": [{"x": 1, "z": 9}]},
    ),
    # The source is not changed by what another node puts on top.
    case(
        "merging-leaves-the-source-alone",
        {"a": const({"x": 0}), "b": const(1), "o": out("merged"), "p": out("plain")},
        ["a.value -> o.value", "b.value -> o.value_#_x", "a.value -> p.value"],
        {"plain": [{"x": 0}], "merged": [{"x": 1}]},
    ),
    # What came along a link beats the constant of the same name.
    case(
        "a-link-beats-a-constant",
        {"a": const(1), "o": out(**{"value_#_x": 5, "value_#_y": 6})},
        ["a.value -> o.value_#_x"],
        {"out": [{"x": 1, "y": 6}]},
    ),
    # Both ends at once.
    case(
        "selectors-on-both-ends",
        {"a": const({"list": [1, 2]}), "o": out()},
        ["a.value_#_list_$_-1 -> o.value_$_0_#_k"],
        {"out": [[{"k": 2}]]},
    ),
    # Keys of two kinds on one path cannot be merged: an input error, handled here.
    case(
        "mixed-kinds-are-an-input-error-on-the-error-pin",
        {"a": const(1), "b": const(2), "e": ECHO, "o": out(), "p": out("error")},
        [
            "a.value -> e.value_#_x",
            "b.value -> e.value_$_0",
            "e.value -> o.value",
            "e.error_#_x -> o.value",
            "e.error -> p.value",
        ],
        {"error": ["pin 'value': 0 needs a list, but another value made it an object"]},
    ),
]

FAILURES = [
    # What was emitted before the failure stays.
    case(
        "an-unhandled-failure-fails-the-run-and-outputs-stay",
        {"f": (FAILS, {"value": 1}), "o": out()},
        ["f.value -> o.value"],
        {"out": [1]},
        FAILED,
        errors=[("f", "failed", "no: 1")],
        count=2,
    ),
    case(
        "a-handled-failure-is-none",
        {"f": (FAILS, {"value": 1}), "o": out(), "p": out("error")},
        ["f.value -> o.value", "f.error -> p.value"],
        {"out": [1], "error": ["no: 1"]},
    ),
    # A part of the error is not the error.
    case(
        "a-selector-on-error-handles-nothing",
        {"f": (FAILS, {"value": 1}), "p": out("error")},
        ["f.error_#_x -> p.value"],
        {},
        FAILED,
        errors=[("f", "failed", "no: 1")],
    ),
    case(
        "the-handler-that-fails-counts-for-itself",
        {"f": (FAILS, {"value": 1}), "g": FAILS},
        ["f.error -> g.value"],
        {},
        FAILED,
        errors=[("g", "failed", "no: no: 1")],
    ),
    # The other branch goes on to its end after the failure.
    case(
        "a-failure-does-not-stop-other-branches",
        {"f": (FAILS, {"value": 1}), "a": const(0), "c": (ADD, {"limit": 9})}
        | {"o": out()},
        ["a.value -> c.value", "c.less -> c.value", "c.done -> o.value"],
        {"out": [9]},
        FAILED,
        errors=[("f", "failed", "no: 1")],
    ),
    # Each firing counts; those handled do not.
    case(
        "each-failed-firing-is-an-error",
        {"e": (EACH, {"items": [1, 2]}), "f": FAILS},
        ["e.value -> f.value"],
        {},
        FAILED,
        errors=[("f", "failed", "no: 1"), ("f", "failed", "no: 2")],
    ),
    # A null where a value must be is a failure of that node execution alone.
    case(
        "a-null-on-a-required-pin-fails",
        {"t": (EACH, {"items": [None]}), "e": ECHO},
        ["t.value -> e.value"],
        {},
        FAILED,
        errors=[("e", "bad_input", "pin 'value' is required but got null")],
    ),
    # Text that is no number is never 0.
    case(
        "what-cannot-become-the-type-fails",
        {"a": const("twelve"), "c": ADD, "o": out()},
        ["a.value -> c.value", "c.less -> o.value"],
        {},
        FAILED,
        errors=[("c", "bad_input", "pin 'value': \"twelve\" is not a number")],
    ),
    case(
        "numeric-text-becomes-a-number",
        {"a": const("1"), "c": ADD, "o": out()},
        ["a.value -> c.value", "c.less -> o.value"],
        {"out": [2]},
    ),
]
