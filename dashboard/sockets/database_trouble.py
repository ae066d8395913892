"""A page's websocket while the database does not answer: it closes with a code that means "come back later"."""

from __future__ import annotations

import logging
from typing import Any

from dashboard.database_errors import Unavailable, explain, more_telling
from dashboard.sockets.database_threads import READERS
from inspector.protocol.close_codes import BUSY

log = logging.getLogger("isoscope.server")


class CloseOnDatabaseTrouble:
    """ASGI middleware around a websocket: without a database nobody can be recognised. The log says why."""

    def __init__(self, application: Any) -> None:
        self.application = application

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        accepted = False

        async def note(message: dict[str, Any]) -> None:
            nonlocal accepted
            accepted = accepted or message["type"] == "websocket.accept"
            await send(message)

        try:
            await self.application(scope, receive, note)
        except Unavailable as error:
            told = await READERS.run(more_telling, error)
            log.warning("a page is closed, it will try again: %s (%s)", explain(told), told)
            if not accepted:
                await send({"type": "websocket.accept"})
            await send({"type": "websocket.close", "code": BUSY, "reason": "the database does not answer"})
