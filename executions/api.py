"""Executions over HTTP: parse, call one service, answer."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, ClassVar, cast
from uuid import UUID

from django.db import IntegrityError
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.status import HTTP_202_ACCEPTED
from rest_framework.utils.urls import replace_query_param
from rest_framework.views import APIView

from accounts.http import user_of
from core import failpoints
from core.http import header_of
from core.ratelimit.throttle import STARTS
from executions import direct, reruns, results, selectors, services, start_keys
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
    RerunIn,
    StartIn,
    WaitIn,
)
from graphs.selectors import graph_get, load_version_document

IDEMPOTENCY_KEY = OpenApiParameter(
    start_keys.HEADER,
    str,
    "header",
    description="The same key with the same body gives the same execution for 24 h.",
)
REPLAYED = "Idempotency-Replayed"


class StartExecution(APIView):
    """Starts an execution of a graph.

    With `?wait=<seconds>` the answer is held until the execution has ended, or the time
    is over, whichever is first; the server around this view does the waiting.
    """

    rights: ClassVar = {"POST": "execution:create"}
    rate_scope = STARTS

    @extend_schema(
        request=StartIn,
        parameters=[WaitIn, IDEMPOTENCY_KEY, OpenApiParameter("id", UUID, "path")],
        responses={202: AcceptedOut, 200: ExecutionOut},
    )
    def post(self, request: Request, id: UUID) -> Response:
        waits, order = _waits(request), _order(request)
        user = user_of(request)
        graph = graph_get(user, id, "execution:create")
        return _started(
            request,
            lambda: services.execution_prepare(user=user, graph=graph, **order),
            waits=waits and not _is_for_later(order),
        )


def _waits(request: Request) -> bool:
    wanted = request.query_params.get("wait")
    return wanted is not None and _is_a_while(wanted)


@lru_cache(maxsize=100)
def _is_a_while(wait: str) -> bool:
    """
    Raises:
        ValidationError: it is no number of seconds, or too many.
    """
    query = WaitIn(data={"wait": wait})
    query.is_valid(raise_exception=True)
    return bool(query.validated_data["wait"])


def _order(request: Request) -> dict[str, Any]:
    """What is to be started; most say nothing but the inputs."""
    given: Any = request.data
    says_no_more = isinstance(given, dict) and [*given] == ["inputs"]
    if says_no_more and isinstance(given["inputs"], dict):
        return {"inputs": given["inputs"]}
    wanted = StartIn(data=given)
    wanted.is_valid(raise_exception=True)
    return cast(dict[str, Any], wanted.validated_data)


def _is_for_later(order: dict[str, Any]) -> bool:
    return bool(order.get("delay_s") or order.get("run_at"))


class RerunExecution(APIView):
    """Starts what has ended again: all of it, from a node, or from the failure.

    What does not come after the node is taken over from the run; its node executions
    say so in `reused_from`.
    """

    rights: ClassVar = {"POST": "execution:create"}
    rate_scope = STARTS

    @extend_schema(
        request=RerunIn,
        parameters=[IDEMPOTENCY_KEY, OpenApiParameter("id", UUID, "path")],
        responses={202: AcceptedOut},
    )
    def post(self, request: Request, id: UUID) -> Response:
        wanted = RerunIn(data=request.data)
        wanted.is_valid(raise_exception=True)
        user = user_of(request)
        source = selectors.execution_get(user, id, "execution:create")
        try:
            return _started(
                request,
                lambda: reruns.rerun_prepare(
                    user=user, source=source, **wanted.validated_data
                ),
            )
        except IntegrityError:
            selectors.check_may_read(user, id)  # it may have been deleted meanwhile
            raise


def _started(
    request: Request, prepare: Callable[[], Execution], *, waits: bool = False
) -> Response:
    """Start what `prepare` makes, once for each `Idempotency-Key`. Without one, it is a
    single statement. If somebody `waits`, it may have ended already."""
    key = header_of(request, start_keys.HEADER)
    if key is None:
        execution = prepare()
        if waits and (result := direct.execution_run(execution)):
            return Response(result)
        services.execution_accept(execution)
        return _accepted(request, execution, ExecutionStatus.QUEUED)
    start = start_keys.keyed_start(
        user_id=user_of(request).id,
        route=request.path,
        key=key,
        body=cast(dict[str, Any], request.data),
    )
    started = start_keys.start_once(start, prepare)
    answer = _accepted(request, started.execution, ExecutionStatus.QUEUED)
    if started.is_replay:
        answer[REPLAYED] = "true"
    return answer


class ExecutionList(generics.ListAPIView[Execution]):
    """Newest first. Its rows are read and written as they are, without models: it is
    asked for often, and a page costs the same at any depth."""

    rights: ClassVar = {"GET": "execution:read"}
    serializer_class = ExecutionRowOut

    @extend_schema(parameters=[ListIn])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        page = self.paginate_queryset(self.get_queryset())
        return self.get_paginated_response([_row(columns) for columns in page or ()])

    def get_queryset(self) -> Any:
        query = ListIn(data=self.request.query_params)
        query.is_valid(raise_exception=True)
        found = selectors.execution_list(user_of(self.request), **query.validated_data)
        return found.values(*selectors.ROW_COLUMNS)


def _row(columns: dict[str, Any]) -> dict[str, Any]:
    name, version = columns.pop("graph__name"), columns.pop("version__number")
    return {**columns, "graph_name": name, "version": version}


class ExecutionDetail(APIView):
    rights: ClassVar = {"GET": "execution:read"}

    @extend_schema(responses=ExecutionOut)
    def get(self, request: Request, id: UUID) -> Response:
        execution = selectors.execution_get(user_of(request), id)
        return Response(ExecutionOut(execution).data)


class ExecutionNodes(generics.ListAPIView[Any]):
    """The node executions, newest first."""

    rights: ClassVar = {"GET": "execution:read"}
    serializer_class = NodeExecutionOut

    def get_queryset(self) -> Any:
        execution = selectors.execution_get(user_of(self.request), self.kwargs["id"])
        return selectors.node_execution_list(execution)


class ExecutionGraph(APIView):
    """The frozen graph that the execution runs."""

    rights: ClassVar = {"GET": "execution:read"}

    @extend_schema(responses=FrozenGraphOut)
    def get(self, request: Request, id: UUID) -> Response:
        execution = selectors.execution_get(user_of(request), id)
        document = load_version_document(execution.version_id)
        return Response({"nodes": document["nodes"], "links": document["links"]})


class ExecutionEvents(APIView):
    """Events numbered above `after`, in order; `next` is null when there are no more
    for now."""

    rights: ClassVar = {"GET": "execution:read"}

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


class ExecutionValue(APIView):
    """What `{"$value": id}` in the record of the execution stands for."""

    rights: ClassVar = {"GET": "execution:read"}

    @extend_schema(responses={200: OpenApiTypes.ANY})
    def get(self, request: Request, id: UUID, value_id: UUID) -> HttpResponse:
        selectors.check_may_read(user_of(request), id)
        raw = results.value_get(id, value_id)
        return HttpResponse(raw, content_type="application/json")


class CancelExecution(APIView):
    """Asks for the end; one that has ended stays as it is."""

    rights: ClassVar = {"POST": "execution:control"}

    @extend_schema(request=None, responses={202: AcceptedOut})
    def post(self, request: Request, id: UUID) -> Response:
        user = user_of(request)
        execution = selectors.execution_get(user, id, "execution:control")
        services.execution_cancel(user=user, execution=execution)
        return _accepted(request, execution, execution.status)


class PauseExecution(APIView):
    """Lets nothing more of it begin; what runs goes on to its end."""

    rights: ClassVar = {"POST": "execution:control"}

    @extend_schema(request=None, responses={202: AcceptedOut})
    def post(self, request: Request, id: UUID) -> Response:
        execution = selectors.execution_get(user_of(request), id, "execution:control")
        status = services.execution_pause(execution=execution)
        return _accepted(request, execution, status)


class ResumeExecution(APIView):
    """Lets a paused one go on."""

    rights: ClassVar = {"POST": "execution:control"}

    @extend_schema(request=None, responses={202: AcceptedOut})
    def post(self, request: Request, id: UUID) -> Response:
        execution = selectors.execution_get(user_of(request), id, "execution:control")
        status = services.execution_resume(execution=execution)
        return _accepted(request, execution, status)


def _accepted(request: Request, execution: Execution, status: str) -> Response:
    failpoints.hit("F2")
    where = reverse("execution", [execution.id], request=request)
    body = {"id": str(execution.id), "status": ExecutionStatus(status).value}
    return Response(body, HTTP_202_ACCEPTED, headers={"Location": where})
