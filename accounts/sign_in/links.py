"""Addresses for mails: made of what the settings say, never of what a request says."""

from django.conf import settings
from django.urls import reverse


def link_to(name: str, *args: object) -> str:
    """The whole address of a page."""
    return f"{settings.SITE_URL}{reverse(name, args=args)}"
