"""The block that lists the agents of the workspace."""

from typing import Any, Final, TypeAlias

from blocks.base import Block, Pins, Steps, block, pin
from blocks.context import Context
from blocks.spec import Category, Effect, Example
from blocks.world import LibraryAgent

Agent: TypeAlias = dict[str, Any]

MAX_LIMIT: Final = 100


@block(
    id="082602d3-a74d-4600-9e9c-15b3af7eae98",
    name="ListLibraryAgentsBlock",
    categories=(Category.BASIC, Category.DATA),
    effect=Effect.IDEMPOTENT,
    examples=(
        Example(
            inputs={},
            outputs=[
                ("agents", []),
                ("total_count", 0),
                ("page", 1),
                ("total_pages", 0),
            ],
        ),
        Example(inputs={"page": 0}, error="page"),
    ),
)
class ListLibraryAgents(Block):
    """Tells which agents the workspace has, newest first, page by page."""

    class Input(Pins):
        search_query: str | None = pin(
            "Words in the name or description; without them all agents.", default=None
        )
        limit: int = pin("How many a page has.", default=50, ge=1, le=MAX_LIMIT)
        page: int = pin("Which page, counted from 1.", default=1, ge=1, le=10**9)

    class Output(Pins):
        agents: list[Agent] = pin("The agents of the page.")
        agent: Agent = pin("One of them; once for each.")
        total_count: int = pin("How many agents there are on all pages.")
        page: int = pin("The page.")
        total_pages: int = pin("How many pages there are.")

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        start = (inputs.page - 1) * inputs.limit
        words = (inputs.search_query or "").strip()
        found = await ctx.library.find(words, start=start, limit=inputs.limit)
        agents = [_told(agent) for agent in found.agents]
        yield "agents", agents
        for agent in agents:
            yield "agent", agent
        yield "total_count", found.total
        yield "page", inputs.page
        yield "total_pages", -(-found.total // inputs.limit)


def _told(agent: LibraryAgent) -> Agent:
    """Under the names that agents from elsewhere look for."""
    return {
        "library_agent_id": agent.id,
        "agent_id": agent.id,
        "agent_version": agent.version,
        "agent_name": agent.name,
        "description": agent.description,
    }
