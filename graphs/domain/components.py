"""Cycles of a directed graph, in time linear in its nodes and links."""

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Generic, TypeVar

N = TypeVar("N", bound=Hashable)


def cycles(successors: Mapping[N, Sequence[N]]) -> list[list[N]]:
    """The sets of nodes that can all reach each other, and nodes that feed themselves.

    Each set, and the list of them, is in the order of `successors`.
    """
    place = {node: number for number, node in enumerate(successors)}
    found = [
        sorted(component, key=place.__getitem__)
        for component in _Tarjan(successors).components()
        if len(component) > 1 or component[0] in successors[component[0]]
    ]
    return sorted(found, key=lambda component: place[component[0]])


class _Tarjan(Generic[N]):
    """Strong components, with a stack of its own: a chain may be any length."""

    def __init__(self, successors: Mapping[N, Sequence[N]]) -> None:
        self._successors = successors
        self._index: dict[N, int] = {}
        self._low: dict[N, int] = {}
        self._open: dict[N, None] = {}
        self._work: list[tuple[N, Iterator[N]]] = []

    def components(self) -> Iterator[list[N]]:
        for root in self._successors:
            if root not in self._index:
                self._enter(root)
            while self._work:
                node, rest = self._work[-1]
                if not self._descend(node, rest):
                    yield from self._leave(node)

    def _enter(self, node: N) -> None:
        self._index[node] = self._low[node] = len(self._index)
        self._open[node] = None
        self._work.append((node, iter(self._successors[node])))

    def _descend(self, node: N, rest: Iterator[N]) -> bool:
        """Go on to a successor that was not seen yet, if there is one."""
        for child in rest:
            if child not in self._index:
                self._enter(child)
                return True
            if child in self._open:
                self._low[node] = min(self._low[node], self._index[child])
        return False

    def _leave(self, node: N) -> Iterator[list[N]]:
        self._work.pop()
        if self._work:
            parent = self._work[-1][0]
            self._low[parent] = min(self._low[parent], self._low[node])
        if self._low[node] == self._index[node]:
            yield self._close(node)

    def _close(self, root: N) -> list[N]:
        component: list[N] = []
        while root in self._open:
            component.append(self._open.popitem()[0])
        return component


def reachable(starts: Iterable[N], successors: Mapping[N, Sequence[N]]) -> set[N]:
    """The starts and all that lies behind them."""
    found = set(starts)
    todo = list(found)
    while todo:
        for node in successors[todo.pop()]:
            if node not in found:
                found.add(node)
                todo.append(node)
    return found
