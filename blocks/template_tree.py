"""Rewrites a parsed template so that what it does is paid for: see `template_work`."""

from collections.abc import Iterable
from typing import Final

from jinja2 import TemplateSyntaxError, nodes
from jinja2.visitor import NodeTransformer

# Filters that only the rewritten tree is meant to name: no template can spell a space.
EACH: Final = " each"
HAYSTACK: Final = " haystack"
JOINED: Final = " joined"
MADE: Final = " made"
SEEN: Final = " seen"
TICK: Final = " tick"

_CHARGED_APART = (nodes.For, nodes.Macro, nodes.CallBlock)
_FOREIGN = (
    nodes.Block,
    nodes.Extends,
    nodes.FromImport,
    nodes.Import,
    nodes.Include,
)


def metered(tree: nodes.Template) -> nodes.Template:
    """
    Raises:
        TemplateSyntaxError: the template refers to other templates.
    """
    for foreign in tree.find_all(_FOREIGN):
        word = type(foreign).__name__.lower()
        raise TemplateSyntaxError(f"{word!r} is not available here", foreign.lineno)
    _Metering().visit(tree)
    return tree


def _cost(body: Iterable[nodes.Node]) -> int:
    """Work of one pass over `body`; inner loops and macros pay for themselves."""
    total = 0
    pending = list(body)
    while pending:
        node = pending.pop()
        total += 1
        if isinstance(node, nodes.TemplateData):
            total += len(node.data) >> 3
        elif isinstance(node, nodes.For):
            pending += [node.iter, *node.else_]
        elif not isinstance(node, _CHARGED_APART):
            pending.extend(node.iter_child_nodes())
    return total


def _through(name: str, node: nodes.Node, *args: nodes.Expr) -> nodes.Filter:
    return nodes.Filter(node, name, list(args), [], None, None, lineno=node.lineno)


def _tick(cost: int, lineno: int) -> nodes.Node:
    paid = _through(TICK, nodes.Const(cost, lineno=lineno))
    return nodes.ExprStmt(paid, lineno=lineno)


class _Metering(NodeTransformer):
    def visit_For(self, node: nodes.For) -> nodes.Node:
        tests = [] if node.test is None else [node.test]
        cost = _cost([*node.body, *tests])
        self.generic_visit(node)
        node.iter = _through(EACH, node.iter, nodes.Const(cost, lineno=node.lineno))
        if node.recursive:
            # What a recursive call loops over does not pass through `iter`.
            node.body.insert(0, _tick(cost, node.lineno))
        return node

    def _visit_callable(self, node: nodes.Macro | nodes.CallBlock) -> nodes.Node:
        cost = _cost(node.body)
        self.generic_visit(node)
        node.body.insert(0, _tick(cost, node.lineno))
        return node

    visit_Macro = _visit_callable
    visit_CallBlock = _visit_callable

    def visit_Concat(self, node: nodes.Concat) -> nodes.Node:
        self.generic_visit(node)
        return _through(JOINED, nodes.List(node.nodes, lineno=node.lineno))

    def visit_Compare(self, node: nodes.Compare) -> nodes.Node:
        self.generic_visit(node)
        node.expr = _through(SEEN, node.expr)
        for operand in node.ops:
            looks = operand.op in ("in", "notin")
            operand.expr = _through(HAYSTACK if looks else SEEN, operand.expr)
        return node

    def visit_Getitem(self, node: nodes.Getitem) -> nodes.Node:
        self.generic_visit(node)
        sliced = isinstance(node.arg, nodes.Slice)
        return _through(MADE, node) if sliced else node

    def _visit_container(
        self, node: nodes.List | nodes.Tuple | nodes.Dict
    ) -> nodes.Node:
        self.generic_visit(node)
        stored = isinstance(node, nodes.Tuple) and node.ctx != "load"
        return node if stored else _through(MADE, node)

    visit_List = _visit_container
    visit_Tuple = _visit_container
    visit_Dict = _visit_container
