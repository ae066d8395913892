"""The two websockets: one for agents, one for pages."""

from __future__ import annotations

from channels.auth import AuthMiddlewareStack
from channels.routing import URLRouter
from django.urls import path

from dashboard.sockets.agent import AgentConsumer
from dashboard.sockets.database_trouble import CloseOnDatabaseTrouble
from dashboard.sockets.origin import GuardedSocket
from dashboard.sockets.page import PageConsumer

page = CloseOnDatabaseTrouble(AuthMiddlewareStack(PageConsumer.as_asgi()))
websockets = URLRouter(
    [
        path("ws/agent", GuardedSocket(AgentConsumer.as_asgi(), browser=False)),
        path("ws/hosts/<str:machine_id>", GuardedSocket(page, browser=True)),
    ]
)
