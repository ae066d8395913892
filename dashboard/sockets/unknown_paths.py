"""Websockets to paths that do not exist are refused quietly instead of ending in a traceback."""

from __future__ import annotations

from typing import Any

from channels.security.websocket import WebsocketDenier


class CloseUnknown:
    """ASGI middleware around the router."""

    def __init__(self, router: Any) -> None:
        self.router = router

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> Any:
        path = scope["path"].lstrip("/")
        known = any(route.pattern.match(path) for route in self.router.routes)
        return await (self.router if known else WebsocketDenier())(scope, receive, send)
