"""Schedules and webhooks over HTTP: parse, call one service, answer."""

from typing import Any, ClassVar
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.http import user_of
from accounts.rights.standing import check_right
from executions.models import Hook, Schedule
from executions.triggers import hooks, schedules, selectors
from executions.triggers.cron import in_words
from executions.triggers.serializers import (
    HookIn,
    HookOut,
    HookPatchIn,
    PreviewIn,
    PreviewOut,
    ScheduleIn,
    ScheduleOut,
    SchedulePatchIn,
    TriggerListIn,
)
from graphs.selectors import graph_get

PREVIEWED = 5


def _checked(given: serializers.Serializer[Any]) -> dict[str, Any]:
    given.is_valid(raise_exception=True)
    return dict(given.validated_data)


# --- Schedules ------------------------------------------------------------------------


class ScheduleList(generics.ListAPIView[Schedule]):
    """The schedules of the caller's workspaces, newest first."""

    rights: ClassVar = {"GET": "schedule:read", "POST": "schedule:create"}
    serializer_class = ScheduleOut

    def get_queryset(self) -> Any:
        query = _checked(TriggerListIn(data=self.request.query_params))
        return selectors.schedule_list(user_of(self.request), **query)

    @extend_schema(operation_id="schedules_list", parameters=[TriggerListIn])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)

    @extend_schema(
        operation_id="schedules_create",
        request=ScheduleIn,
        responses={201: ScheduleOut},
    )
    def post(self, request: Request) -> Response:
        """Start an agent again and again, at the times of a cron expression."""
        user = user_of(request)
        wanted = {"timezone": user.timezone, **_checked(ScheduleIn(data=request.data))}
        graph = wanted["graph"] = graph_get(user, wanted["graph"])
        check_right(user, "schedule:create", graph.workspace_id)
        made = schedules.schedule_create(user=user, **wanted)
        return Response(ScheduleOut(made).data, status.HTTP_201_CREATED)


class ScheduleDetail(APIView):
    rights: ClassVar = {
        "GET": "schedule:read",
        "PATCH": "schedule:update",
        "DELETE": "schedule:delete",
    }

    @extend_schema(operation_id="schedules_read", responses=ScheduleOut)
    def get(self, request: Request, id: UUID) -> Response:
        return Response(ScheduleOut(selectors.schedule_get(user_of(request), id)).data)

    @extend_schema(
        operation_id="schedules_change", request=SchedulePatchIn, responses=ScheduleOut
    )
    def patch(self, request: Request, id: UUID) -> Response:
        """Change what is given. New times count from now."""
        user = user_of(request)
        schedule = selectors.schedule_get(user, id, "schedule:update")
        changes = _checked(SchedulePatchIn(data=request.data, partial=True))
        changed = schedules.schedule_update(user=user, schedule=schedule, **changes)
        return Response(ScheduleOut(changed).data)

    @extend_schema(operation_id="schedules_delete", responses={204: None})
    def delete(self, request: Request, id: UUID) -> Response:
        schedule = selectors.schedule_get(user_of(request), id, "schedule:delete")
        schedules.schedule_delete(schedule=schedule)
        return Response(status=status.HTTP_204_NO_CONTENT)


class SchedulePreview(APIView):
    rights: ClassVar = {"GET": "schedule:read"}

    @extend_schema(
        operation_id="schedules_preview", parameters=[PreviewIn], responses=PreviewOut
    )
    def get(self, request: Request) -> Response:
        """What a cron expression means, and when it is due next."""
        table = schedules.timetable(**_checked(PreviewIn(data=request.query_params)))
        times = table.upcoming(timezone.now(), PREVIEWED)
        return Response(
            PreviewOut({"phrase": in_words(table.cron), "times": times}).data
        )


# --- Webhooks -------------------------------------------------------------------------


class HookList(generics.ListAPIView[Hook]):
    """The webhooks of the caller's workspaces, newest first."""

    rights: ClassVar = {"GET": "hook:read", "POST": "hook:create"}
    serializer_class = HookOut

    def get_queryset(self) -> Any:
        query = _checked(TriggerListIn(data=self.request.query_params))
        return selectors.hook_list(user_of(self.request), **query)

    @extend_schema(operation_id="hooks_list", parameters=[TriggerListIn])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)

    @extend_schema(
        operation_id="hooks_create", request=HookIn, responses={201: HookOut}
    )
    def post(self, request: Request) -> Response:
        """Get an address that starts an agent. A secret that is made is shown once."""
        user = user_of(request)
        wanted = _checked(HookIn(data=request.data))
        graph = wanted["graph"] = graph_get(user, wanted["graph"])
        check_right(user, "hook:create", graph.workspace_id)
        made = hooks.hook_create(user=user, **wanted)
        is_new = made.secret is not None and "secret" not in wanted
        return _hook(request, made, status.HTTP_201_CREATED, with_secret=is_new)


class HookDetail(APIView):
    rights: ClassVar = {
        "GET": "hook:read",
        "PATCH": "hook:update",
        "DELETE": "hook:delete",
    }

    @extend_schema(operation_id="hooks_read", responses=HookOut)
    def get(self, request: Request, id: UUID) -> Response:
        return _hook(request, selectors.hook_get(user_of(request), id))

    @extend_schema(operation_id="hooks_change", request=HookPatchIn, responses=HookOut)
    def patch(self, request: Request, id: UUID) -> Response:
        """Change what is given. A secret that is made is shown once."""
        hook = selectors.hook_get(user_of(request), id, "hook:update")
        changes = _checked(HookPatchIn(data=request.data, partial=True))
        had_secret = hook.__dict__["secret"] is not None
        changed = hooks.hook_update(hook=hook, **changes)
        is_new = changed.__dict__["secret"] is not None and not had_secret
        return _hook(request, changed, with_secret=is_new and "secret" not in changes)

    @extend_schema(operation_id="hooks_delete", responses={204: None})
    def delete(self, request: Request, id: UUID) -> Response:
        hooks.hook_delete(hook=selectors.hook_get(user_of(request), id, "hook:delete"))
        return Response(status=status.HTTP_204_NO_CONTENT)


class RotateHook(APIView):
    rights: ClassVar = {"POST": "hook:update"}

    @extend_schema(operation_id="hooks_rotate", request=None, responses=HookOut)
    def post(self, request: Request, id: UUID) -> Response:
        """Give it a new address. The old one answers 404 from now on."""
        hook = selectors.hook_get(user_of(request), id, "hook:update")
        return _hook(request, hooks.hook_rotate(hook=hook))


def _hook(
    request: Request,
    hook: Hook,
    code: int = status.HTTP_200_OK,
    *,
    with_secret: bool = False,
) -> Response:
    context = {"request": request, "with_secret": with_secret}
    return Response(HookOut(hook, context=context).data, code)
