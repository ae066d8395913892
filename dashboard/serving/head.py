"""HEAD, wherever GET is answered: the same headers, and no body."""

from __future__ import annotations

from typing import Any


class HeadAsGet:
    """ASGI middleware around HTTP. Django's decorators and Ninja's routes take HEAD only where each one says so."""

    def __init__(self, application: Any) -> None:
        self.application = application

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["method"] != "HEAD":
            await self.application(scope, receive, send)
            return

        async def bare(message: dict[str, Any]) -> None:
            await send(message | {"body": b""} if message["type"] == "http.response.body" else message)

        await self.application(scope | {"method": "GET"}, receive, bare)
