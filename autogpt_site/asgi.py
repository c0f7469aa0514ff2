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

from autogpt_site.asgi_parts import Lifespan, Switch  # noqa: E402
from autogpt_site.bodies import BodyLimit, Uploads  # noqa: E402
from autogpt_site.wsgi_bridge import WSGIBridge  # noqa: E402
from executions.files.api import FORM_BYTES  # noqa: E402
from executions.live.consumer import LiveConsumer  # noqa: E402
from executions.live.hub import LiveHub  # noqa: E402
from executions.live.waiting import WaitForEnd  # noqa: E402

HTTP_THREADS = 8

live_view: Any = path("ws/executions/<uuid:id>/", cast(Any, LiveConsumer.as_asgi()))
hub = LiveHub()
bridge = WSGIBridge(cast(Any, wsgi), threads=HTTP_THREADS)
LiveConsumer.hub = hub

application = Switch(
    http=WaitForEnd(
        Uploads(
            bridge,
            BodyLimit(bridge, limit=settings.LIMITS.graph_body_bytes),
            limit=settings.LIMITS.upload_bytes + FORM_BYTES,
            at_once=settings.LIMITS.uploads_at_once,
        ),
        hub,
    ),
    websocket=URLRouter([live_view]),
    lifespan=Lifespan(hub),
)
