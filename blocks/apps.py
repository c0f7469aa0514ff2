"""Makes the library known to Django; nothing else of this package knows Django."""

from django.apps import AppConfig


class BlocksConfig(AppConfig):
    name = "blocks"

    def ready(self) -> None:
        from blocks.registry import registry

        registry.load()
