"""The agents of a workspace, for blocks that ask which there are."""

from concurrent.futures import Executor

from django.db.models import Q

from accounts.models import User
from blocks.context import Caller
from blocks.world import LibraryAgent, LibraryPage
from executions.engine.database_asking import ask
from graphs.models import Graph
from graphs.selectors import graphs_of


class StoredLibrary:
    """Implements `blocks.world.Library` for one caller; asks in a thread."""

    def __init__(self, caller: Caller, executor: Executor) -> None:
        self._caller = caller
        self._executor = executor

    async def find(self, words: str, *, start: int, limit: int) -> LibraryPage:
        return await ask(
            self._executor, lambda: _find(self._caller, words, start, limit)
        )


def _find(caller: Caller, words: str, start: int, limit: int) -> LibraryPage:
    """What the user may see, of the workspace that the run belongs to."""
    user = User.objects.get(id=caller.user_id)
    found = graphs_of(user).filter(workspace_id=caller.workspace_id, is_active=True)
    if words:
        found = found.filter(Q(name__icontains=words) | Q(description__icontains=words))
    rows = found.only("id", "name", "description", "version").order_by("-id")
    return LibraryPage(
        agents=[_agent(row) for row in rows[start : start + limit]],
        total=found.count(),
    )


def _agent(row: Graph) -> LibraryAgent:
    return LibraryAgent(
        id=str(row.id),
        name=row.name,
        description=row.description,
        version=row.version or 0,
    )
