"""Pages of schedules and webhooks: lists, making, changing, pausing, deleting."""

from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from accounts.http import user_of
from accounts.pages import PAGE_SIZE, id_from_address
from accounts.rights.permissions import require_permission
from accounts.rights.standing import check_right
from core.crypto import DecryptionError
from core.http import Problem
from executions.models import Hook, Schedule
from executions.models.triggers import Trigger
from executions.triggers import hooks, schedules, selectors
from executions.triggers.cron import in_words
from executions.triggers.forms import HookForm, ScheduleForm, TriggerForm
from graphs.domain.interface import input_schema
from graphs.models import Graph
from graphs.selectors import graph_get, graph_list

MAX_AGENTS_OFFERED = 500

T = TypeVar("T", bound=Trigger)


@require_permission("schedule", "read")
@require_safe
def triggers(request: HttpRequest) -> HttpResponse:
    return redirect("schedule-pages")


# --- Schedules ------------------------------------------------------------------------


@require_permission("schedule", "read")
@require_safe
def schedule_pages(request: HttpRequest) -> HttpResponse:
    found, context = _listed(request, selectors.schedule_list, "schedule-pages")
    rows = [(schedule, in_words(schedule.cron)) for schedule in found]
    return render(request, "triggers/schedules.html", context | {"schedules": rows})


@require_permission("schedule", "create")
@require_http_methods(["GET", "HEAD", "POST"])
def schedule_new(request: HttpRequest) -> HttpResponse:
    graph = _chosen_agent(request, "schedule:create")
    if graph is None:
        return _choose_agent(request, "schedule-new", "schedule")
    initial = {"timezone": user_of(request).timezone, "misfire": Schedule.Misfire.ONCE}
    form = _schedule_form(request, graph, initial=initial)

    def create(**facts: Any) -> Schedule:
        return schedules.schedule_create(user=user_of(request), graph=graph, **facts)

    if _is_done(form, create):
        messages.success(request, f"“{graph.name}” is scheduled.")
        return redirect("schedule-pages")
    return _shown(request, "triggers/schedule_form.html", form, agent=graph)


@require_permission("schedule", "update")
@require_http_methods(["GET", "HEAD", "POST"])
def schedule_edit(request: HttpRequest, id: UUID) -> HttpResponse:
    user = user_of(request)
    schedule = selectors.schedule_get(user, id, "schedule:update")
    facts = ("name", "cron", "timezone", "misfire")
    initial = {name: getattr(schedule, name) for name in facts}
    form = _schedule_form(
        request, schedule.graph, initial=initial, inputs=schedule.inputs
    )

    def change(**facts: Any) -> Schedule:
        return schedules.schedule_update(user=user, schedule=schedule, **facts)

    if _is_done(form, change):
        messages.success(request, "Saved.")
        return redirect("schedule-pages")
    return _shown(
        request, "triggers/schedule_form.html", form,
        agent=schedule.graph, schedule=schedule,
    )  # fmt: skip


@require_permission("schedule", "update")
@require_POST
def schedule_pause(request: HttpRequest, id: UUID) -> HttpResponse:
    """Pause it, or let it go on if it is paused."""
    user = user_of(request)
    schedule = selectors.schedule_get(user, id, "schedule:update")
    now_active = not schedule.is_active
    try:
        schedules.schedule_update(user=user, schedule=schedule, is_active=now_active)
    except Problem as problem:
        messages.error(request, str(problem.detail))
    else:
        messages.success(request, "It goes on." if now_active else "Paused.")
    return redirect("schedule-pages")


@require_permission("schedule", "delete")
@require_http_methods(["GET", "HEAD", "POST"])
def schedule_delete(request: HttpRequest, id: UUID) -> HttpResponse:
    schedule = selectors.schedule_get(user_of(request), id, "schedule:delete")
    if request.method == "POST":
        schedules.schedule_delete(schedule=schedule)
        messages.success(request, "Deleted the schedule.")
        return redirect("schedule-pages")
    context = {"section": "triggers", "trigger": schedule, "kind": "schedule"}
    return render(request, "triggers/delete.html", context)


def _schedule_form(
    request: HttpRequest, graph: Graph, *, initial: Any, inputs: Any = None
) -> ScheduleForm:
    schema = input_schema(selectors.agent_of(graph))
    return ScheduleForm(
        request.POST if request.method == "POST" else None,
        initial=initial,
        schema=schema,
        inputs=inputs or {},
    )


# --- Webhooks -------------------------------------------------------------------------


@require_permission("hook", "read")
@require_safe
def hook_pages(request: HttpRequest) -> HttpResponse:
    found, context = _listed(request, selectors.hook_list, "hook-pages")
    rows = [(hook, _address(request, hook)) for hook in found]
    return render(request, "triggers/hooks.html", context | {"hooks": rows})


@require_permission("hook", "create")
@require_http_methods(["GET", "HEAD", "POST"])
def hook_new(request: HttpRequest) -> HttpResponse:
    graph = _chosen_agent(request, "hook:create")
    if graph is None:
        return _choose_agent(request, "hook-new", "webhook")
    form = HookForm(request.POST if request.method == "POST" else None)
    made: list[Hook] = []

    def create(**facts: Any) -> None:
        user = user_of(request)
        made.append(hooks.hook_create(user=user, graph=graph, **facts))

    if _is_done(form, create):
        messages.success(request, "The webhook is ready. Give its address to a sender.")
        return redirect("hook-edit", made[0].id)
    return _shown(request, "triggers/hook_form.html", form, agent=graph)


@require_permission("hook", "update")
@require_http_methods(["GET", "HEAD", "POST"])
def hook_edit(request: HttpRequest, id: UUID) -> HttpResponse:
    hook = selectors.hook_get(user_of(request), id, "hook:update")
    wait = "" if hook.wait_s is None else f"{hook.wait_s:g}"
    initial = {"name": hook.name, "check_by": hook.check_by, "wait_s": wait}
    sent = request.POST if request.method == "POST" else None
    form = HookForm(sent, initial=initial, hook=hook)

    def change(**facts: Any) -> Hook:
        return hooks.hook_update(hook=hook, **facts)

    if _is_done(form, change):
        messages.success(request, "Saved.")
        return redirect("hook-pages")
    return _shown(
        request, "triggers/hook_form.html", form,
        agent=hook.graph, hook=hook, address=_address(request, hook),
    )  # fmt: skip


@require_permission("hook", "update")
@require_POST
def hook_pause(request: HttpRequest, id: UUID) -> HttpResponse:
    """Pause it, or let it go on if it is paused."""
    hook = selectors.hook_get(user_of(request), id, "hook:update")
    hooks.hook_update(hook=hook, is_active=not hook.is_active)
    messages.success(request, "Paused." if hook.is_active else "It goes on.")
    return redirect("hook-pages")


@require_permission("hook", "update")
@require_http_methods(["GET", "HEAD", "POST"])
def hook_rotate(request: HttpRequest, id: UUID) -> HttpResponse:
    hook = selectors.hook_get(user_of(request), id, "hook:update")
    if request.method == "POST":
        hooks.hook_rotate(hook=hook)
        messages.success(request, "It has a new address. The old one no longer works.")
        return redirect("hook-edit", id)
    context = {"section": "triggers", "trigger": hook}
    return render(request, "triggers/rotate.html", context)


@require_permission("hook", "delete")
@require_http_methods(["GET", "HEAD", "POST"])
def hook_delete(request: HttpRequest, id: UUID) -> HttpResponse:
    hook = selectors.hook_get(user_of(request), id, "hook:delete")
    if request.method == "POST":
        hooks.hook_delete(hook=hook)
        messages.success(request, "Deleted the webhook.")
        return redirect("hook-pages")
    context = {"section": "triggers", "trigger": hook, "kind": "webhook"}
    return render(request, "triggers/delete.html", context)


def _address(request: HttpRequest, hook: Hook) -> str:
    """Empty if it cannot be read: the page must not break where one does not open."""
    try:
        path = reverse("hook-delivery", args=[hook.token])
    except DecryptionError:
        return ""
    return request.build_absolute_uri(path)


# --- Both -----------------------------------------------------------------------------


def _listed(
    request: HttpRequest,
    list_of: Callable[..., QuerySet[T]],
    page: str,
) -> tuple[list[T], dict[str, Any]]:
    """One page of triggers, and what their templates share."""
    user = user_of(request)
    agent = id_from_address(request.GET.get("agent"))
    graph = graph_get(user, agent) if agent else None
    found = list_of(user, agent)
    if before := id_from_address(request.GET.get("before")):
        found = found.filter(id__lt=before)
    rows = list(found[: PAGE_SIZE + 1])
    query = (
        {"agent": agent, "before": rows[PAGE_SIZE - 1].id} if rows[PAGE_SIZE:] else {}
    )
    more = urlencode({name: str(value) for name, value in query.items() if value})
    context = {
        "section": "triggers",
        "page": page,
        "agent": graph,
        "more": f"{reverse(page)}?{more}" if more else "",
    }
    return rows[:PAGE_SIZE], context


def _chosen_agent(request: HttpRequest, right: str) -> Graph | None:
    """The agent that is to get a trigger, where the user may make one."""
    agent = id_from_address(request.GET.get("agent"))
    if agent is None:
        return None
    graph = graph_get(user_of(request), agent)
    check_right(user_of(request), right, graph.workspace_id)
    return graph


def _choose_agent(request: HttpRequest, page: str, kind: str) -> HttpResponse:
    offered = list(graph_list(user_of(request))[:MAX_AGENTS_OFFERED])
    context = {"section": "triggers", "agents": offered, "page": page, "kind": kind}
    return render(request, "triggers/choose_agent.html", context)


def _is_done(form: TriggerForm, write: Callable[..., object]) -> bool:
    """The form was sent, nothing is wrong with it, and the service has done it."""
    if not form.is_valid():
        return False
    try:
        write(**form.cleaned_data)
    except Problem as problem:
        form.refuse(problem)
        return False
    return True


def _shown(
    request: HttpRequest, template: str, form: TriggerForm, **context: Any
) -> HttpResponse:
    context |= {"section": "triggers", "form": form}
    return render(request, template, context, status=400 if form.errors else 200)
