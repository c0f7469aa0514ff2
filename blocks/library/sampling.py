"""The block that takes a sample of data."""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, TypeAlias

import orjson

from blocks.base import Block, Pins, Steps, block, pin
from blocks.context import Context
from blocks.errors import BlockInputError
from blocks.spec import Category, Effect, Example
from blocks.values import JsonValue

Rows: TypeAlias = list[Any]
Places: TypeAlias = list[int]

_LETTERS: Final = ["a", "b", "c", "d", "e"]
_GROUPED: Final[list[JsonValue]] = [{"g": 1}, {"g": 1}, {"g": 2}, {"g": 2}]


class SamplingMethod(StrEnum):
    RANDOM = "random"
    SYSTEMATIC = "systematic"
    TOP = "top"
    BOTTOM = "bottom"
    STRATIFIED = "stratified"
    WEIGHTED = "weighted"
    RESERVOIR = "reservoir"
    CLUSTER = "cluster"


@block(
    id="4a448883-71fa-49cf-91cf-70d793bd7d87",
    name="DataSamplingBlock",
    categories=(Category.LOGIC,),
    effect=Effect.IDEMPOTENT,
    cpu=True,
    examples=(
        Example(
            inputs={
                "data": [{"n": letter} for letter in _LETTERS],
                "sample_size": 2,
                "sampling_method": "bottom",
            },
            outputs=[
                ("sampled_data", [{"n": "d"}, {"n": "e"}]),
                ("sample_indices", [3, 4]),
            ],
        ),
        Example(
            inputs={
                "data": _GROUPED,
                "sample_size": 2,
                "sampling_method": "stratified",
                "stratify_key": "g",
            },
            outputs=[
                ("sampled_data", [{"g": 1}, {"g": 2}]),
                ("sample_indices", lambda places: [p // 2 for p in places] == [0, 1]),
            ],
        ),
        Example(inputs={"data": [{"a": 1}], "sample_size": 2}, error="sample_size"),
        Example(
            inputs={
                "data": _GROUPED,
                "sample_size": 1,
                "sampling_method": "weighted",
            },
            error="weight_key",
        ),
    ),
)
class DataSampling(Block):
    """Takes some of many rows, and tells which. Without a seed each node execution
    draws its own lots, the same ones if it is tried again. It keeps nothing from one
    execution to the next: to sample what comes bit by bit, collect it first."""

    class Input(Pins):
        data: dict[str, Any] | Rows = pin("The rows; one object is one row.")
        sample_size: int = pin("How many to take.", default=10, ge=0)
        sampling_method: SamplingMethod = pin(
            "How to choose them.", default=SamplingMethod.RANDOM
        )
        accumulate: bool = pin(
            "Has no effect; agents from elsewhere may set it.", default=False
        )
        random_seed: int | None = pin("For the same lots each time.", default=None)
        stratify_key: str | None = pin(
            "Stratified: the key whose values make the groups.", default=None
        )
        weight_key: str | None = pin(
            "Weighted: the key whose number says how likely a row is.", default=None
        )
        cluster_key: str | None = pin(
            "Cluster: the key whose values make the groups.", default=None
        )

    class Output(Pins):
        sampled_data: Rows = pin("The rows that were taken.")
        sample_indices: Places = pin("Their places, counted from 0.")

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        rows = _rows(inputs.data)
        if inputs.sample_size > len(rows):
            raise BlockInputError(
                f"pin 'sample_size': {inputs.sample_size:,} is larger than the "
                f"{len(rows):,} rows of the data"
            )
        seed = inputs.random_seed
        lots = random.Random(ctx.idempotency_key if seed is None else seed)  # noqa: S311
        places = _METHODS[inputs.sampling_method](_Draw(inputs, rows, lots))
        yield "sampled_data", [rows[place] for place in places]
        yield "sample_indices", places


def _rows(data: dict[str, Any] | Rows) -> Rows:
    return [data] if isinstance(data, dict) else data


@dataclass(frozen=True, slots=True)
class _Draw:
    """What each method chooses from."""

    inputs: DataSampling.Input
    rows: Rows
    lots: random.Random

    @property
    def count(self) -> int:
        return len(self.rows)

    @property
    def size(self) -> int:
        return self.inputs.sample_size

    def key(self, name: str) -> str:
        key: str | None = getattr(self.inputs, name)
        if not key:
            method = self.inputs.sampling_method.value
            raise BlockInputError(f"pin {name!r}: the method {method!r} needs it")
        return key

    def groups(self, pin_name: str) -> list[Places]:
        """The places of the rows by the value under the key, first seen first."""
        key = self.key(pin_name)
        found: dict[bytes, Places] = {}
        for place, row in enumerate(self.rows):
            value = row.get(key) if isinstance(row, Mapping) else None
            found.setdefault(orjson.dumps(value), []).append(place)
        return list(found.values())


def _random(draw: _Draw) -> Places:
    return draw.lots.sample(range(draw.count), draw.size)


def _systematic(draw: _Draw) -> Places:
    if not draw.size:
        return []
    step = draw.count // draw.size
    start = draw.lots.randint(0, step - 1)
    return list(range(start, draw.count, step))[: draw.size]


def _top(draw: _Draw) -> Places:
    return list(range(draw.size))


def _bottom(draw: _Draw) -> Places:
    return list(range(draw.count - draw.size, draw.count))


def _stratified(draw: _Draw) -> Places:
    """As many of each group as its share says; what rounding leaves open goes to the
    groups that came off worst."""
    groups = draw.groups("stratify_key")
    shares = [len(group) * draw.size / max(draw.count, 1) for group in groups]
    counts = [int(share) for share in shares]
    worst_first = sorted(range(len(groups)), key=lambda n: counts[n] - shares[n])
    for number in worst_first[: draw.size - sum(counts)]:
        counts[number] += 1
    return [
        place
        for group, count in zip(groups, counts, strict=True)
        for place in draw.lots.sample(group, count)
    ]


def _weighted(draw: _Draw) -> Places:
    """None twice: each row draws a lot that its weight makes better."""
    key = draw.key("weight_key")
    weights = [_weight(row, key) for row in draw.rows]
    drawn = [
        (draw.lots.random() ** (1 / weight), place)
        for place, weight in enumerate(weights)
        if weight > 0
    ]
    if len(drawn) < draw.size:
        raise BlockInputError(
            f"pin 'weight_key': only {len(drawn):,} rows have a weight above 0"
        )
    return [place for _, place in sorted(drawn, reverse=True)[: draw.size]]


def _weight(row: Any, key: str) -> float:
    value = row.get(key) if isinstance(row, Mapping) else None
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        raise BlockInputError(
            f"pin 'weight_key': each row needs a number of at least 0 under {key!r}"
        )
    return value


def _reservoir(draw: _Draw) -> Places:
    places = list(range(draw.size))
    for place in range(draw.size, draw.count):
        lot = draw.lots.randint(0, place)
        if lot < draw.size:
            places[lot] = place
    return places


def _cluster(draw: _Draw) -> Places:
    """Whole groups in the order of their lots, the last one cut where it is enough."""
    groups = draw.groups("cluster_key")
    draw.lots.shuffle(groups)
    return [place for group in groups for place in group][: draw.size]


_METHODS: Final[Mapping[SamplingMethod, Callable[[_Draw], Places]]] = {
    SamplingMethod.RANDOM: _random,
    SamplingMethod.SYSTEMATIC: _systematic,
    SamplingMethod.TOP: _top,
    SamplingMethod.BOTTOM: _bottom,
    SamplingMethod.STRATIFIED: _stratified,
    SamplingMethod.WEIGHTED: _weighted,
    SamplingMethod.RESERVOIR: _reservoir,
    SamplingMethod.CLUSTER: _cluster,
}
