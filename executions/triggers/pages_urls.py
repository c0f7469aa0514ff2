"""Addresses of the pages of schedules and webhooks."""

from django.urls import path

from executions.triggers import pages

urlpatterns = [
    path("triggers/", pages.triggers, name="triggers"),
    path("triggers/schedules/", pages.schedule_pages, name="schedule-pages"),
    path("triggers/schedules/new/", pages.schedule_new, name="schedule-new"),
    path("triggers/schedules/<uuid:id>/", pages.schedule_edit, name="schedule-edit"),
    path(
        "triggers/schedules/<uuid:id>/pause/",
        pages.schedule_pause,
        name="schedule-pause",
    ),
    path(
        "triggers/schedules/<uuid:id>/delete/",
        pages.schedule_delete,
        name="schedule-delete",
    ),
    path("triggers/hooks/", pages.hook_pages, name="hook-pages"),
    path("triggers/hooks/new/", pages.hook_new, name="hook-new"),
    path("triggers/hooks/<uuid:id>/", pages.hook_edit, name="hook-edit"),
    path("triggers/hooks/<uuid:id>/pause/", pages.hook_pause, name="hook-pause"),
    path("triggers/hooks/<uuid:id>/rotate/", pages.hook_rotate, name="hook-rotate"),
    path("triggers/hooks/<uuid:id>/delete/", pages.hook_delete, name="hook-delete"),
]
