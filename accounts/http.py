"""What views of every app ask about the caller."""

from typing import cast

from django.http import HttpRequest
from rest_framework.request import Request

from accounts.models import User


def user_of(request: HttpRequest | Request) -> User:
    """The caller, where the permission class lets nobody else through."""
    return cast(User, request.user)
