"""What Daphne serves: HTTP by Django, websockets by the consumers."""

from __future__ import annotations

import os
import sys

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dashboard.settings")
django_application = get_asgi_application()

from channels.routing import ProtocolTypeRouter  # noqa: E402
from django.conf import settings  # noqa: E402

from dashboard.config.answer_headers import AnswerHeaders  # noqa: E402
from dashboard.serving.sqlite_anchor import open_anchor  # noqa: E402
from dashboard.sockets.routing import websockets  # noqa: E402
from dashboard.sockets.unknown_paths import RefuseUnknownPaths  # noqa: E402

sys.setswitchinterval(0.001)  # seconds: a frame being stored must not keep a page waiting
sqlite_anchor = None if settings.TESTING else open_anchor(settings.DATABASES["default"])
http, websocket = AnswerHeaders(django_application), RefuseUnknownPaths(websockets)
application = ProtocolTypeRouter({"http": http, "websocket": websocket})
