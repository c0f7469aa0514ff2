"""Where deliveries arrive. Senders are not asked to mind the slash at the end."""

from django.urls import path

from executions.triggers.hook_view import deliver

urlpatterns = [
    path("hooks/<str:token>/", deliver, name="hook-delivery"),
    path("hooks/<str:token>", deliver),
]
