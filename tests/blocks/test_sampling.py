"""Samples: as many as asked, no row twice, and the same again for the same lots."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blocks.context import NodeIdentity
from blocks.library.sampling import SamplingMethod
from blocks.testing import FakeContext
from tests.blocks.calls import called, emitted, failure

ROWS = [{"n": n, "kind": n % 3, "weight": n + 1} for n in range(20)]
KEYS = {"stratify_key": "kind", "cluster_key": "kind", "weight_key": "weight"}


@pytest.mark.parametrize("method", SamplingMethod)
@given(size=st.integers(0, 20), seed=st.none() | st.integers(0, 2**53))
async def test_sample_has_its_size_and_no_row_twice(method, size, seed):
    inputs = {"data": ROWS, "sample_size": size, "sampling_method": method,
              "random_seed": seed, **KEYS}  # fmt: skip
    (_, rows), (_, places) = await emitted("DataSampling", inputs)
    assert rows == [ROWS[place] for place in places]
    assert len(set(places)) == len(places) == size


async def drawn(key: str, seed: int | None = None) -> Any:
    ctx = FakeContext(identity=NodeIdentity(execution_id=key))
    inputs = {"data": ROWS, "sample_size": 5, "random_seed": seed}
    return (await called("DataSampling", inputs, ctx)).outputs[1][1]


async def test_a_node_execution_draws_the_same_lots_when_it_is_tried_again():
    assert await drawn("one") == await drawn("one")
    assert await drawn("one") != await drawn("two")


async def test_a_seed_gives_the_same_lots_everywhere():
    assert await drawn("one", 42) == await drawn("two", 42)


async def test_strata_have_their_shares():
    rows = [{"kind": "a"}] * 6 + [{"kind": "b"}] * 3 + [{"kind": "c"}]
    inputs = {"data": rows, "sample_size": 5, "sampling_method": "stratified",
              "stratify_key": "kind"}  # fmt: skip
    [(_, taken), _] = await emitted("DataSampling", inputs)
    kinds = [row["kind"] for row in taken]
    assert [kinds.count(kind) for kind in "ab"] in ([3, 1], [3, 2])
    assert len(kinds) == 5


async def test_row_without_weight_is_never_drawn():
    rows = [{"weight": 0}, {"weight": 1}]
    inputs = {"data": rows, "sample_size": 1, "sampling_method": "weighted",
              "weight_key": "weight"}  # fmt: skip
    assert (await emitted("DataSampling", inputs))[1] == ("sample_indices", [1])


async def test_one_object_is_one_row():
    inputs = {"data": {"a": 1}, "sample_size": 1}
    wanted = [("sampled_data", [{"a": 1}]), ("sample_indices", [0])]
    assert await emitted("DataSampling", inputs) == wanted


BAD = [
    pytest.param({"sample_size": 21}, "21 is larger than the 20 rows", id="too-many"),
    pytest.param({"sample_size": -1}, "sample_size", id="below-0"),
    pytest.param({"sampling_method": "cluster"}, "cluster_key", id="no-cluster-key"),
    pytest.param({"sampling_method": "stratified"}, "stratify_key", id="no-strata"),
    pytest.param({"sampling_method": "weighted", "weight_key": "no"}, "weight_key",
                 id="no-weights"),
    pytest.param({"sampling_method": "guess"}, "sampling_method", id="no-method"),
]  # fmt: skip


@pytest.mark.parametrize(("inputs", "part"), BAD)
async def test_bad_sample_is_refused(inputs, part):
    assert part in await failure("DataSampling", {"data": ROWS, **inputs})
