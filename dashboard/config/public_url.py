"""The address at which people reach the server."""

from __future__ import annotations

import contextlib

from django.conf import settings

from inspector.owned_folder import open_folder


def last_url() -> str:
    """``ISOSCOPE_URL``, else where the server was last started."""
    if settings.PUBLIC:
        return str(settings.PUBLIC.url)
    with contextlib.suppress(OSError), open_folder(settings.DATA_DIR) as folder:
        return folder.read("url").strip()
    return "http://127.0.0.1:8000"
