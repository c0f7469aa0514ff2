"""How Django knows the infrastructure app."""

from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "core"
