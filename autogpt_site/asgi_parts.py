"""Pieces of the ASGI application."""

import asyncio
import logging
from typing import Any

from autogpt_site.embedded.channel_layer import LoopSafeChannelLayer
from autogpt_site.orphans import end_with_parent
from core.collector import settle_collector
from executions.live.hub import LiveHub
from executions.live.waiting import App, Receive, Scope, Send

logger = logging.getLogger(__name__)


class Switch:
    """Sends each kind of scope to its application; unknown socket paths are refused."""

    def __init__(self, *, http: App, websocket: Any, lifespan: App) -> None:
        self._http = http
        self._websocket = websocket
        self._lifespan = lifespan

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self._http(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._socket(scope, receive, send)
        else:
            await self._lifespan(scope, receive, send)

    async def _socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._websocket(scope, receive, send)
        except ValueError:  # what channels raises where no route matches
            await send({"type": "websocket.close"})


class Lifespan:
    """Starts and stops what lives as long as the server."""

    def __init__(self, hub: LiveHub) -> None:
        self._hub = hub

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        end_with_parent()
        LoopSafeChannelLayer.bind(asyncio.get_running_loop())
        await self._hub.start()
        settle_collector()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self._hub.stop()
        LoopSafeChannelLayer.bind(None)
        await send({"type": "lifespan.shutdown.complete"})
