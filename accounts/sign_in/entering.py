"""How a browser goes on once it is known who is there: in, or to the next step."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from accounts.models import User
from accounts.sign_in import devices
from accounts.sign_in.steps import Step, enter, half_way_begin, step_begin, step_of


def go_on(
    request: HttpRequest, user: User, *, target: str, wants_proof: bool = False
) -> HttpResponse:
    """`target` is where the person wanted to go; it was checked."""
    step = step_of(user, wants_proof=wants_proof)
    if step is None:
        return go_in(request, user, target)
    step_begin(user, step)
    half_way_begin(request.session, user, target=target, wants_proof=wants_proof)
    return redirect("sign-in-verify" if step == Step.VERIFY else "sign-in-code")


def go_in(
    request: HttpRequest, user: User, target: str, *, with_factor: bool = False
) -> HttpResponse:
    enter(request, user, with_factor=with_factor)
    response = redirect(target)
    devices.remember(response, user)
    return response
