"""A page's websocket."""

from __future__ import annotations

from channels.testing import WebsocketCommunicator

from dashboard.asgi import application
from tests.dashboard.conftest import MACHINE

HERE = b"127.0.0.1:8000"


def socket(cookie: bytes, path: str = f"/ws/hosts/{MACHINE}?seq=1", **headers: bytes) -> WebsocketCommunicator:
    sent = {"host": HERE, "origin": b"http://" + HERE, "cookie": cookie} | headers
    return WebsocketCommunicator(application, path, [(key.encode(), value) for key, value in sent.items() if value])
