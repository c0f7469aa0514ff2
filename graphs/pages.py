"""Pages of agents: the list, making, importing and deleting one, and the builder."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from accounts.http import user_of
from accounts.pages import PAGE_SIZE, id_from_address
from accounts.rights.permissions import require_permission
from core import jsonio
from graphs import selectors, services
from graphs.domain.parse import FormatFault, GraphFormatError
from graphs.examples import example_list, example_open
from graphs.reporting import readiness

MAX_FAULTS_SHOWN = 50


class ImportForm(forms.Form):
    file = forms.FileField(
        label="Agent file",
        help_text="JSON, at most 10 MB.",
        error_messages={"required": "Choose a file first."},
        widget=forms.FileInput(attrs={"accept": ".json,application/json"}),
    )


@require_permission("graph", "read")
@require_safe
def agents(request: HttpRequest) -> HttpResponse:
    found = selectors.graph_list(user_of(request), include_inactive=True)
    if before := id_from_address(request.GET.get("before")):
        found = found.filter(id__lt=before)
    rows = list(found[: PAGE_SIZE + 1])
    shown = rows[:PAGE_SIZE]
    more = f"{reverse('agents')}?before={shown[-1].id}" if len(rows) > PAGE_SIZE else ""
    context = {
        "section": "agents",
        "agents": shown,
        "more": more,
        "examples": () if shown else example_list(),
    }
    return render(request, "graphs/agents.html", context)


@require_permission("graph", "create")
@require_POST
def agent_new(request: HttpRequest) -> HttpResponse:
    graph = services.graph_create(user=user_of(request), name="Untitled agent")
    return redirect("builder", graph.id)


@require_permission("graph", "create")
@require_POST
def agent_from_example(request: HttpRequest, slug: str) -> HttpResponse:
    try:
        graph = example_open(user=user_of(request), slug=slug)
    except LookupError:
        raise Http404 from None
    return redirect(f"{reverse('builder', args=[graph.id])}#run")


@require_permission("graph", "create")
@require_http_methods(["GET", "HEAD", "POST"])
def agent_import(request: HttpRequest) -> HttpResponse:
    is_sent = request.method == "POST"
    form = ImportForm(request.POST, request.FILES) if is_sent else ImportForm()
    faults: Sequence[FormatFault] = ()
    if form.is_valid():
        try:
            return _imported(request, form.cleaned_data["file"])
        except jsonio.JsonError as error:
            form.add_error("file", f"It is not an agent file. {error}.")
        except GraphFormatError as error:
            faults = error.errors
            form.add_error("file", "Correct these places and import it again.")
    context = {
        "section": "agents",
        "form": form,
        "faults": faults[:MAX_FAULTS_SHOWN],
        "faults_left": max(0, len(faults) - MAX_FAULTS_SHOWN),
    }
    status = 400 if form.errors else 200
    return render(request, "graphs/import.html", context, status=status)


def _imported(request: HttpRequest, file: "UploadedFile[Any]") -> HttpResponse:
    """Raises JsonError or GraphFormatError, and then nothing is stored."""
    data = file.read(jsonio.GRAPH.size + 1)
    document = jsonio.loads(data, limits=jsonio.GRAPH)
    graph, _ = services.graph_import(user=user_of(request), document=document)
    messages.success(request, f"Imported “{graph.name}”.")
    address = "builder" if readiness(graph).is_complete else "agent-report"
    return redirect(address, graph.id)


@require_permission("graph", "read")
@require_safe
def agent_report(request: HttpRequest, graph_id: UUID) -> HttpResponse:
    """What is left to do before it runs; also after an import in which all was well."""
    graph = selectors.graph_get(user_of(request), graph_id, with_draft=True)
    context = {"section": "agents", "agent": graph, "readiness": readiness(graph)}
    return render(request, "graphs/report.html", context)


@require_permission("graph", "read")
@ensure_csrf_cookie
@require_safe
def builder(request: HttpRequest, graph_id: UUID) -> HttpResponse:
    user = user_of(request)
    graph = selectors.graph_get(user, graph_id)
    may_share = selectors.may_share(user, graph)
    context = {"section": "agents", "agent": graph, "may_share": may_share}
    return render(request, "graphs/builder.html", context)


@require_permission("graph", "delete")
@require_http_methods(["GET", "HEAD", "POST"])
def agent_delete(request: HttpRequest, graph_id: UUID) -> HttpResponse:
    graph = selectors.graph_get(user_of(request), graph_id, "graph:delete")
    if request.method == "POST":
        services.graph_delete(user=user_of(request), graph=graph)
        messages.success(request, f"Deleted “{graph.name}”.")
        return redirect("agents")
    context = {"section": "agents", "agent": graph}
    return render(request, "graphs/delete.html", context)
