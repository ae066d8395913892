"""The large body of a request, read from its file as it is needed: never all of it in memory."""

from __future__ import annotations

from typing import Any, Final

BODY: Final = "isoscope.body"
PIECE: Final = 2**16


class LazyBody:
    """ASGI middleware around HTTP: passes on the body that :class:`.connection_limits.Request` left in its file."""

    def __init__(self, application: Any) -> None:
        self.application = application

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        body = scope.get("extensions", {}).get(BODY)
        if body is None:
            await self.application(scope, receive, send)
            return
        await receive()  # the empty body that Daphne was left with

        async def read() -> Any:
            if body.closed:
                return await receive()
            piece = body.read(PIECE)
            if len(piece) < PIECE:
                body.close()
            return {"type": "http.request", "body": piece, "more_body": not body.closed}

        with body:
            await self.application(scope, read, send)
