"""The socket of the Docker engine, and whether the engine listens there."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Mapping
from typing import Final

from inspector.errors import EngineUnavailable, IsoscopeError
from inspector.facts.types import Why

SOCKET: Final = "/var/run/docker.sock"
CONNECT_SECONDS: Final = 2
ANSWER_SECONDS: Final = 30
"""Seconds that a thread which may wait, waits for one answer. A poll does not wait so long."""


class NoSocket(IsoscopeError):
    """An address of an engine that is not a unix socket."""


def find_socket(named: str | None, environ: Mapping[str, str]) -> str:
    """The path of the engine's socket: the one named, else that of ``DOCKER_HOST``, else :data:`SOCKET`.

    :param named: a path, or ``unix://`` and a path.
    :raises NoSocket: it is an address of another kind, such as ``tcp://`` or ``ssh://``.
    """
    where, address = ("--docker-socket", named) if named else ("DOCKER_HOST", environ.get("DOCKER_HOST", ""))
    if not address:
        return SOCKET
    scheme, is_url, path = address.rpartition("://")
    if scheme == "unix" or (not is_url and (named or path.startswith("/"))):
        return path
    raise NoSocket(
        f"{where} is {scheme}{is_url}{'…' if is_url else path}: Docker is asked by a unix socket of this host only, "
        "for another engine's containers are not this host's; give --docker-socket PATH, or unset DOCKER_HOST"
    )


def is_foreign(path: str) -> bool:
    """Whether the engine may be another account's: it owns the socket, or there is none yet at a place of its own."""
    try:
        return os.stat(path).st_uid != os.geteuid()
    except OSError:
        return path != SOCKET


def probe(path: str) -> None:
    """Connect to a unix socket and disconnect.

    :raises EngineUnavailable: with ``why`` as a gap has it.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as trial:
        trial.settimeout(CONNECT_SECONDS)
        try:
            trial.connect(path)
        except OSError as error:
            raise EngineUnavailable(f"{path}: {error.strerror or error}", _why_not(error)) from error


def _why_not(error: OSError) -> Why:
    if isinstance(error, FileNotFoundError | NotADirectoryError) or "too long" in str(error):
        return "unsupported"
    return "forbidden" if error.errno in (errno.EACCES, errno.EPERM) else "gone"
