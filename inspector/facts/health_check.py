"""Which processes are health checks: those that run the command with which the engine checks a container. Pure."""

from __future__ import annotations

import shlex
from functools import lru_cache
from typing import Final

from inspector.facts.types import Container

_KNOWN: Final = 1024  # commands of checks that are split once


def is_health_check(container: Container | None, cmdline: tuple[str, ...]) -> bool:
    """Whether a command line is the check of its container, or what the shell of the check became."""
    check = container.health_check if container is not None else None
    if not check or not cmdline:
        return False
    return cmdline == check or (len(check) > 1 and _words(check[-1])[: len(cmdline)] == cmdline)


@lru_cache(_KNOWN)
def _words(script: str) -> tuple[str, ...]:
    """The words of a script, without what only the shell reads; empty where they cannot be told apart."""
    try:
        words = tuple(shlex.split(script))
    except ValueError:
        return ()
    return words[1:] if words[:1] == ("exec",) else words
