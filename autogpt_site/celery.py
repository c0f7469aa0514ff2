"""The Celery application. Messages are doorbells: the work is in the database."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "autogpt_site.settings")
# `migrate` has checked the project. To do it again a worker would load all its pages.
os.environ.setdefault("CELERY_SKIP_CHECKS", "1")

app = Celery("autogpt_site")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
