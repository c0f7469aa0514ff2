"""Executions over HTTP: parse, call one service, answer."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.utils.urls import replace_query_param
from rest_framework.views import APIView

from accounts.http import user_of
from executions import selectors, services
from executions.domain.status import ExecutionStatus
from executions.models import Execution
from executions.serializers import (
    AcceptedOut,
    AfterIn,
    EventsOut,
    ExecutionOut,
    ExecutionRowOut,
    FrozenGraphOut,
    ListIn,
    NodeExecutionOut,
    StartIn,
    WaitIn,
)
from graphs.selectors import graph_get, load_version_document


class StartExecution(APIView):
    """Starts an execution of a graph.

    With `?wait=<seconds>` the answer is held until the execution has ended, or the time
    is over, whichever is first; the server around this view does the waiting.
    """

    @extend_schema(
        request=StartIn,
        parameters=[WaitIn, OpenApiParameter("id", UUID, "path")],
        responses={202: AcceptedOut, 200: ExecutionOut},
    )
    def post(self, request: Request, id: UUID) -> Response:
        WaitIn(data=request.query_params).is_valid(raise_exception=True)
        wanted = StartIn(data=request.data)
        wanted.is_valid(raise_exception=True)
        user = user_of(request)
        execution = services.execution_start(
            user=user, graph=graph_get(user, id), **wanted.validated_data
        )
        return _accepted(request, execution)


class ExecutionList(generics.ListAPIView[Execution]):
    serializer_class = ExecutionRowOut

    @extend_schema(parameters=[ListIn])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)

    def get_queryset(self) -> Any:
        query = ListIn(data=self.request.query_params)
        query.is_valid(raise_exception=True)
        wanted = query.validated_data
        return selectors.execution_list(user_of(self.request), **wanted)


class ExecutionDetail(APIView):
    @extend_schema(responses=ExecutionOut)
    def get(self, request: Request, id: UUID) -> Response:
        execution = selectors.execution_get(user_of(request), id)
        return Response(ExecutionOut(execution).data)


class ExecutionNodes(generics.ListAPIView[Any]):
    """The node executions, newest first."""

    serializer_class = NodeExecutionOut

    def get_queryset(self) -> Any:
        execution = selectors.execution_get(user_of(self.request), self.kwargs["id"])
        return selectors.node_execution_list(execution)


class ExecutionGraph(APIView):
    """The frozen graph that the execution runs."""

    @extend_schema(responses=FrozenGraphOut)
    def get(self, request: Request, id: UUID) -> Response:
        execution = selectors.execution_get(user_of(request), id)
        document = load_version_document(execution.version_id)
        return Response({"nodes": document["nodes"], "links": document["links"]})


class ExecutionEvents(APIView):
    """Events numbered above `after`, in order; `next` is null when there are no more
    for now."""

    @extend_schema(parameters=[AfterIn], responses=EventsOut)
    def get(self, request: Request, id: UUID) -> Response:
        query = AfterIn(data=request.query_params)
        query.is_valid(raise_exception=True)
        execution = selectors.execution_get(user_of(request), id)
        events = selectors.events_after(execution.id, query.validated_data["after"])
        more = len(events) == selectors.EVENTS_AT_MOST
        here = request.build_absolute_uri()
        following = (
            replace_query_param(here, "after", events[-1]["seq"]) if more else None
        )
        return Response({"next": following, "previous": None, "results": events})


class CancelExecution(APIView):
    @extend_schema(request=None, responses={202: AcceptedOut})
    def post(self, request: Request, id: UUID) -> Response:
        execution = selectors.execution_get(user_of(request), id)
        services.execution_cancel(execution=execution)
        return _accepted(request, execution)


def _accepted(request: Request, execution: Execution) -> Response:
    where = reverse("execution", [execution.id], request=request)
    body = {
        "id": str(execution.id),
        "status": ExecutionStatus(execution.status).value,
    }
    return Response(body, status.HTTP_202_ACCEPTED, headers={"Location": where})
