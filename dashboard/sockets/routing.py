"""The two websockets: one for agents, one for pages."""

from __future__ import annotations

from channels.auth import AuthMiddlewareStack
from channels.routing import URLRouter
from django.urls import path

from dashboard.sockets.agent import AgentConsumer
from dashboard.sockets.origin import GuardedSocket
from dashboard.sockets.page import PageConsumer

websockets = URLRouter(
    [
        path("ws/agent", GuardedSocket(AgentConsumer.as_asgi(), browser=False)),
        path("ws/hosts/<str:machine_id>", GuardedSocket(AuthMiddlewareStack(PageConsumer.as_asgi()), browser=True)),
    ]
)
