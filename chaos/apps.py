"""Makes the blocks of the chaos tests known, and breaks the doorbell if told to."""

import os

from django.apps import AppConfig

READY = "chaos: this worker is ready"


class ChaosConfig(AppConfig):
    name = "chaos"

    def ready(self) -> None:
        from celery.signals import worker_ready

        from chaos import bell, blocks  # noqa: F401  (registers them)

        bell.install(os.environ)
        worker_ready.connect(_say_so, weak=False)


def _say_so(**_: object) -> None:
    print(READY, flush=True)
