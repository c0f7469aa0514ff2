"""Embedded mode: everything in this process, ready to use."""

import signal
from argparse import ArgumentParser
from typing import Any

import uvicorn
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from autogpt_site.embedded import seed
from autogpt_site.embedded.lock import AlreadyRunning, ProcessLock
from blocks.user_blocks import user_blocks


class Command(BaseCommand):
    help = "Migrate, seed the demo account and serve on 127.0.0.1, worker included."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=8000)

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.SERVICES_MODE:
            raise CommandError(
                "`up` is embedded mode, but DATABASE_URL and REDIS_URL are set. Unset "
                "them, or use `make web`, `make worker` and `make beat`."
            )
        if not settings.ENV.site_url:
            settings.SITE_URL = f"http://localhost:{options['port']}"
        settings.DATA_DIR.mkdir(parents=True, exist_ok=True)
        lock = ProcessLock(settings.DATA_DIR / "up.lock")
        try:
            lock.take()
        except AlreadyRunning as error:
            raise CommandError(str(error)) from None
        call_command("migrate", verbosity=0, interactive=False)
        demo = seed.demo_account()
        self._serve(options["port"], demo)

    def _serve(self, port: int, demo: "seed.DemoAccount") -> None:
        from autogpt_site.embedded.block_watch import BlockWatch
        from autogpt_site.embedded.worker import EmbeddedWorker
        from executions.engine.database_store import release_all

        release_all()  # the lock says that nobody else can hold them
        server = _Server(self._config(port))
        worker = EmbeddedWorker()
        worker.start()
        watch = BlockWatch(user_blocks)
        watch.start()
        server.after_start = lambda: self._greet(port, demo)
        _end_quietly(server)
        try:
            server.run()
        finally:
            watch.stop()
            worker.stop()

    def _config(self, port: int) -> uvicorn.Config:
        return uvicorn.Config(
            "autogpt_site.asgi:application",
            host="127.0.0.1",
            port=port,
            ws="websockets-sansio",
            ws_max_size=64 * 1024,
            log_level="warning",
            access_log=False,
            # Whom to believe about the client says TRUSTED_PROXY_COUNT alone.
            proxy_headers=False,
            timeout_graceful_shutdown=5,
        )

    def _greet(self, port: int, demo: "seed.DemoAccount") -> None:
        self.stdout.write(
            f"\n  Ready at   http://127.0.0.1:{port}/\n"
            f"  Sign in    {demo.email}\n"
            f"  Password   {demo.password}\n"
            f"\n  Data is in {settings.DATA_DIR}. Stop with Ctrl+C.\n"
        )
        self.stdout.flush()


def _end_quietly(server: uvicorn.Server) -> None:
    """Once the server has ended on a signal it raises it again; by then the worker is
    still to be stopped in good order."""

    def handle(*_: object) -> None:
        if not server.should_exit:
            raise SystemExit(0)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, handle)


class _Server(uvicorn.Server):
    """Tells when the port answers."""

    after_start: Any = None

    async def startup(self, sockets: Any = None) -> None:
        await super().startup(sockets)
        if self.started and self.after_start is not None:
            self.after_start()
