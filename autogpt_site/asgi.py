"""The server's entry: HTTP through a fixed pool of threads, websockets on the loop.

Django's synchronous stack runs best in threads of its own, each with a warm connection;
what only waits (sockets, `?wait=`) stays on the loop and holds neither.
"""

import os
from typing import Any, cast

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "autogpt_site.settings")
wsgi = get_wsgi_application()

from channels.routing import URLRouter  # noqa: E402 - after the apps are loaded
from django.conf import settings  # noqa: E402
from django.urls import path  # noqa: E402

from autogpt_site.asgi_parts import BodyLimit, Lifespan, Switch  # noqa: E402
from autogpt_site.wsgi_bridge import WSGIBridge  # noqa: E402
from executions.live.consumer import LiveConsumer  # noqa: E402
from executions.live.hub import LiveHub  # noqa: E402
from executions.live.waiting import WaitForEnd  # noqa: E402

HTTP_THREADS = 8

live_view: Any = path("ws/executions/<uuid:id>/", cast(Any, LiveConsumer.as_asgi()))
hub = LiveHub()
LiveConsumer.hub = hub

application = Switch(
    http=WaitForEnd(
        BodyLimit(
            WSGIBridge(cast(Any, wsgi), threads=HTTP_THREADS),
            limit=settings.LIMITS.graph_body_bytes,
        ),
        hub,
    ),
    websocket=URLRouter([live_view]),
    lifespan=Lifespan(hub),
)
