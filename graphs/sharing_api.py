"""Shares of agents over HTTP."""

from drf_spectacular.utils import extend_schema, extend_schema_view

from accounts.http import user_of
from accounts.sharing_api import ShareDetail, ShareList
from graphs.models import Graph, GraphShare
from graphs.selectors import graph_get


@extend_schema_view(
    get=extend_schema(operation_id="graphs_shares"),
    post=extend_schema(operation_id="graphs_share"),
)
class GraphShares(ShareList):
    shares = GraphShare

    def thing(self, right: str) -> Graph:
        return graph_get(user_of(self.request), self.kwargs["id"], right)


@extend_schema_view(delete=extend_schema(operation_id="graphs_unshare"))
class GraphShareDetail(ShareDetail):
    shares = GraphShare

    def thing(self, right: str) -> Graph:
        return graph_get(user_of(self.request), self.kwargs["id"], right)
