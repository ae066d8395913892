"""The address at which people reach the server."""

from __future__ import annotations

import contextlib

from django.conf import settings

from inspector.owned_folder import open_folder


def last_url() -> str:
    """Where the server was last started."""
    with contextlib.suppress(OSError), open_folder(settings.DATA_DIR) as folder:
        return folder.read("url").strip()
    return "http://127.0.0.1:8000"
