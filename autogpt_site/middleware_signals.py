"""Signs of an attack in addresses and in the forms of pages."""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse

from core.http import problem_response, refused_input
from core.validator import InputRefused, inspect, validate


class SignalsMiddleware:
    """Notes them, and refuses where the workspace of who is signed in is strict. What
    the API is sent as JSON is looked through where it is read."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self._get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, args: Any, kwargs: Any
    ) -> HttpResponse | None:
        try:
            sent = {**dict(request.GET.lists()), **_form(request, view)}
            if sent and inspect(sent):
                validate(sent, user_id=_who(request))
        except InputRefused as refusal:
            return problem_response(refused_input(refusal))
        except SuspiciousOperation as error:
            return problem_response(error)
        return None


def _form(request: HttpRequest, view: Any) -> dict[str, Any]:
    # The check of the CSRF token has read it by now; a body that is not checked there
    # belongs to the view alone, which may want it unread.
    if request.method != "POST" or getattr(view, "csrf_exempt", False):
        return {}
    return dict(request.POST.lists())


def _who(request: HttpRequest) -> Any:
    return getattr(getattr(request, "user", None), "pk", None)
