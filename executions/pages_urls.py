"""Addresses of the pages of runs."""

from django.urls import path

from executions import pages

urlpatterns = [
    path("runs/", pages.runs, name="runs"),
    path("runs/<uuid:execution_id>/", pages.run, name="run"),
]
