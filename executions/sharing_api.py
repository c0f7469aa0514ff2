"""Shares of runs over HTTP."""

from drf_spectacular.utils import extend_schema, extend_schema_view

from accounts.http import user_of
from accounts.sharing_api import ShareDetail, ShareList
from executions.models import Execution, ExecutionShare
from executions.selectors import execution_get


@extend_schema_view(
    get=extend_schema(operation_id="executions_shares"),
    post=extend_schema(operation_id="executions_share"),
)
class ExecutionShares(ShareList):
    shares = ExecutionShare

    def thing(self, right: str) -> Execution:
        return execution_get(user_of(self.request), self.kwargs["id"], right)


@extend_schema_view(delete=extend_schema(operation_id="executions_unshare"))
class ExecutionShareDetail(ShareDetail):
    shares = ExecutionShare

    def thing(self, right: str) -> Execution:
        return execution_get(user_of(self.request), self.kwargs["id"], right)
