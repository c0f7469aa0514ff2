"""Puts our admin in place of the stock one, wherever Django looks for it."""

from django.contrib.admin.apps import AdminConfig as StockAdminConfig


class AdminConfig(StockAdminConfig):
    default_site = "accounts.sign_in.admin_site.GuardedAdminSite"
