"""What Daphne serves: HTTP by Django, websockets by the consumers."""

from __future__ import annotations

import os
import sys

from django.core.asgi import get_asgi_application

from dashboard.config.refusal import refusing

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dashboard.settings")
with refusing():
    django_application = get_asgi_application()

from channels.routing import ProtocolTypeRouter
from django.conf import settings

from dashboard.config.answer_headers import AnswerHeaders
from dashboard.counters import count_log
from dashboard.serving.body import LazyBody
from dashboard.serving.head import HeadAsGet
from dashboard.serving.sqlite_anchor import open_anchor
from dashboard.sockets.routing import websockets
from dashboard.sockets.unknown_paths import RefuseUnknownPaths
from dashboard.watch.door import Watch

sys.setswitchinterval(0.001)  # seconds: a frame being stored must not keep a page waiting
sqlite_anchor = None if settings.TESTING else open_anchor(settings.DATABASES["default"])
count_log()
http = HeadAsGet(AnswerHeaders(Watch(LazyBody(django_application))))
websocket = RefuseUnknownPaths(websockets)
application = ProtocolTypeRouter({"http": http, "websocket": websocket})
