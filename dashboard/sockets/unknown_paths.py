"""Websockets to unknown paths are refused without a traceback."""

from __future__ import annotations

from typing import Any

from channels.security.websocket import WebsocketDenier


class RefuseUnknownPaths:
    """ASGI middleware around the router of the websockets."""

    def __init__(self, router: Any) -> None:
        self.router = router

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> Any:
        path = scope["path"].lstrip("/")
        known = any(route.pattern.match(path) for route in self.router.routes)
        return await (self.router if known else WebsocketDenier())(scope, receive, send)
