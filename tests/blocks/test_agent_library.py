"""The list of a workspace's agents, page by page."""

import pytest

from blocks.testing import FakeContext, FakeLibrary
from blocks.world import LibraryAgent
from tests.blocks.calls import called

AGENTS = [
    LibraryAgent(id=str(n), name=f"Agent {n}", description="tea" if n % 2 else "milk")
    for n in range(5)
]

PAGES = [
    pytest.param({"limit": 2}, ["0", "1"], 5, 3, id="first"),
    pytest.param({"limit": 2, "page": 3}, ["4"], 5, 3, id="last"),
    pytest.param({"limit": 2, "page": 4}, [], 5, 3, id="behind-the-last"),
    pytest.param({"search_query": " TEA "}, ["1", "3"], 2, 1, id="searched"),
    pytest.param({"search_query": "coffee"}, [], 0, 0, id="not-there"),
]


@pytest.mark.parametrize(("inputs", "ids", "total", "pages"), PAGES)
async def test_page_of_agents_is_told(inputs, ids, total, pages):
    ctx = FakeContext(library=FakeLibrary(AGENTS))
    outputs = (await called("ListLibraryAgents", inputs, ctx)).outputs
    (first, agents), *each = outputs[: 1 + len(ids)]
    assert first == "agents"
    assert [agent["agent_id"] for agent in agents] == ids
    assert each == [("agent", agent) for agent in agents]
    assert outputs[1 + len(ids) :] == [
        ("total_count", total),
        ("page", inputs.get("page", 1)),
        ("total_pages", pages),
    ]
