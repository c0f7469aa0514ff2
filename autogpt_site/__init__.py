"""The wiring: settings, server, worker. Holds no domain rule."""

from autogpt_site.celery import app as celery_app

__all__ = ["celery_app"]
