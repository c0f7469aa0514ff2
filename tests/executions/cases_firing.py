"""Cases of runs: when nodes fire, what goes in, what comes out."""

from tests.executions.short import case, const, given, out
from tests.zoo import ADD, EACH, ECHO, KEEP, NOTE, OUTPUT, PAIR

FIRING = [
    # One link, one firing.
    case(
        "a-value-goes-along-a-link",
        {"a": const(1), "o": out()},
        ["a.value -> o.value"],
        {"out": [1]},
        count=2,
    ),
    # The link's pin never gets a value; the constant must not stand in for it.
    case(
        "a-constant-never-stands-in-for-a-link",
        {"a": (ADD, {"value": 0, "limit": 9}), "e": const("constant"), "o": out()},
        ["a.done -> e.value", "e.value -> o.value"],
        {},
        count=1,
    ),
    # Both pins of a pair are linked; one alone never fires.
    case(
        "one-of-two-linked-pins-is-not-enough",
        {"a": const(1), "none": (EACH, {"items": []}), "p": PAIR, "o": out()},
        ["a.value -> p.a", "none.value -> p.b", "p.value -> o.value"],
        {},
        count=2,
    ),
    # First with first, in the order of arrival; the rest of the longer queue waits.
    case(
        "queues-pair-first-with-first-and-the-rest-stays",
        {
            "l": (EACH, {"items": [1, 2, 3]}),
            "r": (EACH, {"items": ["a", "b"]}),
            "p": PAIR,
            "o": out(),
        },
        ["l.value -> p.a", "r.value -> p.b", "p.value -> o.value"],
        {"out": [[1, "a"], [2, "b"]]},
        count=6,
    ),
    # Two links into one pin are one queue.
    case(
        "two-links-into-one-pin-are-one-queue",
        {
            "l": (EACH, {"items": [1, 2]}),
            "r": const(3),
            "k": (EACH, {"items": ["a", "b", "c"]}),
            "p": PAIR,
            "o": out(),
        },
        ["l.value -> p.a", "r.value -> p.a", "k.value -> p.b", "p.value -> o.value"],
        {"out": [[1, "a"], [2, "b"], [3, "c"]]},
        count=9,
    ),
    # One source feeds both sides; the diamond joins once per value.
    case(
        "a-diamond-joins-once-for-each-value",
        {
            "s": (EACH, {"items": [1, 2]}),
            "l": ECHO,
            "r": ECHO,
            "p": PAIR,
            "o": out(),
        },
        [
            "s.value -> l.value",
            "s.value -> r.value",
            "l.value -> p.a",
            "r.value -> p.b",
            "p.value -> o.value",
        ],
        {"out": [[1, 1], [2, 2]]},
        count=9,
    ),
    # The same pin linked twice to two pins of one node: each link carries the value.
    case(
        "one-output-into-two-pins-of-one-node",
        {"a": const(7), "p": PAIR, "o": out()},
        ["a.value -> p.a", "a.value -> p.b", "p.value -> o.value"],
        {"out": [[7, 7]]},
    ),
    # A loop counts up to its limit and ends by itself.
    case(
        "a-self-loop-counts",
        {"a": const(0), "c": (ADD, {"limit": 50}), "o": out()},
        ["a.value -> c.value", "c.less -> c.value", "c.done -> o.value"],
        {"out": [50]},
        count=52,
    ),
    # The same through a second node.
    case(
        "a-cycle-of-two-counts",
        {"a": const(0), "c": (ADD, {"limit": 5}), "e": ECHO, "o": out()},
        [
            "a.value -> c.value",
            "c.less -> e.value",
            "e.value -> c.value",
            "c.done -> o.value",
        ],
        {"out": [5]},
        count=11,
    ),
    # A cycle without a way in never starts.
    case(
        "a-cycle-without-entry-never-starts",
        {"x": ECHO, "y": ECHO, "a": const(1), "o": out()},
        ["x.value -> y.value", "y.value -> x.value", "a.value -> o.value"],
        {"out": [1]},
        count=2,
    ),
    # Notes do nothing, whatever is linked to them.
    case(
        "a-note-never-runs",
        {"n": (NOTE, {"text": "hello"}), "a": const(1), "o": out()},
        ["a.value -> o.value", "a.value -> n.text"],
        {"out": [1]},
        count=2,
    ),
    case("nothing-but-a-note", {"n": NOTE}, [], {}, count=0),
    case("no-nodes", {}, [], {}, count=0),
]

OUTPUTS = [
    # An output without a link starts by itself and hands out its constant.
    case("an-output-without-link", {"o": out(value=5)}, [], {"out": [5]}, count=1),
    case("an-output-without-anything", {"o": out()}, [], {"out": [None]}, count=1),
    # Two outputs with one name share a list.
    case(
        "two-outputs-with-one-name",
        {"a": const(1), "o": out("x"), "p": out("x", value=2)},
        ["a.value -> o.value"],
        {"x": [2, 1]},
    ),
    # The name itself may come along a link.
    case(
        "the-name-of-an-output-may-be-linked",
        {"a": const("label"), "b": const(1), "o": OUTPUT},
        ["a.value -> o.name", "b.value -> o.value"],
        {"label": [1]},
    ),
    # Parts of the value come by key, on top of the constant.
    case(
        "an-output-collects-merged-values",
        {"a": const(1), "o": out(value={"x": 0, "y": 2})},
        ["a.value -> o.value_#_x"],
        {"out": [{"x": 1, "y": 2}]},
    ),
    # The output block passes its value on as well.
    case(
        "an-output-feeds-another",
        {"a": const(1), "o": out("x"), "p": out("y")},
        ["a.value -> o.value", "o.output -> p.value"],
        {"x": [1], "y": [1]},
    ),
]

FALSY: list[object] = [0, "", [], False, {}]

INPUTS = [
    case(
        "an-input-given",
        {"i": given("n", value=1), "o": out()},
        ["i.result -> o.value"],
        {"out": [2]},
        inputs={"n": 2},
    ),
    case(
        "an-input-not-given-uses-its-own-value",
        {"i": given("n", value=1), "o": out()},
        ["i.result -> o.value"],
        {"out": [1]},
    ),
    # Nothing comes out, and the run goes on and completes.
    case(
        "an-input-without-value-emits-nothing",
        {"i": given("n"), "o": out(), "a": const(1), "p": out("p")},
        ["i.result -> o.value", "a.value -> p.value"],
        {"p": [1]},
        count=3,
    ),
    *[
        # Falsy values are values.
        case(
            f"an-input-of-{value!r}",
            {"i": given("n", value="own"), "o": out()},
            ["i.result -> o.value"],
            {"out": [value]},
            inputs={"n": value},
        )
        for value in FALSY
    ],
    # It starts with the run and fires again for each value that comes.
    case(
        "an-input-with-inbound-links-starts-too",
        {"a": const("linked"), "i": given("n", value="own"), "o": out()},
        ["a.value -> i.value", "i.result -> o.value"],
        {"out": ["given", "linked"]},
        inputs={"n": "given"},
        count=5,
    ),
    # Two inputs with one name both get the value.
    case(
        "two-inputs-with-one-name",
        {"i": given("n"), "j": given("n"), "p": PAIR, "o": out()},
        ["i.result -> p.a", "j.result -> p.b", "p.value -> o.value"],
        {"out": [[4, 4]]},
        inputs={"n": 4},
    ),
    # Both inputs are static, so each value that comes fires the node once.
    case(
        "two-inputs-into-one-pin",
        {"i": given("m"), "j": given("n"), "o": out()},
        ["i.result -> o.value", "j.result -> o.value"],
        {"out": [1, 2]},
        inputs={"m": 1, "n": 2},
    ),
]

STATIC = [
    # The static value is there first; every later value reuses it.
    case(
        "static-early",
        {"k": (KEEP, {"value": "s"}), "e": (EACH, {"items": [1, 2, 3]}), "p": PAIR}
        | {"o": out()},
        ["k.value -> p.a", "e.value -> p.b", "p.value -> o.value"],
        {"out": [["s", 1], ["s", 2], ["s", 3]]},
    ),
    # It comes last; all that waited go.
    case(
        "static-late",
        {"e": (EACH, {"items": [1, 2, 3]}), "c": const("s"), "d": ECHO, "k": KEEP}
        | {"p": PAIR, "o": out()},
        [
            "c.value -> d.value",
            "d.value -> k.value",
            "k.value -> p.a",
            "e.value -> p.b",
            "p.value -> o.value",
        ],
        {"out": [["s", 1], ["s", 2], ["s", 3]]},
    ),
    # Values in order, one each; once only the last is left it is reused.
    case(
        "static-values-are-taken-in-order-then-the-last-stays",
        {"s": (EACH, {"items": ["a", "b"]}), "e": (EACH, {"items": [1, 2, 3, 4]})}
        | {"p": PAIR, "o": out()},
        ["s.value => p.a", "e.value -> p.b", "p.value -> o.value"],
        {"out": [["a", 1], ["b", 2], ["b", 3], ["b", 4]]},
    ),
    # The flag on a link counts though its source is not static.
    case(
        "a-static-flag-on-a-source-that-is-not-static",
        {"a": const("s"), "e": (EACH, {"items": [1, 2]}), "p": PAIR, "o": out()},
        ["a.value => p.a", "e.value -> p.b", "p.value -> o.value"],
        {"out": [["s", 1], ["s", 2]]},
    ),
    # Fed by static pins alone: one firing for each fresh value, not for ever.
    case(
        "static-pins-alone-fire-once-for-each-fresh-value",
        {"k": (KEEP, {"value": "s"}), "e": (EACH, {"items": [1, 2, 3]}), "p": PAIR}
        | {"o": out()},
        ["k.value -> p.a", "e.value => p.b", "p.value -> o.value"],
        {"out": [["s", 1], ["s", 2], ["s", 3]]},
    ),
    case(
        "two-static-pins-fire-once",
        {"k": (KEEP, {"value": 1}), "m": (KEEP, {"value": 2}), "p": PAIR, "o": out()},
        ["k.value -> p.a", "m.value -> p.b", "p.value -> o.value"],
        {"out": [[1, 2]]},
    ),
    # A kept value inside a loop: the loop's own values pair with it each time round.
    case(
        "a-kept-value-in-a-loop",
        {"z": const(0), "l": (KEEP, {"value": 4}), "c": ADD, "o": out()},
        [
            "z.value -> c.value",
            "l.value -> c.limit",
            "c.less -> c.value",
            "c.done -> o.value",
        ],
        {"out": [4]},
        count=7,
    ),
    # A null stays as well.
    case(
        "a-static-null-stays",
        {"k": (EACH, {"items": [None]}), "e": (EACH, {"items": [1, 2]})}
        | {"p": OUTPUT},
        ["k.value => p.value", "e.value -> p.name"],
        {"1": [None], "2": [None]},
    ),
]
