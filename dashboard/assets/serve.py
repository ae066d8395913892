"""Serving static files: collected ones under hashed names, and the sources themselves where nothing was collected."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from whitenoise.middleware import WhiteNoiseMiddleware

from dashboard.assets.collected import collects, state_of


class StaticFiles(WhiteNoiseMiddleware):  # type: ignore[misc]  # WhiteNoise is not typed
    """WhiteNoise, which adds the sources where the collected files are missing or outdated.

    A page then uses their plain names, and its browser requests each of them again from time to time.
    """

    def __init__(self, get_response: Any) -> None:
        super().__init__(get_response)
        if not self.use_finders and collects() and state_of(Path(settings.STATIC_ROOT)) != "current":
            self.add_files_from_finders()
