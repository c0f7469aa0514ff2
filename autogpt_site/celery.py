"""The Celery application. Messages are doorbells: the work is in the database."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "autogpt_site.settings")

app = Celery("autogpt_site")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
