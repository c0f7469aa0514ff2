"""Registers the wiring with Django, so that its commands and checks are found."""

from django.apps import AppConfig

from autogpt_site.memory import give_back_large_values


class SiteConfig(AppConfig):
    name = "autogpt_site"

    def ready(self) -> None:
        from autogpt_site import checks  # noqa: F401  (registers them)

        # Here, since it is before any process of ours starts its threads.
        give_back_large_values()
