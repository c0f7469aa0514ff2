"""The addresses of accounts, below /api/v1/."""

from django.urls import path

from accounts import api

urlpatterns = [
    path("auth/register/", api.RegisterView.as_view(), name="api-register"),
    path("auth/token/", api.TokenView.as_view(), name="api-token"),
    path("auth/token/refresh/", api.TokenRefreshView.as_view(), name="api-refresh"),
    path("auth/logout/", api.LogoutView.as_view(), name="api-logout"),
    path("auth/ws-ticket/", api.TicketView.as_view(), name="api-ws-ticket"),
    path("me/", api.MeView.as_view(), name="api-me"),
]
