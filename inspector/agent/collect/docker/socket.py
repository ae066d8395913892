"""Where the Docker engine listens, and whether it does."""

from __future__ import annotations

import errno
import socket
from typing import Final

from inspector.errors import EngineUnavailable
from inspector.facts.types import Why

SOCKET: Final = "/var/run/docker.sock"
REQUEST_SECONDS: Final = 2
"""How long one answer may be waited for, in threads that may wait."""


def probe(path: str) -> None:
    """Connect to a unix socket and hang up.

    :raises EngineUnavailable: with ``why`` as a gap has it.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as knock:
        knock.settimeout(REQUEST_SECONDS)
        try:
            knock.connect(path)
        except OSError as error:
            raise EngineUnavailable(f"{path}: {error.strerror or error}", _why_not(error)) from error


def _why_not(error: OSError) -> Why:
    if isinstance(error, FileNotFoundError | NotADirectoryError) or "too long" in str(error):
        return "unsupported"
    return "forbidden" if error.errno in (errno.EACCES, errno.EPERM) else "gone"
