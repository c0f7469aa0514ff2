"""Addresses of the pages for signing in, up and out."""

from django.contrib.auth.views import LogoutView
from django.urls import path

from accounts import pages

urlpatterns = [
    path("", pages.home, name="home"),
    path("sign-in/", pages.SignIn.as_view(), name="sign-in"),
    path("sign-up/", pages.sign_up, name="sign-up"),
    path("sign-out/", LogoutView.as_view(), name="sign-out"),
]
