"""Every address of the site."""

import sys

from django.conf import settings
from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView

from autogpt_site import health, well_known
from autogpt_site.api_docs import ApiDocs
from core.http import ProblemResponse, problem_response

admin.autodiscover()

# Addresses are tried in turn, and starts are the hottest: they come first.
api = [
    path("", include("executions.urls")),
    path("", include("graphs.urls")),
    path("", include("accounts.urls")),
]

urlpatterns = [
    path("api/v1/", include(api)),
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs/", ApiDocs.as_view(), name="api-docs"),
    path("livez", health.livez, name="livez"),
    path("readyz", health.readyz, name="readyz"),
    path(".well-known/security.txt", well_known.security_txt, name="security-txt"),
    path("", include("executions.triggers.public_urls")),
    path(settings.ADMIN_PATH, admin.site.urls),
    path("", include("accounts.pages_urls")),
    path("", include("graphs.pages_urls")),
    path("", include("executions.pages_urls")),
]


def _is_api(request: HttpRequest) -> bool:
    return request.path_info.startswith("/api/")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if _is_api(request):
        return problem_response(exception)
    return render(request, "errors/400.html", status=400)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    if _is_api(request):
        return problem_response(exception)
    return render(request, "errors/403.html", status=403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if _is_api(request):
        return problem_response(Http404())
    return render(request, "errors/404.html", status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Called while the exception is handled. The page asks nothing of the request:
    its session or its user may be what failed."""
    if _is_api(request):
        error = sys.exc_info()[1]
        if error is not None:
            return problem_response(error)
        return ProblemResponse(500, "Something went wrong on our side.")
    return HttpResponse(render_to_string("errors/500.html"), status=500)


handler400 = bad_request
handler403 = permission_denied
handler404 = not_found
handler500 = server_error
