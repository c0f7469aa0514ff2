"""Puts our admin in place of the stock one, wherever Django looks for it."""

from django.contrib.admin.apps import SimpleAdminConfig


class AdminConfig(SimpleAdminConfig):
    """What it shows is looked for by the addresses of the site: a worker, which has
    none, does without."""

    default_site = "accounts.sign_in.admin_site.GuardedAdminSite"
