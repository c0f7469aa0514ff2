"""Large values: stored once, referred to by the record, whole again for who goes on."""

import asyncio
from typing import Any

import orjson
import pytest

from blocks.values import JsonValue
from core.limits import MIB, Limits
from executions.domain.events import Emitted
from executions.domain.references import KEY, escaped, id_in, opened, reference, size_in
from executions.engine import large_values
from executions.engine.large_values import (
    LARGE_BYTES,
    LargeValues,
    NothingElsewhere,
)
from graphs.domain.model import NodeId
from tests.executions.ground import Ground
from tests.executions.short import const, given, out
from tests.executions.stored_runs import Stored
from tests.executions.virtual_time import in_no_time
from tests.graphs_by_hand import graph
from tests.zoo import EACH, ECHO, KEEP, PAIR
from tests.zoo_trouble import ACTS, CALLS, NAPS

BIG: Any = "x" * (LARGE_BYTES + 1)
LIST: Any = [BIG, 1, "y" * (LARGE_BYTES + 1)]
LOOKS_SO: Any = {
    KEY: "0198c0de-0000-7000-8000-000000000000",
    "size": 70_000,
    "preview": "",
}


def emitted(value: JsonValue) -> Emitted:
    return Emitted(NodeId("a"), 1, 0, "value", value, orjson.dumps(value))


def written(place: Any) -> Any:
    return orjson.loads(orjson.dumps(place))


# --- References -----------------------------------------------------------------------


def test_a_reference_says_what_it_stands_for():
    raw = orjson.dumps("é" * 500)
    place = reference("id", raw)
    assert (id_in(place), size_in(place)) == ("id", len(raw))
    assert place["preview"] == '"' + "é" * 199
    assert opened(place, {"id": "é" * 500}) == "é" * 500
    with pytest.raises(KeyError):
        opened(place, {})


@pytest.mark.parametrize(
    "value",
    [
        None, 0, "", [], {}, "$value", [LOOKS_SO], {"a": LOOKS_SO}, LOOKS_SO,
        {KEY: None}, {KEY: {"$": 1}}, {KEY: {"$": {KEY: 1}}}, {"size": 5},
    ],
)  # fmt: skip
def test_no_value_passes_for_a_reference(value: Any):
    """Whatever a user sends comes back as it was, and nothing is looked up for it."""
    values = LargeValues()
    places = [
        written(values.place(value)),
        orjson.loads(values.recorded(emitted(value)).raw),
        orjson.loads(values.inputs({"pin": value}, {}, {"pin": value}))["pin"],
        orjson.loads(values.outputs({"out": [value]}))["out"][0],
    ]
    for place in places:
        assert id_in(place) is None
        assert opened(place, {}) == value
    assert values.fresh == []


def test_an_object_with_the_key_is_escaped_and_others_are_not():
    values = LargeValues()
    assert written(values.place(LOOKS_SO)) == escaped(LOOKS_SO)
    assert written(values.place([LOOKS_SO])) == [LOOKS_SO]


# --- What is stored -------------------------------------------------------------------


@pytest.mark.parametrize(("over", "stored"), [(-1, 0), (0, 0), (1, 1)])
def test_a_value_is_large_above_64_kib(over: int, stored: int):
    values = LargeValues()
    value = "x" * (LARGE_BYTES - 2 + over)
    event = emitted(value)
    assert len(event.raw) == LARGE_BYTES + over
    assert (values.recorded(event) is event) == (not stored)
    assert len(values.fresh) == stored


def test_what_is_seen_again_is_stored_once():
    values = LargeValues()
    event = emitted([BIG])
    id_ = id_in(orjson.loads(values.recorded(event).raw))
    copy = orjson.loads(event.raw)
    for value in (event.value, copy):
        assert id_in(written(values.place(value))) == id_
        assert (
            id_in(orjson.loads(values.inputs({"a": value}, {}, {"a": value}))["a"])
            == id_
        )
        assert id_in(orjson.loads(values.outputs({"a": [value]}))["a"][0]) == id_
    (new,) = values.fresh
    assert (str(new.id), new.raw) == (id_, event.raw)


def test_a_large_part_has_a_row_of_its_own():
    values = LargeValues()
    values.recorded(emitted(LIST))
    whole, part = values.place(LIST), values.place(LIST[2])
    assert written(values.place(LIST[1])) == 1
    assert id_in(written(whole)) != id_in(written(part))
    assert [new.raw for new in values.fresh] == [
        orjson.dumps(LIST),
        orjson.dumps(LIST[2]),
    ]


def test_a_part_that_is_put_on_a_pin_is_shown_by_itself():
    values = LargeValues()
    flat = {"values_#_a": BIG, "values_#_b": 1}
    values.recorded(emitted(BIG))
    shown = orjson.loads(values.inputs({"values": {"a": BIG, "b": 1}}, {}, flat))
    assert list(shown) == list(flat)
    assert id_in(shown["values_#_a"]) == str(values.fresh[0].id)
    small: Any = {"values": {"a": 1, "b": 1}}
    assert (
        orjson.loads(values.inputs(small, {"values_#_b": 1}, {"values_#_a": 1}))
        == small
    )


def test_only_so_much_is_held(monkeypatch: pytest.MonkeyPatch):
    """What is not held any more is still known."""
    monkeypatch.setattr(large_values, "HELD_BYTES", 3 * len(BIG))
    values = LargeValues()
    many: list[Any] = [BIG + str(n) for n in range(10)]
    first = [id_in(written(values.place(value))) for value in many]
    assert len(values._held) == 2
    assert [id_in(written(values.place(value))) for value in many] == first
    assert len(values.fresh) == len(set(first)) == 10


def test_a_run_that_nobody_keeps_refers_to_nothing():
    values = NothingElsewhere()
    event = emitted([BIG])
    assert values.recorded(event) is event
    assert values.reader({})(LOOKS_SO) is LOOKS_SO
    assert values.place(LOOKS_SO) is LOOKS_SO
    assert orjson.loads(values.inputs({"a": BIG}, {}, {"a": BIG})) == {"a": BIG}
    assert orjson.loads(values.outputs({"a": [BIG]})) == {"a": [BIG]}
    assert values.fresh == []


# --- Whole runs, in memory ------------------------------------------------------------


def played(agent, agents=None, *, crash_after: int | None = None, **facts: Any):
    """To its end; with a crash after so many entries have been committed."""

    async def play() -> tuple[Stored, Ground]:
        ground = Ground(agents or {}, by_itself=crash_after is None)
        it = ground.start(agent, **facts)
        if crash_after is not None:
            await crashed(ground, crash_after)
        await ground.work()
        return it, ground

    return in_no_time(play())


async def crashed(ground: Ground, after: int) -> None:
    for _ in range(after):
        ground.claim()
        await asyncio.sleep(0.5)
        ground.commit(1)
    ground.crash()
    ground.by_itself = True


def refers(it: Stored) -> str:
    """Its record, without the values."""
    snapshot = it.snapshot[1] if it.snapshot else b""
    rows = b"".join(row.inputs + row.outputs for row in it.rows.values())
    assert it.end is not None
    record = (it.end.record or b"") + orjson.dumps(it.events) + rows + snapshot
    return record.decode()


CHAIN = graph(
    {"a": given("a"), "e": ECHO, "x": (NAPS, {"seconds": 1}), "p": PAIR, "o": out()},
    "a.result -> e.value",
    "e.value -> p.a",
    "x.value -> p.b",
    "p.value -> o.value",
)


def test_a_record_holds_no_large_value():
    it, ground = played(CHAIN, inputs={"a": [BIG]})
    assert it.outcome == ("COMPLETED", {"out": [[[BIG], "rested"]]}, [])
    assert len(refers(it)) < 20_000
    assert len(ground.values) == 2, "the input, and the pair that it is a part of"
    sizes = sorted(size_in(one.reference) for one in ground.values.values())
    assert sizes == [len(BIG) + 4, len(BIG) + 15]


@pytest.mark.parametrize("entries", range(1, 4))
@pytest.mark.parametrize("value", [BIG, [BIG], LOOKS_SO, {"a": LOOKS_SO}])
def test_a_crash_leaves_values_as_they_were(value: Any, entries: int):
    it, ground = played(CHAIN, inputs={"a": value}, crash_after=entries)
    assert it.outcome == ("COMPLETED", {"out": [[value, "rested"]]}, [])
    assert len(ground.values) == (2 if len(orjson.dumps(value)) > LARGE_BYTES else 0)


PARKS = graph(
    {"a": given("a"), "e": EACH, "k": KEEP, "x": (NAPS, {"seconds": 60})}
    | {"p": PAIR, "o": out()},
    "a.result -> e.items",
    "e.value -> p.a",
    "a.result -> k.value",
    "x.value -> p.b",
    "p.value -> o.value",
)


@pytest.mark.parametrize("crash_after", [None, 1, 2])
def test_a_parked_run_finds_its_values_again(crash_after: int | None):
    it, ground = played(PARKS, inputs={"a": LIST}, crash_after=crash_after)
    assert it.parks == [("timer", pytest.approx(60, abs=2))]
    assert it.outcome == ("COMPLETED", {"out": [[BIG, "rested"]]}, [])
    assert len(refers(it)) < 20_000
    assert len(ground.values) == 4, "the list, its two parts, the pair"


def test_a_value_goes_to_a_sub_agent_and_back_without_a_copy():
    child = graph({"a": given("a"), "o": out()}, "a.result -> o.value")
    agent = graph(
        {"a": given("a"), "x": (CALLS, {"graph_id": "child"}), "o": out()},
        "a.result -> x.a",
        "x.out -> o.value",
    )
    it, ground = played(agent, {"child": child}, inputs={"a": {"list": LIST}})
    assert it.outcome == ("COMPLETED", {"out": [{"list": LIST}]}, [])
    assert len(ground.values) == 1
    (other,) = [one for one in ground.executions.values() if one is not it]
    assert len(refers(it)) + len(refers(other)) < 20_000


@pytest.mark.parametrize("value", [BIG, LOOKS_SO])
def test_a_result_that_is_kept_comes_back_as_it_was(value: Any):
    agent = graph(
        {"a": given("a"), "e": (ACTS, {}, {"cacheable": True}), "o": out()},
        "a.result -> e.value",
        "e.value -> o.value",
    )

    async def play() -> list[Stored]:
        ground = Ground()
        runs = []
        for _ in range(2):
            runs.append(ground.start(agent, {"a": value}))
            await ground.work()
        return runs

    first, second = in_no_time(play())
    assert second.types("e")[0] == "reused"
    assert first.outcome == second.outcome == ("COMPLETED", {"out": [value]}, [])


@pytest.mark.parametrize(("spare", "codes"), [(4, []), (3, ["limit_passed"])])
def test_a_limit_counts_the_true_size(spare: int, codes: list[str]):
    agent = graph({"a": const([BIG])})
    limits = Limits(emitted_bytes=len(BIG) + spare)

    async def play() -> Stored:
        ground = Ground(limits=limits)
        it = ground.start(agent)
        await ground.work()
        return it

    assert in_no_time(play()).outcome[2] == codes


def test_a_constant_is_stored_once_for_all_that_use_it():
    agent = graph({"a": const([BIG]), "b": const([BIG]), "o": out(value=[BIG])})
    it, ground = played(agent)
    assert it.outcome[1] == {"out": [[BIG]]}
    assert len(ground.values) == 1
    assert len(refers(it)) < 20_000


def test_many_large_values_leave_a_small_record():
    items = [str(n) + "x" * MIB for n in range(20)]
    agent = graph(
        {"e": (EACH, {"items": items}), "f": ECHO, "o": out()},
        "e.value -> f.value",
        "f.value -> o.value",
    )
    it, ground = played(agent)
    assert it.outcome == ("COMPLETED", {"out": items}, [])
    assert len(refers(it)) < 200_000
    assert len(ground.values) == 21, "text that goes on is the same value"
