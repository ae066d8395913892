"""An agent's websocket."""

from __future__ import annotations

import json
from typing import Any

from channels.testing import WebsocketCommunicator

from dashboard.asgi import application
from inspector.protocol.frames import Frame, pack
from tests.dashboard.conftest import MACHINE


def agent_socket(token: str, machine_id: str = MACHINE, **headers: str) -> WebsocketCommunicator:
    sent = {"host": "127.0.0.1:8000", "authorization": f"Bearer {token}"} | headers
    pairs = [(key.encode(), value.encode()) for key, value in sent.items() if value]
    return WebsocketCommunicator(application, f"/ws/agent?host={machine_id}", pairs)


async def opened(token: str) -> WebsocketCommunicator:
    communicator = agent_socket(token)
    connected, _ = await communicator.connect()
    assert connected
    assert json.loads(await communicator.receive_from()) == {"type": "ack", "seq": 1}
    return communicator


async def say(communicator: WebsocketCommunicator, frame: Frame | bytes) -> dict[str, Any]:
    await communicator.send_to(bytes_data=frame if isinstance(frame, bytes) else pack(frame))
    return dict(json.loads(await communicator.receive_from(timeout=60)))  # a worker may have to be started
