"""Makes the library known to Django; nothing else of this package knows Django."""

from pathlib import Path
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Warning, register
from django.core.exceptions import ImproperlyConfigured


class BlocksConfig(AppConfig):
    name = "blocks"

    def ready(self) -> None:
        from blocks.registry import registry

        # First: blocks name the models they know when they are imported.
        if settings.LLM_MODELS_FILE is not None:
            _add_models(settings.LLM_MODELS_FILE)
        registry.load()
        _load_user_blocks(settings.BLOCKS_PATH)


def _add_models(path: Path) -> None:
    from blocks.llm.models import catalogue, read_models

    try:
        catalogue().add(read_models(path))
    except ValueError as error:
        raise ImproperlyConfigured(f"LLM_MODELS_FILE: {error}") from None


def _load_user_blocks(folder: Path) -> None:
    from blocks.user_blocks import user_blocks

    user_blocks.folder = folder
    user_blocks.load()


@register("blocks")
def refused_blocks(app_configs: object, **kwargs: Any) -> list[CheckMessage]:
    """A warning each: what is wrong with blocks of one user must not stop the rest."""
    from blocks.user_blocks import user_blocks

    return [
        Warning(
            f"Blocks were refused. {refusal}",
            hint="Correct the file, or take it out of the folder.",
            id="blocks.W001",
        )
        for refusal in user_blocks.refusals
    ]
