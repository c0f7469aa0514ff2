from django.urls import path

from executions.triggers import api

urlpatterns = [
    path("schedules/", api.ScheduleList.as_view(), name="schedules"),
    path("schedules/preview/", api.SchedulePreview.as_view(), name="schedule-preview"),
    path("schedules/<uuid:id>/", api.ScheduleDetail.as_view(), name="schedule"),
    path("hooks/", api.HookList.as_view(), name="hooks"),
    path("hooks/<uuid:id>/", api.HookDetail.as_view(), name="hook"),
    path("hooks/<uuid:id>/rotate/", api.RotateHook.as_view(), name="rotate-hook"),
]
