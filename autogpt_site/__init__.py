"""The wiring: settings, server, worker. Holds no domain rule."""

from core.collector import look_seldom

look_seldom()

from autogpt_site.celery import app as celery_app  # noqa: E402 - much is imported there

__all__ = ["celery_app"]
